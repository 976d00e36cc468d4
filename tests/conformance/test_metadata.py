"""The CapabilityStatement: what it claims works, and what it does not claim is refused as not supported."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from starlette.testclient import TestClient

from service.fhir import conformance, definitions, resource_type
from service.register import codes
from tests import builders
from tests.systems import System

STORED = sorted(resource_type.all_types())
SERVED = sorted(conformance.TYPES)
HL7 = "http://hl7.org/fhir/"
REFUSED = (400, 404, 405)


@pytest.fixture
def statement(http: TestClient) -> dict[str, Any]:
    answer = http.get("/fhir/R4/metadata")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def people(integration: System) -> System:
    """A register with the person and the practitioner that the smallest resources refer to."""
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Practitioner/brook", builders.practitioner(id="brook"))
    return integration


def claims(statement: dict[str, Any], type_name: str) -> dict[str, Any]:
    return next(one for one in statement["rest"][0]["resource"] if one["type"] == type_name)


def interactions(claimed: dict[str, Any]) -> set[str]:
    return {one["code"] for one in claimed.get("interaction", [])}


def smallest(type_name: str) -> dict[str, Any]:
    number = {"number": builders.a_number(5)} if type_name == "Patient" else {}
    return builders.SMALLEST[type_name](**number)


def is_refused_as_not_supported(answer: Any) -> bool:
    return answer.status_code in REFUSED and answer.json()["issue"][0]["code"] == "not-supported"


def patched(system: System, path: str) -> Any:
    return system.patch(path, {"op": "add", "path": "/language", "value": "en"})


Try = Callable[[System, str, dict[str, Any]], Any]
TRIES: dict[str, tuple[Try, int]] = {
    "create": (lambda system, type_name, body: system.post(type_name, another(body)), 201),
    "read": (lambda system, type_name, body: system.get(f"{type_name}/{body['id']}"), 200),
    "vread": (lambda system, type_name, body: system.get(f"{type_name}/{body['id']}/_history/1"), 200),
    "update": (lambda system, type_name, body: system.put(f"{type_name}/{body['id']}", body), 200),
    "patch": (
        lambda system, type_name, body: patched(system, f"{type_name}/{body['id']}"),
        200,
    ),
    "history-instance": (lambda system, type_name, body: system.get(f"{type_name}/{body['id']}/_history"), 200),
    "history-type": (lambda system, type_name, body: system.get(f"{type_name}/_history"), 200),
    "search-type": (lambda system, type_name, body: system.get(f"{type_name}?_id={body['id']}"), 200),
    "delete": (lambda system, type_name, body: system.delete(f"{type_name}/{body['id']}"), 204),
}
"""How each interaction with a type is tried, and the status that it then has."""


def another(body: dict[str, Any]) -> dict[str, Any]:
    """Another resource of that type. A Patient needs a number of its own; nobody has two active plans."""
    if body["resourceType"] == "Patient":
        return builders.patient(builders.a_number(6))
    if body["resourceType"] == "CarePlan":
        return builders.care_plan(status="draft")
    return {name: value for name, value in body.items() if name not in ("id", "meta")}


@pytest.mark.parametrize("type_name", STORED)
def test_every_interaction_that_is_claimed_for_a_type_works(
    people: System, statement: dict[str, Any], type_name: str
) -> None:
    created = people.created(smallest(type_name))
    claimed = interactions(claims(statement, type_name))
    assert claimed >= {"create", "read", "vread", "update", "delete", "history-instance", "search-type"}
    for code, (attempt, status) in TRIES.items():  # delete comes last
        answer = attempt(people, type_name, created)
        if code in claimed:
            assert answer.status_code == status, (code, answer.text)
        else:
            assert is_refused_as_not_supported(answer), (code, answer.text)


def test_every_type_that_is_stored_is_claimed_and_no_other(statement: dict[str, Any]) -> None:
    listed = [one["type"] for one in statement["rest"][0]["resource"]]
    assert len(listed) == len(set(listed))
    created = {one["type"] for one in statement["rest"][0]["resource"] if "create" in interactions(one)}
    assert created == set(STORED)


@pytest.mark.parametrize("type_name", ["Encounter", "Composition", "Robot"])
def test_a_type_that_is_not_claimed_is_not_supported(people: System, statement: dict[str, Any], type_name: str) -> None:
    assert type_name not in [one["type"] for one in statement["rest"][0]["resource"]]
    for code, (attempt, _) in TRIES.items():
        answer = attempt(people, type_name, {"resourceType": type_name, "id": "anna"})
        assert is_refused_as_not_supported(answer), (code, answer.text)


VALUES = {
    "date": "2026-03-31",
    "number": "1",
    "quantity": "1",
    "reference": "Patient/anna",
    "string": "example",
    "token": "https://example.org|a",
    "uri": "https://example.org/a",
}


def a_value(parameter: dict[str, str], type_name: str) -> str:
    if parameter["type"] != "reference":
        return VALUES[parameter["type"]]
    targets = definitions.search_parameter(type_name, parameter["name"]).targets
    return f"{min(targets, default='Patient')}/anna"


@pytest.mark.parametrize("type_name", [*STORED, *SERVED])
def test_every_search_parameter_that_is_claimed_is_understood(
    people: System, statement: dict[str, Any], type_name: str
) -> None:
    for parameter in claims(statement, type_name)["searchParam"]:
        name = parameter["name"]
        value = a_value(parameter, type_name) if type_name in STORED else "a"
        answer = people.http.get(f"/fhir/R4/{type_name}", params={name: value}, headers=people.headers())
        assert answer.status_code == 200, (name, answer.text)
        [own_link] = [link["url"] for link in answer.json()["link"] if link["relation"] == "self"]
        assert f"{name}=" in own_link, (name, "was ignored")


@pytest.mark.parametrize("type_name", [*STORED, *SERVED])
def test_a_search_parameter_that_is_not_claimed_is_not_supported(
    people: System, statement: dict[str, Any], type_name: str
) -> None:
    claimed = {one["name"] for one in claims(statement, type_name)["searchParam"]}
    every = {name for other in STORED for name in definitions.search_parameters(other)}
    for name in [*sorted(every - claimed)[::7], "_text", "_content", "_filter", "_query", "_list", "nothing"]:
        answer = people.get(f"{type_name}?{name}=1")
        assert answer.status_code == 400, (name, answer.text)
        assert answer.json()["issue"][0]["code"] == "not-supported", (name, answer.text)


@pytest.mark.parametrize("type_name", STORED)
def test_everything_that_is_claimed_to_be_included_can_be(
    people: System, statement: dict[str, Any], type_name: str
) -> None:
    claimed = claims(statement, type_name)
    for name, how in (("searchInclude", "_include"), ("searchRevInclude", "_revinclude")):
        for path in claimed.get(name, []):
            answer = people.get(f"{type_name}?_id=none&{how}={path}")
            assert answer.status_code == 200, (path, answer.text)


def test_each_search_parameter_has_its_definition(
    statement: dict[str, Any], http: TestClient, reference_dir: Any
) -> None:
    entries = json.loads((reference_dir / "fhir-r4" / "search-parameters.json").read_text())["entry"]
    known = {entry["resource"]["url"]: entry["resource"] for entry in entries}
    for resource in statement["rest"][0]["resource"]:
        for parameter in resource.get("searchParam", []):
            url = parameter["definition"]
            if url.startswith(HL7):
                assert known[url]["code"] == parameter["name"]
                assert known[url]["type"] == parameter["type"]
                assert {resource["type"], "Resource", "DomainResource"} & set(known[url]["base"])
            else:
                assert http.get("/fhir/R4/SearchParameter", params={"url": url}).json()["total"] == 1


@pytest.mark.parametrize("type_name", STORED)
def test_what_is_claimed_of_conditions_and_versions_is_so(
    people: System, statement: dict[str, Any], type_name: str
) -> None:
    claimed = claims(statement, type_name)
    assert claimed["versioning"] == "versioned-update"
    created = people.created(smallest(type_name))
    path, condition = f"{type_name}/{created['id']}", f"_id={created['id']}"

    assert claimed["conditionalRead"] == "full-support"
    assert people.get(path, If_None_Match='W/"1"').status_code == 304
    assert people.get(path, If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT").status_code == 304
    assert claimed["conditionalCreate"] is True
    again = people.post(type_name, smallest(type_name), If_None_Exist=condition)
    assert (again.status_code, again.json().get("id")) == (200, created["id"]), again.text
    assert people.put(path, created, If_Match='W/"7"').status_code == 412
    updated = people.put(f"{type_name}?{condition}", created)
    deleted = people.delete(f"{type_name}?{condition}")
    assert (updated.status_code, deleted.status_code) == (200, 204) if claimed["conditionalUpdate"] else (405, 405)
    assert claimed["conditionalDelete"] == ("single" if deleted.status_code == 204 else "not-supported")


def test_an_update_creates_and_references_are_enforced_as_claimed(people: System, statement: dict[str, Any]) -> None:
    claimed = claims(statement, "CareTeam")
    assert claimed["updateCreate"] is True
    assert people.put("CareTeam/new", builders.care_team(id="new")).status_code == 201
    assert "enforced" in claimed["referencePolicy"]
    assert people.post("CareTeam", builders.care_team(subject={"reference": "Patient/none"})).status_code == 422


SYSTEM_TRIES: dict[str, Callable[[System], Any]] = {
    "transaction": lambda system: system.post("", a_bundle("transaction")),
    "batch": lambda system: system.post("", a_bundle("batch")),
    "history-system": lambda system: system.get("_history"),
    "search-system": lambda system: system.get("?_lastUpdated=gt2026-01-01"),
}


def a_bundle(kind: str) -> dict[str, Any]:
    entry = {"resource": builders.organization(), "request": {"method": "POST", "url": "Organization"}}
    return {"resourceType": "Bundle", "type": kind, "entry": [entry]}


def test_what_is_claimed_of_the_whole_system_works_and_the_rest_is_refused(
    integration: System, statement: dict[str, Any]
) -> None:
    claimed = {one["code"] for one in statement["rest"][0]["interaction"]}
    assert claimed >= {"transaction", "batch", "history-system"}
    for code, attempt in SYSTEM_TRIES.items():
        answer = attempt(integration)
        if code in claimed:
            assert answer.status_code == 200, (code, answer.text)
        else:
            assert is_refused_as_not_supported(answer), (code, answer.text)


def test_the_compartment_that_is_claimed_is_searched(people: System, statement: dict[str, Any]) -> None:
    assert statement["rest"][0]["compartment"] == [f"{HL7}CompartmentDefinition/patient"]
    people.created(builders.condition())
    found = people.get("Patient/anna/Condition").json()
    assert [entry["resource"]["resourceType"] for entry in found["entry"]] == ["Condition"]
    assert is_refused_as_not_supported(people.get("Encounter/anna/Condition"))


def test_every_operation_that_is_claimed_is_there(people: System, statement: dict[str, Any]) -> None:
    rest = statement["rest"][0]
    claimed = [("", one) for one in rest.get("operation", [])]
    claimed += [(one["type"], operation) for one in rest["resource"] for operation in one.get("operation", [])]
    assert len(claimed) > 2
    for type_name, one in claimed:
        name = f"${one['name']}"
        paths = [f"{type_name}/{name}", f"{type_name}/anna/{name}", f"{type_name}/register-prevalence/{name}"]
        answers = [people.send(method, path, {}) for path in (paths if type_name else [name]) for method in VERBS]
        assert not all(is_refused_as_not_supported(answer) for answer in answers), (type_name, name)


VERBS = ("GET", "POST")


@pytest.mark.parametrize("path", ["Patient/$match", "Patient/$meta", "$meta", "Patient/anna/$meta", "$graphql"])
def test_an_operation_that_is_not_claimed_is_not_supported(people: System, path: str) -> None:
    for method in VERBS:
        answer = people.send(method, path, {"resourceType": "Parameters"})
        assert is_refused_as_not_supported(answer), (method, answer.text)


def test_every_operation_of_ours_is_defined(statement: dict[str, Any], http: TestClient) -> None:
    operations = [one for resource in statement["rest"][0]["resource"] for one in resource.get("operation", [])]
    ours = {one["definition"] for one in operations if one["definition"].startswith(codes.BASE)}
    assert ours
    for url in ours:
        found = http.get("/fhir/R4/OperationDefinition", params={"url": url}).json()
        assert found["total"] == 1, url


def test_only_json_patch_is_claimed_and_no_other_patch_is_read(people: System, statement: dict[str, Any]) -> None:
    assert statement["patchFormat"] == ["application/json-patch+json"]
    answer = people.send("PATCH", "Patient/anna", {"resourceType": "Parameters"})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (415, "not-supported")


def test_the_document_that_is_claimed_is_defined_and_returned(http: TestClient, statement: dict[str, Any]) -> None:
    [document] = statement["document"]
    found = http.get("/fhir/R4/StructureDefinition", params={"url": document["profile"]}).json()
    assert found["total"] == 1


def test_the_statement_is_valid_says_its_fhir_version_and_what_is_not_supported(statement: dict[str, Any]) -> None:
    CapabilityStatement.model_validate(statement)
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["rest"][0]["documentation"].startswith("Not supported")


def test_the_statement_is_open_and_only_read(http: TestClient) -> None:
    assert http.get("/fhir/R4/metadata").status_code == 200
    refused = http.post("/fhir/R4/metadata", json={})
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD"
    assert refused.json()["resourceType"] == "OperationOutcome"


def test_a_client_that_holds_the_statement_need_not_take_it_again(http: TestClient) -> None:
    etag = http.get("/fhir/R4/metadata").headers["etag"]
    again = http.get("/fhir/R4/metadata", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("query", "status"), [("mode=full", 200), ("mode=terminology", 400), ("colour=red", 400)])
def test_only_the_full_statement_is_kept(http: TestClient, query: str, status: int) -> None:
    answer = http.get(f"/fhir/R4/metadata?{query}")
    assert answer.status_code == status
    assert status == 200 or answer.json()["issue"][0]["code"] == "not-supported"


def test_the_statement_is_served_by_its_id_too(http: TestClient, statement: dict[str, Any]) -> None:
    assert http.get(f"/fhir/R4/CapabilityStatement/{statement['id']}").json() == statement
