"""What this server can do, said from what is registered and never kept by hand: the CapabilityStatement."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from service.fhir import definitions
from service.fhir.resource_type import Body, ResourceType

FHIR_VERSION = "4.0.1"
_INTERACTIONS = ("create", "read", "vread", "update", "delete", "history-instance", "search-type")


def statement(
    types: Mapping[str, ResourceType],
    operations: Iterable[tuple[str, str, str]],
    *,
    base: str,
    token_url: str,
    version: str,
    at: datetime,
) -> Body:
    """The CapabilityStatement. `operations` are triples of resource type, name and definition."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": at.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Heartsease", "version": version},
        "implementation": {"description": "Heartsease end of life care register", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(token_url),
                "resource": _resources(types, operations),
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resources(types: Mapping[str, ResourceType], operations: Iterable[tuple[str, str, str]]) -> list[Body]:
    """Those that are stored, then those that are only computed, such as Measure."""
    of_type: dict[str, list[Body]] = {}
    for type_name, name, definition in operations:
        of_type.setdefault(type_name, []).append({"name": name, "definition": definition})
    stored = [_resource(type_, of_type.pop(type_.name, [])) for type_ in types.values()]
    return stored + [{"type": type_name, "operation": listed} for type_name, listed in sorted(of_type.items())]


def _resource(type_: ResourceType, operations: list[Body]) -> Body:
    found = definitions.search_parameters(type_.name).values()
    return {
        "type": type_.name,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalDelete": "not-supported",
        "searchParam": [_search_param(one) for one in found],
        **({"operation": operations} if operations else {}),
    }


def _search_param(parameter: definitions.SearchParameter) -> Body:
    told = {"name": parameter.name, "type": parameter.type}
    return {**told, "definition": parameter.url} if parameter.url else told


def _security(token_url: str) -> Body:
    service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
    uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    return {
        "service": [
            {"coding": [service], "text": "SMART Backend Services: signed assertion in, short-lived token out"}
        ],
        "extension": [{"url": uris, "extension": [{"url": "token", "valueUri": token_url}]}],
    }
