"""Rules of the register that several resource types share."""

from collections.abc import Iterator

from service.errors import Issue
from service.fhir import elements
from service.fhir.resource_type import Body


def broken(message: str, expression: str) -> Issue:
    """A rule of the register that does not hold. The message may name no person and repeat nothing that was sent."""
    return Issue("business-rule", message, expression)


def belongs_to_a_patient(resource: Body, element: str) -> Iterator[Issue]:
    """Whatever is about a person says whose it is, by a literal reference (FHIR.md §6.1), else nobody could find it.

    R4 leaves it open for some types; but what belongs to nobody is seen by everybody, so it may not be left out here.
    A reference that a transaction resolves later (`urn:uuid:…`, `Patient?identifier=…`) will do.
    """
    target = resource.get(element)
    written = elements.text_at(target, "reference")
    named = elements.reference_of(target) or ""
    if not (named.startswith("Patient/") or written.startswith(("urn:uuid:", "urn:oid:", "Patient?"))):
        message = f"{element} must refer to the Patient, as Patient/id: what belongs to nobody is seen by everybody"
        yield broken(message, f"{resource['resourceType']}.{element}")


def in_order(resource: Body) -> Iterator[Issue]:
    """A period does not end before it starts (R4 per-1, here by whole days when one of them is a day)."""
    start = elements.day(elements.part(resource, "period", "start"))
    end = elements.last_day(elements.part(resource, "period", "end"))
    if start and end and end < start:
        yield broken("The period ends before it starts", f"{resource['resourceType']}.period.end")
