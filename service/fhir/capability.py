"""What this server can do, said from what is registered and never kept by hand: the CapabilityStatement.

An interaction is claimed where a route answers it, a search parameter where the index holds it, an operation where its
file stands. `tests/conformance/test_metadata.py` tries every claim.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from service.fhir import definitions, index_values, patching
from service.fhir.definitions import SearchParameter
from service.fhir.resource_type import Body, ResourceType
from service.register import codes

FHIR_VERSION: Final = "4.0.1"
ID: Final = "heartsease"
Route = tuple[str, str]
"""A method, and a URL below the base as its template."""

EVERY_TYPE: Final = "{type}"
OF_TYPE: Final[Mapping[Route, str]] = {
    ("POST", ""): "create",
    ("GET", "/{id}"): "read",
    ("GET", "/{id}/_history/{version}"): "vread",
    ("PUT", "/{id}"): "update",
    ("PATCH", "/{id}"): "patch",
    ("DELETE", "/{id}"): "delete",
    ("GET", "/{id}/_history"): "history-instance",
    ("GET", "/_history"): "history-type",
    ("GET", ""): "search-type",
}
"""The interaction with a type that a route is, by what follows the type in its URL."""
OF_SYSTEM: Final[Mapping[Route, tuple[str, ...]]] = {
    ("POST", ""): ("transaction", "batch"),
    ("GET", ""): ("search-system",),
    ("GET", "/_history"): ("history-system",),
}
_PATIENT_COMPARTMENT: Final = "http://hl7.org/fhir/CompartmentDefinition/patient"
_BULK_DATA: Final = "http://hl7.org/fhir/uv/bulkdata/"
_NOT_SUPPORTED: Final = (
    "Not supported, and refused with the issue code not-supported: XML and Turtle, FHIRPath Patch, composite search "
    "parameters, _filter, _query, GraphQL, subscriptions, terminology operations, $match and $meta. Unknown search "
    "parameters are refused too, or named in a warning under Prefer: handling=lenient. Nothing that is sent is ignored."
)


@dataclass(frozen=True, slots=True)
class OfferedOperation:
    """An operation at one level: "system", "type" or "instance". `type_name` is empty at system level."""

    name: str
    definition: str
    level: str
    type_name: str
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What is registered.

    types       the stored resource types
    routes      every method of every URL
    operations  at each of their levels
    profiles    the StructureDefinitions, CodeSystems and so on that are served
    searched    the search parameters of those types that are not stored, by type
    results     what a search of these takes beside them, such as `_count`; one of a stored type takes all there is
    """

    types: Mapping[str, ResourceType]
    routes: frozenset[Route]
    operations: Sequence[OfferedOperation]
    profiles: Sequence[Body] = ()
    searched: Mapping[str, Sequence[SearchParameter]] = field(default_factory=dict)
    results: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def parameters(self, type_name: str) -> Sequence[SearchParameter]:
        """By what a type is searched."""
        if type_name in self.searched:
            return self.searched[type_name]
        return tuple(definitions.search_parameters(type_name).values())

    def interactions(self, type_name: str) -> tuple[str, ...]:
        """What may be done with a type: by a route of its own, or by one of every type that is stored."""
        prefixes = (type_name, EVERY_TYPE) if type_name in self.types else (type_name,)
        return tuple(
            code
            for (method, rest), code in OF_TYPE.items()
            if any((method, f"/{prefix}{rest}") in self.routes for prefix in prefixes)
        )


