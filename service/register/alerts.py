"""The alerts that the register raises itself: what each says, and what it follows from. Each is told as a FHIR Flag.

An alert stands exactly while its reason does, and nobody sends one. Nobody may rely on it alone either: it names what
it follows from.
"""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from service.register import codes
from service.register.codes import Code

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-alert"
DERIVED_FROM: Final = f"{codes.BASE}/StructureDefinition/epaccs-derived-from"
"""The extension that says from which version of what something was derived, and when."""

_PREFIX: Final = "epaccs-alert-"


@dataclass(frozen=True, slots=True)
class Alert:
    """One kind of alert, of which a person has one while its reason stands.

    name      never changes once used: the id of its Flag follows from it
    code      what it says, as a code; where one of `or_codes` stands in what it follows from, that one
    category  FHIR's flag-category
    says      the same in words
    cause     what it follows from, in a word
    """

    name: str
    code: Code
    category: str
    says: str
    cause: str
    or_codes: tuple[Code, ...] = ()

    def id_for(self, person_pk: int) -> str:
        """The id of its Flag. The same for ever, so that whatever runs twice or at once makes no second one."""
        return f"{_PREFIX}{uuid5(NAMESPACE_URL, f'{PROFILE}/{self.name}/{person_pk}')}"


ON_THE_REGISTER: Final = Alert(
    "on-the-register", codes.ON_THE_REGISTER, "admin", "On the end of life care register", "registration"
)
NOT_FOR_CPR: Final = Alert("not-for-cpr", codes.NOT_FOR_CPR, "advance-directive", "Not for attempted CPR", "decision")
ADVANCE_DECISION: Final = Alert(
    "advance-decision",
    codes.ADVANCE_DECISIONS[0],
    "advance-directive",
    "Has an advance decision to refuse treatment",
    "advance decision",
)
LASTING_POWER: Final = Alert(
    "lasting-power-of-attorney",
    codes.ATTORNEYS[0],
    "advance-directive",
    "Has given a lasting power of attorney for health and welfare",
    "power of attorney",
    (codes.ATTORNEY_FOR_LIFE_SUSTAINING_TREATMENT,),
)
ALERTS: Final = (ON_THE_REGISTER, NOT_FOR_CPR, ADVANCE_DECISION, LASTING_POWER)


def is_ours(reference: str) -> bool:
    """Whether a reference, such as "Flag/id" (perhaps with a version), leads to an alert that the register raises."""
    return reference.startswith(f"Flag/{_PREFIX}")
