import pytest

from service.errors import Unreadable
from service.reports import reference
from service.reports.report import LISTS_RETURNED, Report
from tests.reports import reading
from tests.reports.published import GEOGRAPHY_HEADER, geography_line, written

FOUR_CCGS = ("05W", "05G", "05V", "04Y")
HEADER = "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE"


def report(database, year="", *areas: str) -> Report:
    return reading.report(database, "identification", *areas, source="qof", year=year)


def load(database, *paths) -> None:
    for path in reference.in_loading_order(paths):
        with database.transaction() as session:
            reference.load(session, path)


@pytest.fixture
def loaded(database, tmp_path):
    geography = [geography_line("Z99001"), geography_line("Z99002"), geography_line("Z99003", "U99002")]
    register = ["Z99001,PC,3,TOTAL,1000", "Z99002,PC,,TOTAL,2000", "Z99003,PC,9,TOTAL,4000", "Z99001,AF,50,TOTAL,1000"]
    load(
        database,
        written(tmp_path, "geographies_2021.csv", GEOGRAPHY_HEADER, *geography),
        written(tmp_path, "PREVALENCE_2021.csv", HEADER, *register),
    )
    return database


def test_published_small_counts_are_shown_whole(loaded):
    counts = {row.code: row.figures[-1].count for row in report(loaded).rows if row.basis != LISTS_RETURNED}
    assert counts == {"": 12, "Q99": 12, "99A": 12, "U99001": 3, "U99002": 9, "Z99001": 3, "Z99002": None, "Z99003": 9}


def test_a_practice_that_returned_nothing_is_named_and_areas_have_both_denominators(loaded):
    made = report(loaded)
    assert made.returned_nothing == ("Z99002",)
    assert "Returned nothing, which is not zero: Z99002 Invented Surgery." in made.notes
    lists = [(row.basis, row.figures[-1].of) for row in made.rows if row.code == ""]
    assert lists == [("all lists", 7000), ("lists that returned data", 5000)]


def test_a_year_that_is_not_loaded_is_refused_with_those_that_are(loaded):
    with pytest.raises(Unreadable, match="there are: 2020-21"):
        report(loaded, "2019-20")


def test_where_no_qof_register_is_loaded_it_says_what_to_load(database):
    with pytest.raises(Unreadable, match="PREVALENCE"):
        report(database)


@pytest.fixture
def published(database, reference_dir):
    folder = reference_dir / "data" / "qof"
    names = ("ORGANISATION_REFERENCE_1617", "PREVALENCE_1617", "MAPPING_NHS_GEOGRAPHIES_2021", "PREVALENCE_2021_v2")
    load(database, *(folder / f"{name}.csv" for name in names))
    return database


def test_the_four_ccgs_had_4547_of_799660_people_on_the_palliative_register_in_2021(published):
    made = report(published, "2020-21", *FOUR_CCGS)
    figures = made.rows[0].figures[-1]
    assert (figures.count, figures.of, figures.value) == (4_547, 799_660, 0.00569)
    assert (made.practices, made.below_baseline, made.returned_nothing) == (105, 8, ())


def test_the_four_ccgs_had_3070_of_785807_in_2017_and_one_practice_returned_nothing(published):
    made = report(published, "2016-17", *FOUR_CCGS)
    figures = made.rows[0].figures[-1]
    assert (figures.count, figures.of) == (3_070, 785_807)
    assert made.returned_nothing == ("M83133",)
    assert any("Returned nothing" in note and "M83133" in note for note in made.notes)
    assert (made.rows[1].basis, made.rows[1].figures[-1].of) == (LISTS_RETURNED, 783_576)


def test_the_trend_of_an_area_has_a_point_a_year(published):
    made = report(published, "2020-21", *FOUR_CCGS)
    assert [(point.last.year, point.figures[-1].count) for point in made.trend] == [(2017, 3_070), (2021, 4_547)]
