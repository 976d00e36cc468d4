"""Preferences and decisions: appended, never overwritten."""

import calendar
from datetime import date
from typing import Final

IN_FORCE_STATUSES: Final = ("final", "amended", "corrected")
"""Observation statuses that may be acted on. "corrected" is FHIR's kind of "amended"."""

MONTHS_TO_REVIEW: Final = 3
"""A review is due at most three months ahead (SCCI1580 requirement 19)."""


def review_due(confirmed_on: date) -> date:
    """When a statement last confirmed on a day falls due for review, if nobody set a date."""
    years, month = divmod(confirmed_on.month - 1 + MONTHS_TO_REVIEW, 12)
    year = confirmed_on.year + years
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(confirmed_on.day, last))
