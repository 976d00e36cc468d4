"""MedicationRequest: a prescription made elsewhere, held and shown; the register prescribes nothing."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, medicines, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-medication-request"

_STANDING: Final = ("active", "on-hold")
_ORDERS: Final = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
"""What somebody prescribed; a proposal, a plan or an option is nothing that is there to be given."""


def _rules(request: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(request, "subject")


def _register_rows(request: Body, at: datetime) -> Iterable[RegisterRow]:
    stands = request.get("status") in _STANDING and request.get("intent") in _ORDERS
    return narrative.rows([_line(request, at)]) if stands and medicines.is_anticipatory(request) else []


def _line(request: Body, at: datetime) -> Line:
    authored = request.get("authoredOn")
    name = medicines.name(request)
    return Line(
        section="anticipatory-medicines",
        what=narrative.sentence(
            f"Not to be given: {name}" if request.get("doNotPerform") is True else f"Prescribed: {name}",
            *medicines.instructions(request.get("dosageInstruction")),
            "On hold" if request.get("status") == "on-hold" else "",
        ),
        by=elements.display_of(request.get("requester")),
        effective_at=elements.instant(authored) or at,
        recorded_on=elements.day(authored) or at.date(),
    )


MEDICATION_REQUEST = ResourceType(
    name="MedicationRequest",
    person="subject",
    dated=lambda request: ("authoredOn",),
    profiles=lambda resource: [PROFILE],
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(
        words=frozenset(
            [
                "medicationCodeableConcept",
                "category",
                "reasonCode",
                "statusReason",
                "contained.code",
                "contained.form",
                "contained.ingredient.itemCodeableConcept",
                "dosageInstruction.text",
                "dosageInstruction.patientInstruction",
                "dosageInstruction.additionalInstruction",
                "dosageInstruction.asNeededCodeableConcept",
                "dosageInstruction.site",
                "dosageInstruction.route",
                "dosageInstruction.method",
            ]
        )
    ),
)
