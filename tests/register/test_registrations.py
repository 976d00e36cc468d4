from datetime import date

import pytest

from service.register import registrations

DAY = date(2026, 3, 31)


def covers(status="active", started_on=date(2026, 1, 1), ended_on=None, on=DAY):
    return registrations.covers(status=status, started_on=started_on, ended_on=ended_on, on=on)


@pytest.mark.parametrize("status", ["active", "onhold", "finished", "waitlist"])
def test_a_spell_that_covers_the_day_counts_whatever_became_of_it_since(status):
    assert covers(status)


@pytest.mark.parametrize("status", ["planned", "cancelled", "entered-in-error"])
def test_an_offer_a_refusal_and_a_mistake_never_count(status):
    assert not covers(status)


def test_the_first_day_counts():
    assert covers(started_on=DAY)


def test_the_day_before_the_first_does_not_count():
    assert not covers(started_on=date(2026, 4, 1))


def test_the_last_day_counts():
    assert covers("finished", ended_on=DAY)


def test_the_day_after_the_last_does_not_count():
    assert not covers("finished", ended_on=date(2026, 3, 30))


def test_a_spell_without_a_start_never_counts():
    assert not covers(started_on=None)
