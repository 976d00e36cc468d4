"""FHIR's dates. A date may be partial: `2026-03` is the whole month, so a date is an interval, never one point.

Intervals are half-open and in UTC: the first instant belongs to it, the last does not. A text without a zone is UTC.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

Interval = tuple[datetime, datetime]

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)
"""The open ends of a period, and where the year 9999 stops."""

_DATE_TIME = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]|60)(?:\.([0-9]+))?)?"
    r"(?:(Z)|([+-])(0[0-9]|1[0-3]|14):([0-5][0-9]))?)?)?)?"
)


def interval(text: str) -> Interval:
    """The instants that a date, dateTime or instant covers, at the precision it was given in: year to microsecond.

    More lenient than FHIR's own formats where searches need it: minutes without seconds, a time without zone.
    Raises ValueError when this is no date: 30 February, hour 24, year 0000.
    """
    found = _DATE_TIME.fullmatch(text)
    if not found:
        raise ValueError("Not a FHIR date or dateTime")
    year, month, day_, hour = found.group(1, 2, 3, 4)
    if hour is not None:
        return _instants(found)
    low = datetime(int(year), int(month or 1), int(day_ or 1), tzinfo=UTC)
    if day_:
        return low, _later(low, timedelta(days=1))
    return low, _next_month(low) if month else _next_year(low)


def sortable(instant: datetime) -> str:
    """The instant as UTC text of fixed width, which sorts by time: `2026-03-02T09:30:00.000000Z`."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def instant(at: datetime) -> str:
    """An instant of ours, in UTC, as FHIR writes it: to the millisecond."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def period_interval(period: dict[str, Any]) -> Interval:
    """The instants that a Period covers; an end that is left out is open, an end at a day includes that day."""
    start, end = period.get("start"), period.get("end")
    return interval(start)[0] if start else EARLIEST, interval(end)[1] if end else LATEST


def day(text: str) -> date:
    """The first day of a date, or the day of a dateTime as it was written, in the writer's zone."""
    interval(text)
    year, month, day_ = (text[:10] + "-01-01").split("-")[:3]
    return date(int(year), int(month), int(day_))


def _instants(found: re.Match[str]) -> Interval:
    year, month, day_, hour, minute, second, fraction = found.group(1, 2, 3, 4, 5, 6, 7)
    written = datetime(int(year), int(month), int(day_), int(hour), int(minute), tzinfo=UTC)
    passed = timedelta(seconds=int(second or 0), microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    low = _later(written, passed - _offset(found))
    return low, _later(low, _precision(second, fraction))


def _offset(found: re.Match[str]) -> timedelta:
    sign, hours, minutes = found.group(9, 10, 11)
    if not sign:
        return timedelta()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > timedelta(hours=14):
        raise ValueError("No zone is further than 14 hours from UTC")
    return -offset if sign == "-" else offset


def _precision(second: str | None, fraction: str | None) -> timedelta:
    if second is None:
        return timedelta(minutes=1)
    return timedelta(microseconds=10 ** (6 - min(len(fraction or ""), 6)))


def _later(instant: datetime, by: timedelta) -> datetime:
    """Clamped, because the last day of 9999 and the first of 0001 have no neighbour."""
    try:
        return instant + by
    except OverflowError:
        return LATEST if by > timedelta() else EARLIEST


def _next_month(low: datetime) -> datetime:
    return low.replace(month=low.month + 1) if low.month < 12 else _next_year(low.replace(month=1))


def _next_year(low: datetime) -> datetime:
    return low.replace(year=low.year + 1) if low.year < 9999 else LATEST
