"""The only door to the real clock. Rules take `at` (an instant, UTC) or `on` (a day) instead of asking."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today in UTC."""
    return now().date()
