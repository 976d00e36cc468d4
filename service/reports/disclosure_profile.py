"""How small a number of people has to be to be hidden, and how the others are rounded."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from service.errors import Unreadable


class Hidden(Enum):
    """A count that is known and not shown."""

    HIDDEN = "*"

    def __str__(self) -> str:
        return "*"


HIDDEN: Final = Hidden.HIDDEN


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts from 1 to `hidden_up_to` are hidden, others are rounded to the nearest `round_to`, halves upwards."""

    name: str
    hidden_up_to: int
    round_to: int

    def is_small(self, count: int) -> bool:
        return 0 < count <= self.hidden_up_to

    def rounded(self, count: int) -> int:
        return (count + self.round_to // 2) // self.round_to * self.round_to

    def shown(self, count: int) -> "int | Hidden":
        """Of a count that hangs together with no other."""
        return HIDDEN if self.is_small(count) else self.rounded(count)


NHS_DIGITAL: Final = Profile("nhs-digital", 7, 5)
PROFILES: Final = {each.name: each for each in (NHS_DIGITAL, Profile("under-5", 4, 1), Profile("round-10", 4, 10))}
OWN: Final = Profile("own", 0, 1)
"""For an organisation's report of itself, which nobody else sees: nothing is hidden or rounded."""


def profile(name: str) -> Profile:
    """The profile of this name, as the setting gives it. Raises Unreadable, listing those there are."""
    if name not in PROFILES:
        raise Unreadable(f"A disclosure profile is one of: {', '.join(PROFILES)}")
    return PROFILES[name]
