"""What every measure has in common: periods, places valid at the time, partial and empty periods, own organisation."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from service import db
from service.config import Settings
from service.errors import Unreadable
from service.register.organisations import PracticeGeography
from service.reports import evaluation, measure
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Asked, Level, Period
from tests.reports import reading
from tests.reports.invented import LONG_AGO, Area
from tests.reports.lives import all_deaths, lived
from tests.reports.reading import figure, report

M3 = "on-register-at-death"
YEAR_ENDS = date(2023, 3, 31)
SINCE = ((date(2019, 1, 1), None),)


def die(area: Area, practice: str, people: int, on: date) -> None:
    lived(area, practice, people, stays=SINCE, died_on=on)


def deaths_of_a_year(area: Area, each: int, year: int = 2022) -> None:
    months = [date(year + (3 + month) // 12, (3 + month) % 12 + 1, 1) for month in range(12)]
    all_deaths(area, {("Z99001", month): each for month in months})


def test_the_last_whole_financial_year_is_told_where_nothing_else_is_asked(area: Area) -> None:
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 20, date(2022, 7, 1))
    with time_machine.travel(datetime(2023, 6, 17, 12, tzinfo=UTC), tick=False):
        made = report(area.database, M3)
    assert (made.first, made.on, made.period) == (date(2022, 4, 1), YEAR_ENDS, "year")
    assert figure(made, "Z99001", "at-least-1").value == 0.16667


def test_other_months_than_financial_years_are_told_of_areas_and_not_of_practices(area: Area) -> None:
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 20, date(2022, 7, 1))
    made = report(area.database, M3, on=date(2023, 2, 28))
    assert {row.level for row in made.rows} == {Level.ALL, Level.ICB, Level.SUB_ICB}
    assert "Practices and networks are told for whole financial years only" in " ".join(made.notes)
    assert report(area.database, M3, on=YEAR_ENDS, period=Period.QUARTER).practices == 0


def test_a_quarter_has_the_deaths_of_its_three_months(area: Area) -> None:
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 9, date(2022, 12, 31))
    die(area, "Z99001", 12, date(2023, 1, 1))
    made = report(area.database, M3, on=YEAR_ENDS, period=Period.QUARTER)
    assert (made.first, made.on) == (date(2023, 1, 1), YEAR_ENDS)
    assert (figure(made, "99A", "at-least-1").count, figure(made, "99A", "at-least-1").of) == (10, 30)


def test_three_years_pooled_do_not_give_away_the_one_year_that_is_hidden(area: Area) -> None:
    for year, people in ((2020, 20), (2021, 20), (2022, 4)):
        deaths_of_a_year(area, 10, year)
        die(area, "Z99001", people, date(year, 7, 1))
        die(area, "Z99002", 30, date(year, 7, 1))
        die(area, "Z99003", 30, date(year, 7, 1))
        die(area, "Z99004", 30, date(year, 7, 1))
    assert figure(report(area.database, M3, on=YEAR_ENDS), "Z99001", "at-least-1").count is HIDDEN
    pooled = report(area.database, M3, on=YEAR_ENDS, period=Period.THREE_YEARS)
    assert figure(pooled, "Z99001", "at-least-1").count is HIDDEN
    assert figure(pooled, "99A", "at-least-1").count == 225


def test_where_nothing_is_rounded_deaths_are_told_for_financial_years_only(area: Area) -> None:
    with pytest.raises(Unreadable, match="financial years"):
        report(area.database, M3, on=date(2023, 2, 28), profile="under-5")
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 20, date(2022, 7, 1))
    made = report(area.database, M3, on=YEAR_ENDS, profile="under-5")
    assert [point.last for point in made.trend] == [YEAR_ENDS]


def test_the_trend_of_an_area_has_its_months_and_that_of_a_practice_its_years(area: Area) -> None:
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 20, date(2022, 7, 1))
    die(area, "Z99001", 20, date(2022, 9, 1))
    of_area = report(area.database, M3, "99A", on=YEAR_ENDS, months=12)
    assert [point.first.month for point in of_area.trend] == [7, 9]
    of_practice = report(area.database, M3, "Z99001", on=YEAR_ENDS, months=12)
    assert [(point.first, point.figures[1].count) for point in of_practice.trend] == [(date(2022, 4, 1), 40)]


def test_a_practice_belongs_to_the_network_and_area_of_the_day_of_the_report(area: Area) -> None:
    """On 1 April 2022 Z99003 moved to a network that reaches over the border of two areas."""
    columns = {column.name: "" for column in db.table(PracticeGeography).columns}
    moved = {"practice_code": "Z99003", "valid_from": date(2022, 4, 1), "pcn_code": "U99003", "pcn_name": "Network"}
    areas = {"sub_icb_code": "99A", "sub_icb_name": "Invented 99A", "icb_code": "Q99"}
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(PracticeGeography): [{**columns, **moved, **areas}]})
    for practice in ("Z99001", "Z99003", "Z99004"):
        lived(area, practice, 20, stays=((LONG_AGO, None),))
    before = reading.counts(report(area.database, "identification", on=YEAR_ENDS, months=0), "on-register")
    assert (before["99A"], before["99B"], before["U99003"]) == (40, 20, 40)
    asked = report(area.database, "identification", "99B", on=YEAR_ENDS, months=0)
    assert "Network U99003 also has practices outside the area asked for; its row counts all of them." in asked.notes


def test_a_practice_that_closed_within_the_year_is_counted_where_it_belonged(area: Area) -> None:
    columns = {column.name: "" for column in db.table(PracticeGeography).columns}
    closed = {"practice_code": "Z99009", "valid_from": LONG_AGO, "practice_name": "Closed", "sub_icb_code": "99B"}
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(PracticeGeography): [{**columns, **closed, "icb_code": "Q99"}]})
    die(area, "Z99009", 20, date(2022, 5, 1))
    die(area, "Z99004", 20, date(2022, 7, 1))
    assert figure(report(area.database, "time-on-register", on=YEAR_ENDS), "99B", "died-on-register").count == 40


def test_a_period_that_the_tables_know_in_part_says_so(area: Area) -> None:
    all_deaths(area, {("Z99001", date(2023, month, 1)): 20 for month in (1, 2)})
    lived(area, "Z99001", 20, stays=((date(2022, 12, 1), None),), died_on=date(2023, 2, 2))
    notes = report(area.database, M3, on=YEAR_ENDS).notes
    assert "The register began on 1 December 2022: nobody was on it in the time before." in notes
    assert "Deaths are known of 2 of these 12 months: shares of them are too large." in notes
    assert any("recorded late are not in these figures yet" in note for note in notes)


def test_without_the_deaths_of_practices_nothing_is_a_share_and_the_report_says_why(area: Area) -> None:
    lived(area, "Z99001", 20, died_on=date(2023, 2, 2))
    made = report(area.database, M3, on=YEAR_ENDS)
    found = figure(made, "99A", "at-least-1")
    assert (found.count, found.value) == (20, None)
    assert "No deaths of these months are loaded: people are counted, and no share is made." in made.notes
    assert made.sources == ()  # no share of a list is made either


def test_a_period_without_anybody_has_words_and_no_zeros(area: Area) -> None:
    made = report(area.database, M3, on=YEAR_ENDS)
    assert (made.rows, made.trend) == ((), ())
    assert made.notes[0].startswith("Nobody was counted from 1 April 2022 to 31 March 2023")


def test_a_day_that_has_not_come_is_refused(area: Area) -> None:
    with pytest.raises(Unreadable, match="has not come"):
        report(area.database, M3, on=date(2999, 1, 1))


def test_an_organisation_that_asks_for_itself_is_told_everything_and_of_nobody_else(area: Area) -> None:
    deaths_of_a_year(area, 10)
    die(area, "Z99001", 3, date(2022, 7, 1))
    die(area, "Z99002", 30, date(2022, 7, 1))
    made = report(area.database, M3, on=date(2023, 2, 28), own="Z99001", by="sex")
    assert {row.code for row in made.rows} == {"Z99001"}
    assert figure(made, "Z99001", "at-least-365", "Female").count == 3


@pytest.mark.parametrize("name", measure.all_measures())
def test_every_measure_says_of_an_empty_register_that_there_is_nothing(database, name: str) -> None:
    with database.reading() as session:
        made = evaluation.evaluate(session, measure.named(name), Asked(), Settings())
    assert made.rows == ()
    assert made.notes
