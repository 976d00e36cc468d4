"""The ImplementationGuide: one list of every definition of ours, made from these, so that it cannot go stale."""

from collections.abc import Iterable
from typing import Final

from service.fhir.resource_type import Body
from service.register import codes

ID: Final = "heartsease"
PACKAGE: Final = "example.heartsease.epaccs"
"""The name under which the definitions could be packed; nothing is published under it."""

_GROUPS: Final = {
    "StructureDefinition": "Profiles and extensions",
    "ValueSet": "Value sets",
    "CodeSystem": "Code systems",
    "ConceptMap": "Maps between codes",
    "SearchParameter": "Search parameters",
    "OperationDefinition": "Operations",
    "Measure": "Measures",
    "CapabilityStatement": "What the server can do",
}


def guide(definitions: Iterable[Body], *, version: str) -> Body:
    """The guide to these definitions, by type and id."""
    kinds = list(_GROUPS)
    listed = sorted(definitions, key=lambda one: (kinds.index(one["resourceType"]), one["id"]))
    found = {one["resourceType"] for one in listed}
    return {
        "resourceType": "ImplementationGuide",
        "id": ID,
        "url": f"{codes.BASE}/ImplementationGuide/{ID}",
        "version": version,
        "name": "HeartseaseGuide",
        "title": "End of life care register in FHIR R4",
        "status": "draft",
        "experimental": True,
        "publisher": "Heartsease",
        "description": (
            "The information standard for end of life care records (SCCI1580, 60 items) and what live registers add, "
            "as profiles that are aligned with UK Core. Each element says in its mapping which item it holds."
        ),
        "packageId": PACKAGE,
        "license": "MIT",
        "fhirVersion": ["4.0.1"],
        "definition": {
            "grouping": [{"id": kind, "name": name} for kind, name in _GROUPS.items() if kind in found],
            "resource": [_listed(one) for one in listed],
        },
    }


def _listed(one: Body) -> Body:
    said = {"description": one["description"]} if one.get("description") else {}
    return {
        "reference": {"reference": f"{one['resourceType']}/{one['id']}"},
        "name": one.get("title", one["name"]),
        **said,
        "exampleBoolean": False,
        "groupingId": one["resourceType"],
    }
