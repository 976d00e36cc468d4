"""How sensitive a person's record is, as the security labels of the Patient say (v3-Confidentiality).

"R" and "V" restrict: nobody but who looks after the person may learn where they are. A label of any lower degree, such
as "N" or "U", says that nothing is restricted. Labels without a system count as well: one that goes unrecognised would
be a breach.
"""

from typing import Any, Final

from service.fhir import elements
from service.fhir.resource_type import Body

CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SYSTEMS: Final = (
    CONFIDENTIALITY,
    "http://hl7.org/fhir/v3/Confidentiality",
    "urn:oid:2.16.840.1.113883.5.25",
)
_DEGREES: Final = ("U", "L", "M", "N", "R", "V")
_RESTRICTS: Final = ("V", "R")
"""The highest first."""


def of(patient: Body) -> str:
    """ "V", "R", or empty where nothing is restricted."""
    found = {elements.text_at(label, "code").strip().upper() for label in labels(patient)}
    return next((degree for degree in _RESTRICTS if degree in found), "")


def labels(resource: Body) -> list[dict[str, Any]]:
    """Its labels that tell a degree of confidentiality."""
    return [label for label in elements.all_of(resource, "meta", "security") if _is_confidentiality(label)]


def is_lower(patient: Body, before: Body) -> bool:
    """Whether a Patient is restricted less than it was, or than another one is."""
    return _height(patient) < _height(before)


def with_labels(patient: Body, borne: list[dict[str, Any]]) -> Body:
    """The Patient with these labels behind its own."""
    meta = patient.get("meta", {})
    return {**patient, "meta": {**meta, "security": [*meta.get("security", ()), *borne]}}


def _height(patient: Body) -> int:
    return ("", *reversed(_RESTRICTS)).index(of(patient))


def _is_confidentiality(label: Body) -> bool:
    system = elements.text_at(label, "system")
    return system in _SYSTEMS or (not system and elements.text_at(label, "code").strip().upper() in _DEGREES)
