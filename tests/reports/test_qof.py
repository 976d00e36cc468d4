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
    """The palliative care registers of five years and where their practices belonged, as published."""
    folder = reference_dir / "data" / "qof"
    registers = sorted(folder.glob("PREVALENCE_*.csv"))
    places = [*folder.glob("ORGANISATION_REFERENCE_*.csv"), folder / "MAPPING_NHS_GEOGRAPHIES_1920.csv"]
    load(database, *registers, *places, folder / "MAPPING_NHS_GEOGRAPHIES_2021.csv")
    return database


FIVE_YEARS = {
    "2016-17": (3_070, 785_807, 30),
    "2017-18": (3_345, 791_142, 23),
    "2018-19": (4_104, 795_291, 15),
    "2019-20": (4_604, 799_397, 8),
    "2020-21": (4_547, 799_660, 8),
}


def test_the_published_registers_of_the_four_ccgs_are_reported_as_they_are(published):
    """The total of each year and how many practices are under 0.2%; the trend; the extremes; what was not returned."""
    for year, (people, patients, under) in FIVE_YEARS.items():
        made = report(published, year, *FOUR_CCGS)
        figures = made.rows[0].figures[-1]
        assert (figures.count, figures.of, made.below_baseline) == (people, patients, under), year
    assert made.practices == 105
    points = [(point.last.year, point.figures[-1].count, point.figures[-1].of) for point in made.trend]
    assert points == [(int(year[:4]) + 1, people, patients) for year, (people, patients, _) in FIVE_YEARS.items()]
    assert made.rows[0].figures[-1].value == 0.00569

    earliest = report(published, "2016-17", *FOUR_CCGS)
    assert earliest.returned_nothing == ("M83133",)
    assert any("Returned nothing" in note and "M83133" in note for note in earliest.notes)
    assert (earliest.rows[1].basis, earliest.rows[1].figures[-1].of) == (LISTS_RETURNED, 783_576)
    blank = next(row for row in earliest.rows if row.code == "M83133")
    assert (blank.figures[-1].count, blank.figures[-1].value) == (None, None)

    extremes = {row.code: (row.figures[-1].count, row.figures[-1].of) for row in made.rows}
    assert (extremes["M83700"], extremes["M83012"]) == ((3, 5_092), (148, 8_006))
