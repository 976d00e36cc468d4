"""What is left of a record for somebody who may not learn where the person is.

Of a type that is withheld nothing is left; of a Patient, only what is listed; of all else, everything but what tells
where somebody lives. What is left is labelled REDACTED (v3-ObservationValue), so that nobody takes it for the whole.
"""

from typing import Any, Final

from service.fhir import codec, resource_type
from service.fhir.resource_type import Body
from service.register import nhs_number

REDACTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "REDACTED"}

WITHHELD_TYPES: Final = frozenset(type_.name for type_ in resource_type.all_types().values() if type_.is_withheld)
"""The types of which nothing may leave."""

HARMLESS_PARAMETERS: Final = frozenset(
    {"_id", "_lastUpdated", "identifier", "family", "given", "name", "gender", "birthdate", "patient", "subject"}
)
"""The search parameters by which somebody seen in part may be found: they tell nothing of where the person is."""

_OF_PATIENT: Final = frozenset(
    {"resourceType", "id", "meta", "active", "identifier", "name", "gender", "birthDate", "communication"}
)
_NEVER: Final = frozenset({"address", "telecom", "contact", "generalPractitioner", "managingOrganization", "contained"})


def redacted(type_name: str, body: bytes) -> bytes:
    """The part of a stored resource that may leave; its type is not one that is withheld."""
    resource = codec.loads(body)
    left = _patient(resource) if type_name == "Patient" else {n: v for n, v in resource.items() if n not in _NEVER}
    left.pop("text", None)
    return codec.dumps({**left, "meta": _labelled(left.get("meta", {}))})


def _patient(patient: Body) -> Body:
    left = {name: value for name, value in patient.items() if name in _OF_PATIENT or name.startswith("deceased")}
    numbers = [each for each in patient.get("identifier", ()) if each.get("system") == nhs_number.SYSTEM]
    return {**left, "identifier": numbers}


def _labelled(meta: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in meta.items() if name != "source"}
    others = [label for label in meta.get("security", ()) if label.get("code") != REDACTED["code"]]
    return {**kept, "security": [*others, REDACTED]}
