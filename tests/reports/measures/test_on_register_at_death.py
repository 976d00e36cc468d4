"""M3, who had been found before they died, and how long before."""

from datetime import date, timedelta

import pytest

from tests.reports.lives import DIED_ON, all_deaths, lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"
LEADS = ("at-least-1", "at-least-28", "at-least-90", "at-least-365")


def dies(area, *stays, people=1, practice=PRACTICE):
    lived(area, practice, people, stays=stays, died_on=DIED_ON)


def deaths_of_march(area, count, practice=PRACTICE):
    all_deaths(area, {(practice, date(2023, 3, 1)): count})


def made(area, **asked):
    return report(area.database, "on-register-at-death", on=date(2023, 3, 31), **{"own": PRACTICE, **asked})


def leads(area):
    """At the practice; at another one somebody had been found, so that there is a register to report of."""
    dies(area, (date(2020, 1, 1), None), practice="Z99004")
    found = made(area)
    return [figure(found, PRACTICE, part).count for part in LEADS]


@pytest.mark.parametrize(
    ("days", "counted"),
    [
        (0, [0, 0, 0, 0]),
        (1, [1, 0, 0, 0]),
        (27, [1, 0, 0, 0]),
        (28, [1, 1, 0, 0]),
        (89, [1, 1, 0, 0]),
        (90, [1, 1, 1, 0]),
        (364, [1, 1, 1, 0]),
        (365, [1, 1, 1, 1]),
    ],
)
def test_who_was_found_early_counts_for_every_shorter_time_too(area, days, counted):
    deaths_of_march(area, 10)
    dies(area, (DIED_ON - timedelta(days=days), None))
    assert leads(area) == counted


def test_who_had_left_the_register_had_not_been_on_it_when_they_died(area):
    deaths_of_march(area, 10)
    dies(area, (date(2020, 1, 1), date(2023, 3, 1)))
    assert leads(area) == [0, 0, 0, 0]


def test_of_two_times_on_the_register_the_one_counts_in_which_they_died(area):
    deaths_of_march(area, 10)
    dies(area, (date(2020, 1, 1), date(2021, 1, 1)), (DIED_ON - timedelta(days=30), None))
    assert leads(area) == [1, 1, 0, 0]


def test_the_share_is_of_all_deaths_whether_anybody_had_been_found_or_not(area):
    deaths_of_march(area, 40)
    dies(area, (date(2023, 1, 1), None), people=10)
    found = figure(made(area), PRACTICE, "at-least-1")
    assert (found.count, found.of, found.value) == (10, 40, 0.25)


def test_deaths_of_other_months_are_in_no_share(area):
    deaths_of_march(area, 40)
    all_deaths(area, {(PRACTICE, date(2022, 3, 1)): 60, (PRACTICE, date(2023, 4, 1)): 60})
    dies(area, (date(2023, 1, 1), None))
    assert figure(made(area), PRACTICE, "deaths").count == 40


def test_an_area_has_the_deaths_of_all_its_practices(area):
    for practice in ("Z99001", "Z99002", "Z99003"):
        deaths_of_march(area, 100, practice)
        dies(area, (date(2023, 1, 1), None), people=20, practice=practice)
    found = figure(made(area, own=""), "99A", "at-least-28")
    assert (found.count, found.of, found.value) == (60, 300, 0.2)


def test_by_age_people_are_counted_and_no_share_is_made_of_deaths_that_nobody_split(area):
    deaths_of_march(area, 100)
    dies(area, (date(2023, 1, 1), None), people=20)
    found = figure(made(area, own="", by="age-band"), "99A", "at-least-1", "75 to 84")
    assert (found.count, found.value) == (20, None)
