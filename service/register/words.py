"""How facts are written for people, the same in a summary and in a report."""

from datetime import date


def day(on: date) -> str:
    """`3 May 2025` (NHS CUI date display)."""
    return f"{on.day} {on:%B} {on.year}"
