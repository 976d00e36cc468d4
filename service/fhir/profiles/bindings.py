"""Whether a code is in a value set, as far as that can be told with the definitions at hand.

A value set can be listed by its compose or its expansion over code systems of the library. What it takes from elsewhere
(filters of SNOMED CT, languages, media types) cannot be told: of such codes the answer is None, undecided.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.fhir.profiles.library import Library

Judge = Callable[[str, str], bool | None]


@dataclass(frozen=True, slots=True)
class Membership:
    """What is in a value set."""

    _judge: Judge

    def holds(self, system: str, code: str) -> bool | None:
        """Whether the code is in the set; None where that cannot be told here.

        With an empty system, as elements of type code have none: whether it is in the set by any system.
        """
        return self._judge(system, code)


def membership(value_set: str, library: Library) -> Membership | None:
    """What is in the value set of this canonical; None where nobody here knows the set or anything that is in it."""
    return None
