"""The 60 data items of the information standard SCCI1580 (Amd 11/2015, version 4.0): what a record holds.

Mandatory: every record has it. Required: filled in once it is known. Optional: by local agreement. Which elements
of FHIR record an item is said by `ElementDefinition.mapping` of the profiles; here is what the standard asks for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from service.register.preference_type import NO_ANSWER

Demand = Literal["mandatory", "required", "optional"]

PRESENT: Final = "present"
MISSING: Final = "missing"
NOT_DUE: Final = "not-due"
"""Of an item that nobody can know yet: the date of death of somebody who lives."""

STATES: Final[Mapping[str, str]] = {
    PRESENT: "Present",
    MISSING: "Missing",
    NOT_DUE: "Not due",
    **{state: words[:1].upper() + words[1:] for state, words in NO_ANSWER.items()},
}
"""What can be said of an item, in words: it is there, it is not, or why there is no answer."""

CONSENT: Final = 1
REVIEW_DATE: Final = 3
PLACE_OF_DEATH: Final = 36
ADVANCE_DECISION: Final = 49
DATE_OF_DEATH: Final = 59

AUTOMATIC: Final = (2, 4)
"""When the record was made and last amended: the register itself records both with every registration."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `number` is the standard's, `title` ours; `held_in` says where it is sent."""

    number: int
    title: str
    demand: Demand = "optional"
    held_in: str = ""


ALL: Final[Mapping[int, Item]] = {
    item.number: item
    for item in (
        Item(1, "Consent to sharing", "mandatory", "Consent with scope patient-privacy"),
        Item(2, "Date of creation", "mandatory", "EpisodeOfCare, by the register"),
        Item(3, "Planned review date", "required", "CarePlan, extension epaccs-review-date"),
        Item(4, "Last amendment", "mandatory", "meta.lastUpdated, by the register"),
        Item(5, "Family name", "mandatory", "Patient.name.family"),
        Item(6, "Given name", "mandatory", "Patient.name.given"),
        Item(7, "Preferred name"),
        Item(8, "Date of birth", "mandatory", "Patient.birthDate"),
        Item(9, "NHS number", "mandatory", "Patient.identifier"),
        Item(10, "Status of the NHS number", "mandatory", "Patient.identifier, its extension for verification"),
        Item(11, "Gender"),
        Item(12, "Usual address", "mandatory", "Patient.address"),
        Item(13, "Telephone"),
        Item(14, "Need for an interpreter"),
        Item(15, "Spoken language"),
        Item(16, "Main carer", "mandatory", "RelatedPerson who is the carer, or Observation of having one"),
        Item(17, "Main carer's telephone"),
        Item(18, "Main carer's awareness of the prognosis"),
        Item(19, "Usual GP", "mandatory", "Patient.generalPractitioner"),
        Item(20, "GP practice", "mandatory", "Patient.generalPractitioner with the ODS code"),
        Item(21, "Key worker"),
        Item(22, "Key worker's telephone"),
        Item(23, "Care workers"),
        Item(24, "Care workers' professional groups"),
        Item(25, "Care workers' telephones"),
        Item(26, "Primary end of life care diagnosis", "mandatory", "Condition, EpisodeOfCare.diagnosis of rank 1"),
        Item(27, "Other diagnoses"),
        Item(28, "Disability", "required", "Condition"),
        Item(29, "Functional status", "required", "Observation"),
        Item(30, "Allergies and adverse reactions", "required", "AllergyIntolerance"),
        Item(31, "Anticipatory medicines"),
        Item(32, "Where anticipatory medicines are kept"),
        Item(33, "End of life care tool in use"),
        Item(34, "Likely prognosis"),
        Item(35, "Advance statement"),
        Item(36, "Preferred place of death"),
        Item(37, "Preferred place of death: organisation"),
        Item(38, "Preferred place of death: address"),
        Item(39, "Preferred place of death: whether usual residence"),
        Item(40, "Second choice of place of death"),
        Item(41, "Second choice: organisation"),
        Item(42, "Second choice: address"),
        Item(43, "Second choice: whether usual residence"),
        Item(44, "CPR decision"),
        Item(45, "Date of the CPR decision"),
        Item(46, "Review date of the CPR decision"),
        Item(47, "Where the CPR form is kept"),
        Item(48, "Awareness of the CPR decision"),
        Item(49, "Advance decision to refuse treatment"),
        Item(50, "Where the advance decision is kept"),
        Item(51, "Attorney for personal welfare"),
        Item(52, "Authority of the attorney"),
        Item(53, "Attorney's telephone"),
        Item(54, "First person to involve"),
        Item(55, "First person's telephone"),
        Item(56, "Second person to involve"),
        Item(57, "Second person's telephone"),
        Item(58, "Other issues and preferences"),
        Item(59, "Date of death", "required", "Patient.deceasedDateTime"),
        Item(60, "Place of death"),
    )
}

DEMANDED: Final = tuple(item for item in ALL.values() if item.demand != "optional")
"""What every summary says of whether it is there: the mandatory and the required items, in their order."""

MINIMUM: Final = tuple(item for item in DEMANDED if item.demand == "mandatory")
"""The minimum record at creation: section 4.4 of the standard, with consent and the primary diagnosis."""


def stated(recorded: Iterable[tuple[int, str]], *, has_died: bool) -> dict[int, str]:
    """The state of each demanded item. An answer outweighs a reason why another resource has none."""
    states: dict[int, str] = dict.fromkeys(AUTOMATIC, PRESENT)
    for number, state in recorded:
        if states.get(number) != PRESENT:
            states[number] = state
    unknown = {DATE_OF_DEATH: MISSING if has_died else NOT_DUE}
    return {item.number: states.get(item.number, unknown.get(item.number, MISSING)) for item in DEMANDED}
