"""M4, how long those who died on the register had been on it."""

from datetime import date, timedelta

from tests.reports.lives import DIED_ON, lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"


def died_after(area, *days):
    for each in days:
        lived(area, PRACTICE, stays=[(DIED_ON - timedelta(days=each), None)], died_on=DIED_ON)


def made(area):
    return report(area.database, "time-on-register", on=date(2023, 3, 31), own=PRACTICE)


def test_the_median_is_between_the_quarter_with_least_and_the_quarter_with_most_time(area):
    died_after(area, 10, 20, 30, 40, 400)
    found = figure(made(area), PRACTICE, "died-on-register")
    assert (found.count, found.value, found.low, found.high) == (5, 30, 20, 40)


def test_a_year_is_within_three_months_and_these_within_28_days(area):
    died_after(area, 10, 28, 90, 365)
    found = {part: figure(made(area), PRACTICE, f"at-least-{part}") for part in (28, 90, 365)}
    assert {part: (each.count, each.of) for part, each in found.items()} == {28: (3, 4), 90: (2, 4), 365: (1, 4)}


def test_who_was_registered_on_the_day_of_death_had_no_time_on_the_register(area):
    died_after(area, 0, 10)
    assert figure(made(area), PRACTICE, "died-on-register").count == 1


def test_who_lives_is_not_counted(area):
    died_after(area, 10)
    lived(area, PRACTICE, 5, stays=[(date(2020, 1, 1), None)])
    assert figure(made(area), PRACTICE, "died-on-register").count == 1
