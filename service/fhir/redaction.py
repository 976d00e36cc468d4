"""What is left of a record for somebody who may not learn where the person is.

Of a type that is withheld nothing is left; of a Patient, only what is listed; of all else, everything but what tells
where somebody lives. What is left is labelled REDACTED (v3-ObservationValue), so that nobody takes it for the whole.
"""

from typing import Final

from service.fhir import codec, resource_type
from service.fhir.redacting import Redacting
from service.fhir.resource_type import Body

REDACTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "REDACTED"}

_TYPES: Final = resource_type.all_types()
WITHHELD_TYPES: Final = frozenset(type_.name for type_ in _TYPES.values() if type_.is_withheld)
"""The types of which nothing may leave."""

_LEFT_TYPES: Final = frozenset(type_.name for type_ in _TYPES.values() if type_.person and not type_.is_withheld)

HARMLESS_PARAMETERS: Final = frozenset(
    {
        *("_id", "patient", "subject"),
        *("identifier", "name", "family", "given", "gender", "birthdate", "language"),
        *("active", "deceased", "death-date"),
        *("code", "category", "status", "date", "intent", "onset-date", "recorded-date", "start-date", "target-date"),
        *("clinical-status", "verification-status", "lifecycle-status", "criticality", "severity"),
    }
)
"""The search parameters by which somebody seen in part may be found: they look at nothing that is withheld. Of the
identifiers of a Patient that is the NHS number alone."""


def redacted(type_name: str, body: bytes) -> bytes:
    """The part of a stored resource that may leave; its type is not one that is withheld."""
    type_ = _TYPES[type_name]
    resource = type_.in_part.without_place(codec.loads(body))
    if type_.in_part.elements:
        resource = {name: value for name, value in resource.items() if name.removeprefix("_") in type_.in_part.elements}
    left = Redacting(type_.in_part.words, _LEFT_TYPES).of(resource)
    return codec.dumps({**left, "meta": _labelled(left.get("meta", {}))})


def _labelled(meta: Body) -> Body:
    others = [label for label in meta.get("security", ()) if label.get("code") != REDACTED["code"]]
    return {**meta, "security": [*others, REDACTED]}
