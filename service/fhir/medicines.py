"""What MedicationRequest and MedicationStatement share: which medicine, how to give it, and whether ahead of need.

Only what says that it is anticipatory stands in the summary. A section of that name which listed a daily tablet would
send a nurse to look for a box that is not there; and the list of current medicines is the practice's: SCCI1580 has
items for anticipatory medicines (31, 32) and for no others.
"""

from collections.abc import Iterator
from typing import Any

from service.fhir import elements
from service.fhir.resource_type import Body
from service.register import codes


def is_anticipatory(medication: Body) -> bool:
    """By a code of anticipatory care in its category, its reason or (of a request) its course of therapy."""
    stated = [medication.get("category"), medication.get("courseOfTherapyType")]
    concepts = [*stated, *elements.all_of(medication, "category"), *elements.all_of(medication, "reasonCode")]
    found = [key for concept in concepts for key in elements.codings(concept)]
    return any(code.key in found for code in codes.ANTICIPATORY)


def name(medication: Body) -> str:
    """The medicine in words: coded, referred to, or contained."""
    reference = medication.get("medicationReference")
    return (
        elements.text_of(medication.get("medicationCodeableConcept"))
        or elements.display_of(reference)
        or elements.text_of(_contained(medication, elements.text_at(reference, "reference")).get("code"))
        or "medicine not named"
    )


def _contained(medication: Body, reference: str) -> Body:
    held = elements.all_of(medication, "contained")
    return next((each for each in held if reference == f"#{each.get('id')}"), {})


def instructions(dosages: Any) -> Iterator[str]:
    """How to give it, as far as it was written in words; a dose is never put together from its parts."""
    for dosage in dosages if isinstance(dosages, list) else []:
        yield elements.text_at(dosage, "text") or elements.text_at(dosage, "patientInstruction")
