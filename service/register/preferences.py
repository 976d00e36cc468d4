"""Preferences and decisions: appended, never overwritten."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Protocol, TypeVar

IN_FORCE_STATUSES: Final = ("final", "amended", "corrected")
"""Observation statuses that may be acted on. "corrected" is FHIR's kind of "amended"."""

MONTHS_TO_REVIEW: Final = 3
"""A review is due at most three months ahead (SCCI1580 requirement 19)."""


class Dated(Protocol):
    """What `in_force` needs to know; the `Preference` table has it."""

    @property
    def status(self) -> str: ...
    @property
    def effective_at(self) -> datetime: ...
    @property
    def issued_at(self) -> datetime: ...


Item = TypeVar("Item", bound=Dated)


def in_force(items: Iterable[Item], at: datetime) -> Item | None:
    """The one that counts at an instant: the latest effective by then; of two effective at once, the later issued."""
    standing = [item for item in items if item.status in IN_FORCE_STATUSES and item.effective_at <= at]
    return max(standing, key=lambda item: (item.effective_at, item.issued_at), default=None)


def review_due(confirmed_on: date) -> date:
    """When a statement last confirmed on a day falls due for review, if nobody set a date."""
    years, month = divmod(confirmed_on.month - 1 + MONTHS_TO_REVIEW, 12)
    year = confirmed_on.year + years
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(confirmed_on.day, last))
