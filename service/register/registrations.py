"""Spells on the register (EpisodeOfCare): which of them count, and on which days."""

from datetime import date
from typing import Final

KIND: Final = "registration"
"""The kind of summary line that says how a registration stands."""

NOT_COUNTED: Final = ("planned", "cancelled", "entered-in-error")
"""Offered, declined, or a mistake: nobody is on the register by these, whatever their dates."""


def covers(*, status: str, started_on: date | None, ended_on: date | None, on: date) -> bool:
    """Whether a spell puts someone on the register on a day. `ended_on` is the last day on it.

    Being alive that day is asked of the person, not of the spell.
    """
    if status in NOT_COUNTED or started_on is None:
        return False
    return started_on <= on and (ended_on is None or on <= ended_on)