def statement(offered: Offered, *, base: str, token_url: str, openapi_url: str, version: str, at: datetime) -> Body:
    """The CapabilityStatement of the server at `base`."""
    guides = [f"{_BULK_DATA}CapabilityStatement/bulk-data"] if _has_bulk_data(offered) else []
    return {
        "resourceType": "CapabilityStatement",
        "id": ID,
        "url": f"{codes.BASE}/CapabilityStatement/{ID}",
        "version": version,
        "name": "Heartsease",
        "title": "Heartsease end of life care register",
        "status": "active",
        "date": at.isoformat(timespec="seconds"),
        "publisher": "Heartsease",
        "kind": "instance",
        **({"instantiates": guides} if guides else {}),
        "software": {"name": "Heartsease", "version": version},
        "implementation": {"description": f"End of life care register; as OpenAPI: {openapi_url}", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        **({"patchFormat": [patching.MEDIA_TYPE]} if any(method == "PATCH" for method, _ in offered.routes) else {}),
        "rest": [_rest(offered, token_url)],
        **_documents(offered),
    }


def _has_bulk_data(offered: Offered) -> bool:
    return any(one.definition.startswith(_BULK_DATA) for one in offered.operations)


def _documents(offered: Offered) -> Body:
    """The documents that are written: profiles of a Bundle are of documents only."""
    told = [
        {"mode": "producer", "documentation": one["description"], "profile": one["url"]}
        for one in offered.profiles
        if one.get("type") == "Bundle"
    ]
    return {"document": told} if told else {}


def _rest(offered: Offered, token_url: str) -> Body:
    of_system = [code for route, listed in OF_SYSTEM.items() if route in offered.routes for code in listed]
    operations = _operations(offered, "")
    return {
        "mode": "server",
        "documentation": _NOT_SUPPORTED,
        "security": _security(token_url),
        "resource": [_resource(offered, type_name) for type_name in _type_names(offered)],
        "interaction": [{"code": code} for code in of_system],
        **({"operation": operations} if operations else {}),
        **({"compartment": [_PATIENT_COMPARTMENT]} if _has_compartments(offered) else {}),
    }


def _has_compartments(offered: Offered) -> bool:
    return any(template.startswith("/{compartment}/") for _, template in offered.routes)


def _type_names(offered: Offered) -> list[str]:
    """Those that are stored, those that are served, and those that only an operation is about, such as Measure."""
    with_operations = {one.type_name for one in offered.operations} - {"", EVERY_TYPE}
    return sorted({*offered.types, *offered.searched, *with_operations})


def _resource(offered: Offered, type_name: str) -> Body:
    interactions = offered.interactions(type_name)
    operations = _operations(offered, type_name)
    profiles = [one["url"] for one in offered.profiles if one.get("type") == type_name and one["kind"] == "resource"]
    return {
        "type": type_name,
        **({"supportedProfile": profiles} if profiles else {}),
        **({"interaction": [{"code": code} for code in interactions]} if interactions else {}),
        **_versions(interactions),
        **_conditions(offered, interactions),
        **_searches(offered, type_name),
        **({"operation": operations} if operations else {}),
    }


def _versions(interactions: Sequence[str]) -> Body:
    if "vread" not in interactions:
        return {"versioning": "no-version"}
    can_update = "update" in interactions
    return {"versioning": "versioned-update" if can_update else "versioned", "readHistory": True} | (
        {"updateCreate": True, "referencePolicy": ["literal", "logical", "enforced"]} if can_update else {}
    )


def _conditions(offered: Offered, interactions: Sequence[str]) -> Body:
    """By what is a condition in the URL of a type; that of a create is a header, as is that of a read."""
    if "create" not in interactions:
        return {}
    deletes = ("DELETE", f"/{EVERY_TYPE}") in offered.routes
    return {
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": ("PUT", f"/{EVERY_TYPE}") in offered.routes,
        "conditionalDelete": "single" if deletes else "not-supported",
    }


def _searches(offered: Offered, type_name: str) -> Body:
    if "search-type" not in offered.interactions(type_name):
        return {}
    told: Body = {"searchParam": [_search_param(one) for one in offered.parameters(type_name)]}
    if type_name not in offered.types:
        return told
    stored = frozenset(offered.types)
    leads = {one: _references(one, offered.types[one].person, stored) for one in offered.types}
    told["searchInclude"] = [f"{type_name}:{one}" for one, targets in leads[type_name] if targets]
    told["searchRevInclude"] = [
        f"{other}:{one}" for other, found in leads.items() for one, targets in found if type_name in targets
    ]
    return {name: listed for name, listed in told.items() if listed}


@functools.cache
def _references(type_name: str, person: str, stored: frozenset[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """The reference parameters of a type, each with the stored types that it may lead to.

    What stands in the index as another parameter leads where that one does: a `subject` that is always a Patient.
    """
    defined = definitions.search_parameters(type_name)
    references = [one.name for one in defined.values() if one.type == "reference"]
    return tuple(
        (one, _targets(defined, index_values.stands_as(type_name, person, one)) & stored) for one in references
    )


def _targets(defined: Mapping[str, SearchParameter], names: Iterable[str]) -> frozenset[str]:
    return frozenset(target for name in names for target in defined[name].targets)


def _search_param(parameter: SearchParameter) -> Body:
    where = {"documentation": parameter.expression} if parameter.expression else {}
    return {"name": parameter.name, "definition": parameter.url, "type": parameter.type, **where}


def _operations(offered: Offered, type_name: str) -> list[Body]:
    """Each once, though it stands at two levels: R4 tells the levels in the OperationDefinition."""
    found: dict[tuple[str, str], Body] = {}
    for one in offered.operations:
        if one.type_name == type_name or (one.type_name == EVERY_TYPE and type_name in offered.types):
            said = {"documentation": one.documentation} if one.documentation else {}
            found.setdefault((one.name, one.definition), {"name": one.name, "definition": one.definition, **said})
    return list(found.values())


def _security(token_url: str) -> Body:
    service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
    uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    return {
        "extension": [{"url": uris, "extension": [{"url": "token", "valueUri": token_url}]}],
        "cors": False,
        "service": [
            {"coding": [service], "text": "SMART Backend Services: signed assertion in, short-lived token out"}
        ],
        "description": "Everything but this statement, the definitions and the health checks needs a token",
    }
