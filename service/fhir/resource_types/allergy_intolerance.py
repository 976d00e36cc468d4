"""AllergyIntolerance: allergies and adverse reactions (SCCI1580 item 30)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-allergy-intolerance"

_PAST: Final = ("inactive", "resolved")
_NOT_SO: Final = ("entered-in-error", "refuted")
_RISK: Final = {"high": "high risk", "low": "low risk"}


def _rules(allergy: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(allergy, "patient")


def _register_rows(allergy: Body, at: datetime) -> Iterable[RegisterRow]:
    return narrative.rows([_line(allergy, at)]) if _stands(allergy) else []


def _stands(allergy: Body) -> bool:
    clinical, verification = allergy.get("clinicalStatus"), allergy.get("verificationStatus")
    return not any(elements.has_code(clinical, codes.ALLERGY_CLINICAL, code) for code in _PAST) and not any(
        elements.has_code(verification, codes.ALLERGY_VERIFICATION, code) for code in _NOT_SO
    )


def _line(allergy: Body, at: datetime) -> Line:
    """No word stands before the substance: where the code says that none is known, "allergy" would say the opposite."""
    recorded = allergy.get("recordedDate")
    by = elements.display_of(allergy.get("recorder")) or elements.display_of(allergy.get("asserter"))
    substance = elements.text_of(allergy.get("code")) or "Allergy, substance not named"
    return Line(
        section="allergies",
        what=narrative.sentence(f"{substance}{_in_brackets(allergy)}", _reactions(allergy)),
        by=by,
        effective_at=elements.instant(recorded) or at,
        recorded_on=elements.day(recorded) or at.date(),
        confirmed_on=elements.day(recorded),
    )


def _in_brackets(allergy: Body) -> str:
    """Allergy or intolerance, how great the risk is, and any doubt."""
    doubts = [code for _, code in elements.codings(allergy.get("verificationStatus")) if code != "confirmed"]
    risk = _RISK.get(elements.text_at(allergy, "criticality"), "")
    said = ", ".join(filter(None, (elements.text_at(allergy, "type"), risk, *doubts)))
    return f" ({said})" if said else ""


def _reactions(allergy: Body) -> str:
    shown = [
        elements.text_of(manifestation)
        for reaction in elements.all_of(allergy, "reaction")
        for manifestation in elements.all_of(reaction, "manifestation")
    ]
    said = ", ".join(dict.fromkeys(filter(None, shown)))
    return f"Reaction: {said}" if said else ""


ALLERGY_INTOLERANCE = ResourceType(
    name="AllergyIntolerance",
    person="patient",
    dated=lambda allergy: ("recordedDate", "lastOccurrence"),
    profiles=lambda resource: [PROFILE],
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(
        words=frozenset(
            ["code", "reaction.substance", "reaction.manifestation", "reaction.description", "reaction.exposureRoute"]
        )
    ),
)
