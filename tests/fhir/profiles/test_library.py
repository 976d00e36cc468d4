"""Definitions by their canonical URLs."""

from typing import Any

from service.fhir import conformance
from service.fhir.profiles import library
from service.fhir.profiles.library import Library


def a(kind: str, version: str = "1", **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "url": "urn:x", "version": version, **more}


def test_a_canonical_with_a_version_names_that_version_only() -> None:
    held = Library.of([a("ValueSet", "1"), a("ValueSet", "2"), a("CodeSystem"), {"resourceType": "Patient"}])
    assert held.value_set("urn:x") == a("ValueSet", "1")
    assert held.value_set("urn:x|2") == a("ValueSet", "2")
    assert held.value_set("urn:x|3") is None
    assert held.code_system("urn:x|1") == a("CodeSystem")
    assert held.structure("urn:x") is None


def test_more_definitions_replace_none() -> None:
    ours = a("StructureDefinition", name="ours")
    both = Library.of([ours]).plus([a("StructureDefinition", name="theirs"), a("ValueSet")])
    assert both.structure("urn:x") == both.structure("urn:x|1") == ours
    assert both.structures() == (ours,)
    assert both.value_set("urn:x")


def test_what_is_shipped_is_what_is_served() -> None:
    held = library.shipped()
    for one in conformance.ours():
        if one["resourceType"] in library.KINDS:
            found = {"StructureDefinition": held.structure, "ValueSet": held.value_set, "CodeSystem": held.code_system}
            assert found[one["resourceType"]](f"{one['url']}|{one.get('version', '')}") == one
