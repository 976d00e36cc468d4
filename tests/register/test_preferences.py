from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.register import preferences

NOW = datetime(2026, 3, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    name: str
    day: int = 1
    issued_day: int = 1
    status: str = "final"

    @property
    def effective_at(self):
        return datetime(2026, 3, self.day, tzinfo=UTC)

    @property
    def issued_at(self):
        return datetime(2026, 3, self.issued_day, tzinfo=UTC)


def in_force(*items, at=NOW):
    found = preferences.in_force(items, at)
    return found.name if found else None


def test_the_latest_effective_one_is_in_force():
    assert in_force(Item("hospice", day=3), Item("home", day=2)) == "hospice"


def test_one_recorded_late_about_an_earlier_day_does_not_replace_a_later_one():
    assert in_force(Item("hospice", day=3, issued_day=3), Item("home", day=2, issued_day=9)) == "hospice"


def test_of_two_effective_at_once_the_later_issued_is_in_force():
    assert in_force(Item("home", issued_day=2), Item("hospice", issued_day=1)) == "home"


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"])
def test_what_is_not_final_is_not_in_force(status):
    assert in_force(Item("hospice", day=3, status=status), Item("home", day=2)) == "home"


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_an_amended_one_is_as_good_as_a_final_one(status):
    assert in_force(Item("hospice", status=status)) == "hospice"


def test_a_preference_of_tomorrow_is_not_yet_in_force():
    assert in_force(Item("hospice", day=3), Item("home", day=1), at=datetime(2026, 3, 2, tzinfo=UTC)) == "home"


def test_nothing_recorded_is_nothing_in_force():
    assert in_force() is None


@pytest.mark.parametrize(
    ("confirmed", "due"),
    [
        ("2025-05-03", "2025-08-03"),
        ("2025-11-30", "2026-02-28"),
        ("2023-11-30", "2024-02-29"),
        ("2025-10-31", "2026-01-31"),
    ],
)
def test_a_review_is_due_three_months_later(confirmed, due):
    assert preferences.review_due(date.fromisoformat(confirmed)) == date.fromisoformat(due)


@given(st.dates())
def test_every_day_has_a_day_of_review(confirmed):
    assert preferences.review_due(confirmed) > confirmed or confirmed >= date(9999, 10, 1)
