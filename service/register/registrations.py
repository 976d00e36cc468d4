"""Spells on the register (EpisodeOfCare): which of them count, and on which days."""

from typing import Final

STANDS: Final = "registration"
ENDED: Final = "registration-ended"
"""The kinds of summary line that say how a registration stands: one that stands outranks any that ended."""

NOT_COUNTED: Final = ("planned", "cancelled", "entered-in-error")
"""Offered, declined, or a mistake: nobody is on the register by these, whatever their dates."""

STANDING: Final = ("active", "onhold", "waitlist")
"""The statuses by which somebody is on the register now."""
