"""MedicationStatement: a medicine that somebody says the person has, held and shown."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, medicines, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-medication-statement"

_STANDING: Final = {"active": "", "intended": "Intended", "on-hold": "On hold"}


def _rules(statement: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(statement, "subject")


def _register_rows(statement: Body, at: datetime) -> Iterable[RegisterRow]:
    stands = elements.text_at(statement, "status") in _STANDING
    return narrative.rows([_line(statement, at)]) if stands and medicines.is_anticipatory(statement) else []


def _line(statement: Body, at: datetime) -> Line:
    asserted = statement.get("dateAsserted")
    return Line(
        section="anticipatory-medicines",
        what=narrative.sentence(
            f"Has {medicines.name(statement)}",
            *medicines.instructions(statement.get("dosage")),
            _STANDING[elements.text_at(statement, "status")],
        ),
        by=elements.display_of(statement.get("informationSource")),
        effective_at=elements.instant(asserted) or at,
        recorded_on=elements.day(asserted) or at.date(),
    )


MEDICATION_STATEMENT = ResourceType(
    name="MedicationStatement",
    person="subject",
    dated=lambda statement: ("dateAsserted",),
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
                "dosage.text",
                "dosage.patientInstruction",
                "dosage.additionalInstruction",
                "dosage.asNeededCodeableConcept",
                "dosage.site",
                "dosage.route",
                "dosage.method",
            ]
        )
    ),
)
