from pathlib import Path

import pytest

from service import db
from service.config import Settings
from service.db import Database
from service.register.organisations import LifeTable, ListByAge
from service.reports import evaluation, measure, reference
from service.reports.disclosure_profile import HIDDEN
from service.reports.measures import observed_over_expected as m2
from service.reports.report import Asked, Figure, Report
from tests.reports import reading
from tests.reports.invented import LISTED_ON, ON, Area

NAME = "observed-over-expected"
FOUR_CCGS = ("05W", "05G", "05V", "04Y")


def report(area: Area, *areas: str, profile: str = "under-5", **asked) -> Report:
    return reading.report(area.database, NAME, *areas, on=ON, months=1, profile=profile, **asked)


def on_register(made: Report, place: str = "Z99001", group: str = "") -> Figure:
    return reading.figure(made, place, m2.ON_REGISTER, group)


@pytest.fixture
def aged(area: Area) -> Area:
    """Of each practice but the last, 100 people are expected to die: of 400 of its people each fourth."""
    practices = ("Z99001", "Z99002", "Z99003", "Z99004")
    rates = [
        {"period": "2018-2020", "sex": sex, "age": age, "rate": 0.25, "source": ""}
        for sex in ("female", "male")
        for age in (0, 1)
    ]
    lists = [
        {"practice_code": code, "on": LISTED_ON, "sex": sex, "age": age, "patients": 100, "source": ""}
        for code in practices
        for sex in ("female", "male")
        for age in (0, 1)
    ]
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(LifeTable): rates, db.table(ListByAge): lists})
    return area


def test_the_register_is_told_over_the_foreseeable_deaths_with_byars_interval_and_the_gap(aged):
    aged.register("Z99001", 60)
    figure = on_register(report(aged))
    assert (figure.count, figure.of, figure.value) == (60, 75, 0.8)
    # Byar's limits of 60 are 45.79 and 77.23; each over 75.
    assert (figure.low, figure.high) == (0.61, 1.03)
    assert dict(figure.more) == {m2.EXPECTED: 100.0, m2.SHORT: 15}


def test_areas_add_up_their_practices(aged):
    aged.register("Z99001", 60)
    aged.register("Z99003", 60)
    made = report(aged)
    assert [(on_register(made, code).count, on_register(made, code).of) for code in ("all", "99A", "U99001")] == [
        (120, 300),
        (120, 225),
        (60, 150),
    ]


def test_a_practice_of_which_no_deaths_are_expected_has_no_ratio_and_the_report_says_so(aged):
    aged.register("Z99005", 60)
    made = report(aged)
    figure = on_register(made, "Z99005")
    assert (figure.count, figure.of, figure.value, dict(figure.more)[m2.SHORT]) == (60, None, None, None)
    assert reading.figure(made, "Z99005", m2.FORESEEABLE).count is None
    assert any(note.startswith("No deaths are expected of 1 practices") for note in made.notes)


def test_a_small_number_hides_the_ratio_and_the_gap_but_not_what_is_published(aged):
    aged.register("Z99001", 3)
    aged.register("Z99002", 60)
    figure = on_register(report(aged))
    assert (figure.count, figure.of, figure.value, figure.low) == (HIDDEN, 75, HIDDEN, HIDDEN)
    assert dict(figure.more) == {m2.EXPECTED: 100.0, m2.SHORT: HIDDEN}


def test_the_ratio_is_made_of_the_rounded_number(aged):
    aged.register("Z99001", 62)
    figure = on_register(report(aged, profile="nhs-digital"))
    assert (figure.count, figure.value) == (60, 0.8)


def test_how_much_can_be_foreseen_is_a_setting_and_is_told(aged):
    aged.register("Z99001", 60)
    with aged.database.reading() as session:
        settings = Settings(foreseeable_share=0.6)
        made = evaluation.evaluate(session, measure.named(NAME), Asked(on=ON, months=0), settings)
    assert (on_register(made).of, on_register(made).value) == (60, 1.0)
    assert made.notes[0] == "Of the expected deaths 60% are taken to be foreseeable; the others come suddenly."


def test_the_trend_is_over_the_deaths_that_are_expected_on_the_day_of_the_report(aged):
    aged.register("Z99001", 60)
    points = report(aged).trend
    assert {figure.of for point in points for figure in point.figures if figure.part == m2.ON_REGISTER} == {300}


def test_by_age_people_are_counted_and_compared_with_nothing(aged):
    aged.register("Z99001", 60)
    made = report(aged, by="age-band")
    assert {figure.part for row in made.rows for figure in row.figures} == {m2.ON_REGISTER}
    assert {figure.value for row in made.rows for figure in row.figures} == {None}


def test_by_deprivation_of_the_practice_each_fifth_has_its_own_expected_deaths(aged):
    aged.register("Z99001", 60)
    figure = on_register(report(aged, by="deprivation"), "all", "No score loaded")
    assert (figure.count, figure.of) == (60, 300)


@pytest.fixture
def published(database: Database, reference_dir: Path) -> Database:
    data = reference_dir / "data"
    names = ["life-tables/*.xlsx", "population/*.xlsx", "qof/PREVALENCE_*.csv", "qof/MAPPING_NHS_*.csv"]
    names.append("qof/ORGANISATION_*.csv")
    found = reference.in_loading_order(path for name in names for path in sorted(data.glob(name)))
    for path in found:
        with database.transaction() as session:
            reference.load(session, path)
    return database


def test_the_four_ccgs_had_4547_people_on_the_palliative_register_of_5619_foreseeable_deaths_in_2021(published):
    made = reading.report(published, NAME, *FOUR_CCGS, source="qof", year="2020-21")
    figure = on_register(made, "all")
    assert (figure.count, figure.of, figure.value, figure.low, figure.high) == (4_547, 5_619, 0.81, 0.79, 0.83)
    assert dict(figure.more) == {m2.EXPECTED: 7_492.6, m2.SHORT: 1_073}
    ratios = {code: on_register(made, code).value for code in ("M83700", "M83012", "05W")}
    assert ratios == {"M83700": 0.3, "M83012": 2.18, "05W": 0.78}
    [basis] = [note for note in made.notes if "shared out" in note]
    assert basis.startswith("Expected deaths of 105 practices: those of the people of their CCG in mid-2018")
    assert [point.figures[-1].count for point in made.trend] == [3_070, 3_345, 4_104, 4_604, 4_547]


def test_a_register_that_was_not_returned_has_no_ratio_and_is_not_zero(published):
    made = reading.report(published, NAME, source="qof", year="2016-17")
    assert made.returned_nothing
    figure = on_register(made, made.returned_nothing[0])
    assert (figure.count, figure.value) == (None, None)
