"""The only door to the real clock. Rules take `at` (an instant, UTC) or `on` (a day) instead of asking."""

import time
from datetime import UTC, date, datetime


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today in UTC."""
    return now().date()


def elapsed() -> float:
    """Seconds since some instant: for what takes how long, whatever the date is set to."""
    return time.monotonic()
