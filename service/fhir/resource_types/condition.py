"""Condition: the primary end of life care diagnosis and the others (SCCI1580 items 26 to 28)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative, traits
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes, preference_type

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-condition"
DISABILITY: Final = f"{codes.BASE}/StructureDefinition/epaccs-disability"
_PAST: Final = ("inactive", "remission", "resolved")
_NOT_SO: Final = ("entered-in-error", "refuted")


def _rules(condition: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(condition, "subject")


def _profiles(condition: Body) -> Iterable[str]:
    """SCCI1580 has disabilities apart from other conditions (items 28 and 27)."""
    known = {answer.code.key for answer in preference_type.all_types()["disabilities"].answers}
    return [DISABILITY if known & set(elements.codings(condition.get("code"))) else PROFILE]


def _register_rows(condition: Body, at: datetime) -> Iterable[RegisterRow]:
    stands = _stands(condition)
    rows = list(traits.of_condition(condition, at, stands=stands))
    return rows + (narrative.rows([_line(condition, at)]) if stands else [])


def _stands(condition: Body) -> bool:
    clinical, verification = condition.get("clinicalStatus"), condition.get("verificationStatus")
    return not any(elements.has_code(clinical, codes.CONDITION_CLINICAL, code) for code in _PAST) and not any(
        elements.has_code(verification, codes.CONDITION_VERIFICATION, code) for code in _NOT_SO
    )


def _line(condition: Body, at: datetime) -> Line:
    """A later write confirms nothing: the day that its author gave is the last that we know of."""
    recorded = condition.get("recordedDate")
    by = elements.display_of(condition.get("recorder")) or elements.display_of(condition.get("asserter"))
    return Line(
        section="diagnoses",
        what=f"Diagnosis: {elements.text_of(condition.get('code')) or 'not named'}{_doubt(condition)}",
        by=by,
        effective_at=elements.instant(recorded) or at,
        recorded_on=elements.day(recorded) or at.date(),
        confirmed_on=elements.day(recorded),
    )


def _doubt(condition: Body) -> str:
    """A diagnosis that is not confirmed says so."""
    found = [code for _, code in elements.codings(condition.get("verificationStatus")) if code != "confirmed"]
    return f" ({', '.join(found)})" if found else ""


CONDITION = ResourceType(
    name="Condition",
    person="subject",
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    in_part=InPart(words=frozenset(["code", "severity", "bodySite", "stage.summary", "evidence.code"])),
)
