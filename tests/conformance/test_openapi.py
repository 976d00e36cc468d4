"""The OpenAPI document: whole, true to the routes, and with examples that the server takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.fhir import resource_type, validation
from tests import builders
from tests.systems import System

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "fhir_profiles" / "examples" / "valid").glob("*.json"))
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def document(http: TestClient) -> dict[str, Any]:
    answer = http.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def every(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, child in value.items():
            if name == key:
                yield child
            yield from every(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from every(child, key)


def test_the_document_is_openapi_3_1_and_points_to_nothing_that_is_missing(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    references = set(every(document["paths"], "$ref")) | set(every(document["components"], "$ref"))
    assert references
    for reference in references:
        _, kind, name = reference.removeprefix("#/").split("/")
        assert name in document["components"][kind], reference


def test_every_request_is_described_once_with_its_path_and_its_answers(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in described(document)]
    assert len(ids) == len(set(ids)) > 200
    for path, method, operation in described(document):
        assert method in METHODS
        declared = {one["name"] for one in operation.get("parameters", []) if one.get("in") == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), path
        assert operation["responses"], path
        names = [json.dumps(one, sort_keys=True) for one in operation.get("parameters", [])]
        assert len(names) == len(set(names)), (path, method)


def test_every_answer_of_the_fhir_api_is_fhir_json_and_every_refusal_an_outcome(document: dict[str, Any]) -> None:
    assert document["components"]["responses"]["Refused"]["content"].keys() == {"application/fhir+json"}
    for path, _, operation in described(document):
        if path.startswith("/fhir/R4") and "well-known" not in path:
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Refused"}, path


def test_what_metadata_claims_is_described(document: dict[str, Any], http: TestClient) -> None:
    routes = {
        "read": ("get", "/{id}"),
        "vread": ("get", "/{id}/_history/{version}"),
        "update": ("put", "/{id}"),
        "patch": ("patch", "/{id}"),
        "delete": ("delete", "/{id}"),
        "create": ("post", ""),
        "search-type": ("get", ""),
        "history-instance": ("get", "/{id}/_history"),
        "history-type": ("get", "/_history"),
    }
    for resource in http.get("/fhir/R4/metadata").json()["rest"][0]["resource"]:
        for interaction in resource.get("interaction", []):
            method, rest = routes[interaction["code"]]
            operation = document["paths"][f"/fhir/R4/{resource['type']}{rest}"][method]
            if interaction["code"] == "search-type":
                told = {one["$ref"].rpartition("/")[2] for one in operation["parameters"] if "$ref" in one}
                assert {f"{resource['type']}.{one['name']}" for one in resource["searchParam"]} <= told


def test_nothing_is_described_that_is_not_there(document: dict[str, Any], integration: System) -> None:
    for path, method, operation in described(document):
        url = re.sub(r"\{\w+\}", "1", path.replace("{type}", "Observation"))
        answer = integration.http.request(method, url, headers=integration.headers(**{"Content-Type": "text/plain"}))
        assert answer.status_code < 500 or path == "/readyz", (method, path)
        assert answer.status_code != 405, (method, path)
        if path.startswith("/fhir/R4"):
            issues = answer.json().get("issue", [{}]) if answer.content else [{}]
            assert answer.status_code != 404 or issues[0]["code"] != "not-supported", (method, path)
        assert operation["summary"] if path.startswith("/fhir/R4") and "export" not in path else True


def test_a_system_is_told_where_to_get_its_token(document: dict[str, Any]) -> None:
    flow = document["components"]["securitySchemes"]["smart"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"].endswith("/oauth2/token")
    assert "system/Patient.r" in flow["scopes"]


def test_every_type_that_is_stored_has_an_example() -> None:
    assert {path.stem for path in EXAMPLES} >= set(resource_type.all_types())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid_and_can_be_created(integration: System, path: Path, document: dict[str, Any]) -> None:
    example = json.loads(path.read_text())
    assert validation.issues(example) == []
    type_name = example["resourceType"]
    body = document["paths"][f"/fhir/R4/{type_name}"]["post"]["requestBody"]
    assert body["content"]["application/fhir+json"]["example"] == example
    if type_name != "Patient":
        integration.put("Patient/anna", builders.patient(builders.a_number(5), id="anna"))
    integration.put("Practitioner/brook", builders.practitioner(id="brook"))
    integration.created(example)


def test_the_document_is_linked_from_the_front_page_and_from_metadata(http: TestClient) -> None:
    address = "http://127.0.0.1:8000/openapi.json"
    assert http.get("/", headers={"Accept": "application/json"}).json()["openapi"] == address
    assert address in http.get("/fhir/R4/metadata").json()["implementation"]["description"]


def test_what_is_computed_takes_what_its_declaration_says_and_no_more(document: dict[str, Any]) -> None:
    def taken(type_name: str) -> tuple[set[str], set[str]]:
        searched = document["paths"][f"/fhir/R4/{type_name}"]["get"]["parameters"]
        body = document["paths"][f"/fhir/R4/{type_name}/_search"]["post"]["requestBody"]["content"]
        named = body["application/x-www-form-urlencoded"]["schema"]["properties"]
        return {one["$ref"].rpartition("/")[2].rpartition(".")[2] for one in searched if "$ref" in one}, set(named)

    by_get, by_post = taken("AuditEvent")
    assert {"date", "patient", "policy", "_count"} <= by_get & by_post
    assert not {"_sort", "_include"} & (by_get | by_post | taken("Group")[1])
    for path in ("Patient/$break-glass", "Patient/{id}/$who-looked", "AuditEvent/$review-queue"):
        assert f"/fhir/R4/{path}" in document["paths"]
