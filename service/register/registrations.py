"""Spells on the register (EpisodeOfCare): which of them count, and on which days."""

from typing import Final

KIND: Final = "registration"
"""The kind of summary line that says how a registration stands."""

NOT_COUNTED: Final = ("planned", "cancelled", "entered-in-error")
"""Offered, declined, or a mistake: nobody is on the register by these, whatever their dates."""
