"""M6, how long before death people had first said where they would prefer to die."""

from datetime import date, timedelta

from tests.reports.invented import ON
from tests.reports.lives import DIED_ON, HOME, HOSPICE, Said, lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"


def dies(area, *said):
    lived(area, PRACTICE, said=said, died_on=DIED_ON)


def before(days, place=HOME, **said):
    return Said(DIED_ON - timedelta(days=days), place, **said)


def of(area, part):
    return figure(report(area.database, "place-of-death-lead-time", on=ON, own=PRACTICE), PRACTICE, part)


def test_the_first_preference_counts_and_not_the_last(area):
    dies(area, before(100), before(10, HOSPICE))
    assert of(area, "named-a-place").value == 100


def test_being_asked_is_not_yet_a_preference(area):
    dies(area, before(100, "", no_answer="undecided"), before(10))
    assert of(area, "named-a-place").value == 10


def test_a_preference_that_was_given_up_was_one(area):
    dies(area, before(100), before(10, "", no_answer="undecided"))
    assert of(area, "named-a-place").value == 100


def test_who_never_named_a_place_is_not_counted(area):
    dies(area)
    dies(area, before(100, "", no_answer="declined"))
    dies(area, before(50))
    assert of(area, "named-a-place").count == 1


def test_the_day_of_death_and_the_day_before_are_under_48_hours(area):
    for days in (0, 1, 2, 30):
        dies(area, before(days))
    assert (of(area, "under-48-hours").count, of(area, "at-least-28").count) == (2, 1)


def test_half_of_them_had_said_so_eight_days_before(area):
    for days in (2, 4, 8, 16, 32):
        dies(area, before(days))
    found = of(area, "named-a-place")
    assert (found.value, found.low, found.high) == (8, 4, 16)


def test_only_deaths_of_the_period_count(area):
    lived(area, PRACTICE, said=[Said(date(2022, 1, 1), HOME)], died_on=date(2022, 3, 31))
    dies(area, before(5))
    assert of(area, "named-a-place").count == 1
