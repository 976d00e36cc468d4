"""How the story is put in FHIR: ids, references, concepts and instants."""

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from service.demo.area import Place, Practice
from service.demo.lives import Person
from service.fhir.resource_type import Body
from service.register import codes, nhs_number
from service.register.codes import Code

_NAMESPACE = UUID("8f9c1a52-1f3e-5d0b-9a57-6f2d5c1e7b40")
"""Ids follow from the number of a person in the story; never from an NHS number, since ids stand in URLs and logs."""


def id_of(subject: str, kind: str) -> str:
    """The id of the resource of a kind about a subject, the same every time."""
    return str(uuid5(_NAMESPACE, f"{subject}/{kind}"))


def person_id(person: Person, kind: str) -> str:
    return id_of(f"person {person.number}", kind)


def link(type_name: str, resource_id: str, display: str = "") -> Body:
    return {"reference": f"{type_name}/{resource_id}"} | ({"display": display} if display else {})


def patient_link(person: Person) -> Body:
    """By id, and by NHS number, so that a resource that is taken elsewhere still says whose it is."""
    identifier = {"system": nhs_number.SYSTEM, "value": person.nhs_number}
    return {"reference": f"Patient/{person_id(person, 'Patient')}", "identifier": identifier}


def organisation_link(organisation: Practice | Place) -> Body:
    """An Organization's id in the demonstration is its ODS code."""
    identifier = {"system": codes.ODS_ORGANISATION, "value": organisation.code}
    return {"reference": f"Organization/{organisation.code}", "identifier": identifier, "display": organisation.name}


def coding(code: Code) -> Body:
    return {"system": code.system, "code": code.code, "display": code.display}


def concept(*of: Code, text: str = "") -> Body:
    """A CodeableConcept whose text is what a person would say; the display of the first code where nothing is said."""
    return {"coding": [coding(code) for code in of], "text": text or of[0].display}


def coded(system: str, code: str, display: str = "") -> Body:
    """A CodeableConcept of one code of FHIR's own."""
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def instant(on: date, hour: int = 10, minute: int = 0) -> str:
    return f"{on.isoformat()}T{hour:02d}:{minute:02d}:00Z"


def review(on: date) -> dict[str, Any]:
    """The extension that says when something falls due for review."""
    return {"url": codes.REVIEW_DATE, "valueDate": on.isoformat()}
