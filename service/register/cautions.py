"""What a clinician should look at again: statements in force that contradict each other, and what is missing beside
them. A caution never blocks: whoever is at the bedside decides, and what was said is kept as it was said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from service.register import codes, places

COMFORT: Final = "comfort"
"""The answer of the priority of care that puts comfort first."""
DENIED: Final = ("denied", "withdrawn")

ADVANCE_DECISION: Final = "advance-decision"
ATTORNEY: Final = "lasting-power-of-attorney"
MEDICINES: Final = "anticipatory-medicines"
CPR: Final = "cpr-decision"
ESCALATION: Final = "treatment-escalation"
PRIORITY: Final = "care-priority"
PLACE: Final = "place-of-death"
PROGNOSIS: Final = "prognosis"
REGISTRATION: Final = "registration"
SHARING: Final = "sharing"
_DAYS: Final = "days"
"""The group of the prognoses of days."""
TOPICS: Final = (
    *(ADVANCE_DECISION, ATTORNEY, MEDICINES, CPR, ESCALATION, PRIORITY, PLACE, PROGNOSIS, REGISTRATION, SHARING),
)
"""What cautions are about: kinds of summary lines, or their sections where all lines of one stand."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What of a person's record is in force; what was not said is empty. Who has died is no longer registered.

    `answers` has by topic the group of an answer, else its code; `decided` has by code of an intervention "for",
    "not-for" or "conditional". `is_place_asked` is whether a place of death is preferred, or it is said why none is.
    """

    is_registered: bool = False
    sharing: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    decided: Mapping[str, str] = field(default_factory=dict)
    is_place_asked: bool = False
    refuses_life_sustaining_treatment: bool = False
    has_attorney_for_life_sustaining_treatment: bool = False
    has_anticipatory_medicines: bool = False

    @property
    def is_for_cpr(self) -> bool:
        return self.answers.get(CPR) == codes.FOR_CPR.code

    @property
    def is_for_comfort_only(self) -> bool:
        """Every treatment that was decided on is not to be given."""
        return bool(self.decided) and set(self.decided.values()) == {"not-for"}

    def is_not_for(self, intervention: codes.Code) -> bool:
        return self.decided.get(intervention.code) == "not-for"


@dataclass(frozen=True, slots=True)
class Caution:
    """`topics` are those between which it is; `code` one of `fhir_profiles/code_systems/outcome-details.json`."""

    message: str
    topics: tuple[str, ...]
    code: Literal["contradiction", "place-of-death-missing", "sharing-refused", "medicines-missing"] = "contradiction"


def cautions(now: InForce) -> Iterator[Caution]:
    """Everything to look at again."""
    yield from _on_resuscitation(now)
    yield from _on_advance_decisions(now)
    yield from _on_places(now)
    if now.sharing in DENIED:
        message = "Sharing of this record is refused: hospitals, ambulances and 111 are told nothing of it"
        yield Caution(message, (SHARING, REGISTRATION), "sharing-refused")
    if now.answers.get(PROGNOSIS) == _DAYS and not now.has_anticipatory_medicines:
        message = "The prognosis is days of life, and no anticipatory medicines are recorded"
        yield Caution(message, (PROGNOSIS, MEDICINES), "medicines-missing")


def _on_resuscitation(now: InForce) -> Iterator[Caution]:
    if not now.is_for_cpr:
        return
    if now.is_for_comfort_only:
        message = "For attempted CPR, while the treatment escalation plan names only treatments not to be given"
        yield Caution(message, (CPR, ESCALATION))
    elif now.is_not_for(codes.INTENSIVE_CARE) or now.is_not_for(codes.VENTILATION):
        message = "For attempted CPR, but not for the intensive care or ventilation that would follow it"
        yield Caution(message, (CPR, ESCALATION))
    if now.answers.get(PRIORITY) == COMFORT:
        yield Caution("For attempted CPR, while comfort is to be put first", (CPR, PRIORITY))
    if now.refuses_life_sustaining_treatment:
        message = "For attempted CPR, beside an advance decision that refuses life-sustaining treatment"
        yield Caution(message, (CPR, ADVANCE_DECISION))


def _on_advance_decisions(now: InForce) -> Iterator[Caution]:
    if not now.refuses_life_sustaining_treatment:
        return
    if "for" in (now.decided.get(one.code) for one in (codes.INTENSIVE_CARE, codes.VENTILATION)):
        message = (
            "Intensive care or ventilation is to be given, beside an advance decision that refuses life-sustaining "
            "treatment"
        )
        yield Caution(message, (ESCALATION, ADVANCE_DECISION))
    if now.has_attorney_for_life_sustaining_treatment:
        message = (
            "An advance decision refuses life-sustaining treatment, and an attorney may decide on it: look which was "
            "made later (Mental Capacity Act 2005, section 25)"
        )
        yield Caution(message, (ADVANCE_DECISION, ATTORNEY))


def _on_places(now: InForce) -> Iterator[Caution]:
    """SCCI1580 requirement 54: users are alerted where the first choice is missing."""
    if now.answers.get(PLACE) == places.HOSPITAL and now.is_not_for(codes.HOSPITAL_ADMISSION):
        yield Caution("Prefers to die in hospital, but is not to be admitted to hospital", (PLACE, ESCALATION))
    if now.is_registered and not now.is_place_asked:
        message = "The preferred place of death is not recorded: ask, and record the answer or why there is none"
        yield Caution(message, (REGISTRATION, PLACE), "place-of-death-missing")
