"""Our definitions at their URLs: profiles, extensions, code systems, search parameters, operations, open to anybody."""

import ast
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.fhir import conformance, invariants, outcomes
from service.register import codes
from tests.systems import System

ROOT = Path(__file__).parent.parent.parent
SERVICE = sorted((ROOT / "service").rglob("*.py"))
FILES = sorted(path for folder in conformance.FOLDERS.values() for path in (ROOT / "fhir_profiles" / folder).glob("*"))


def definitions(http: TestClient, type_name: str) -> list[dict[str, Any]]:
    bundle = http.get(f"/fhir/R4/{type_name}").json()
    return [entry["resource"] for entry in bundle.get("entry", [])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_a_valid_definition_with_the_id_that_its_name_and_its_canonical_say(path: Path) -> None:
    one = json.loads(path.read_text())
    type_name = one["resourceType"]
    module = import_module(f"fhir.resources.R4B.{type_name.lower()}")
    getattr(module, type_name).model_validate(one)
    assert path.parent.name == conformance.FOLDERS[type_name]
    assert one["id"] == path.stem
    assert one["url"] == f"{codes.BASE}/{type_name}/{one['id']}"


@pytest.mark.parametrize("type_name", sorted(conformance.TYPES))
def test_every_definition_that_is_listed_is_valid_and_read_by_its_id(http: TestClient, type_name: str) -> None:
    for one in definitions(http, type_name):
        module = import_module(f"fhir.resources.R4B.{type_name.lower()}")
        getattr(module, type_name).model_validate(one)
        assert one["url"] == f"{codes.BASE}/{type_name}/{one['id']}"
        assert http.get(f"/fhir/R4/{type_name}/{one['id']}").json() == one


def test_every_canonical_of_ours_that_the_program_names_is_served(http: TestClient) -> None:
    named = {match for path in SERVICE for match in re.findall(r"BASE\}/([A-Za-z]+/[a-z-]+)\"", path.read_text())}
    named = {name for name in named if name.partition("/")[0] in conformance.TYPES}
    assert "StructureDefinition/epaccs-summary" in named
    assert [name for name in sorted(named) if http.get(f"/fhir/R4/{name}").status_code != 200] == []


def code_system(name: str) -> set[str]:
    def inside(concepts: list[dict[str, Any]]) -> set[str]:
        return {code for one in concepts for code in ({one["code"]} | inside(one.get("concept", [])))}

    [system] = [one for one in conformance.ours() if one["url"] == f"{codes.BASE}/CodeSystem/{name}"]
    return inside(system["concept"])


def calls(*names: str) -> list[ast.Call]:
    nodes = [node for path in SERVICE for node in ast.walk(ast.parse(path.read_text()))]
    return [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(names)]


def first_text(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_every_code_of_our_own_stands_in_its_code_system() -> None:
    used = {first_text(call) for call in calls("local")} - {""}
    assert used
    assert used - code_system("heartsease") == set()


def test_every_coded_detail_of_a_refusal_or_a_finding_stands_in_its_code_system() -> None:
    import service.errors

    assert f"{codes.BASE}/CodeSystem/outcome-details" == outcomes.DETAILS
    refusals = [kind for kind in vars(service.errors).values() if hasattr(kind, "detail") and isinstance(kind, type)]
    used = {kind.detail for kind in refusals if issubclass(kind, Exception)}
    used |= {first_text(call) for call in calls("Issue", "._add")} - {""}
    used |= {rule.key for rules in invariants.INVARIANTS.values() for rule in rules}
    used |= {
        keyword.value.value
        for call in calls("Issue")
        for keyword in call.keywords
        if keyword.arg == "detail" and isinstance(keyword.value, ast.Constant)
    }
    assert len(used) > 20
    assert used - code_system("outcome-details") == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("url=https://heartsease.example/fhir/StructureDefinition/epaccs-review-date", ["epaccs-review-date"]),
        ("_id=epaccs-review-date,epaccs-end-reason", ["epaccs-end-reason", "epaccs-review-date"]),
        ("name=epaccsreview", ["epaccs-review-date"]),
        ("name=epaccs&_id=measure-baseline", []),
        ("url=https://example.org/nothing", []),
    ],
)
def test_a_definition_is_found_by_url_by_name_and_by_id(http: TestClient, query: str, found: list[str]) -> None:
    bundle = http.get(f"/fhir/R4/StructureDefinition?{query}").json()
    assert (bundle["type"], bundle["total"]) == ("searchset", len(found))
    assert [entry["resource"]["id"] for entry in bundle.get("entry", [])] == found


@pytest.mark.parametrize("query", ["status=active", "url:below=https://heartsease.example", "_count=1"])
def test_what_a_definition_is_not_found_by_is_refused(http: TestClient, query: str) -> None:
    answer = http.get(f"/fhir/R4/StructureDefinition?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_what_is_not_defined_is_not_found(http: TestClient) -> None:
    assert http.get("/fhir/R4/StructureDefinition/none").status_code == 404
    assert http.get("/fhir/R4/StructureDefinition/epaccs-review-date?colour=red").status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_definitions_are_only_read(integration: System, method: str) -> None:
    answer = integration.send(method, "CodeSystem/heartsease", {})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_a_definition_has_an_etag_and_is_not_sent_again(http: TestClient) -> None:
    first = http.get("/fhir/R4/CodeSystem/heartsease")
    again = http.get("/fhir/R4/CodeSystem/heartsease", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_installed_wheel_carries_the_definitions() -> None:
    built = (ROOT / "pyproject.toml").read_text()
    assert '"fhir_profiles" = "service/fhir_profiles"' in built
