"""Refusals: always an OperationOutcome that says what is wrong, where, and what to do, with a code for programs."""

from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from starlette.testclient import TestClient

from service.fhir import outcomes
from tests import builders
from tests.systems import System


def detail(issue: dict[str, Any]) -> str:
    [coding] = issue["details"]["coding"]
    assert coding["system"] == outcomes.DETAILS
    return coding["code"]


REFUSALS: dict[str, tuple[str, str, Any, int, str, str]] = {
    "what cannot be read": ("POST", "Organization", b"{", 400, "invalid", "unreadable"),
    "what is not there": ("GET", "Organization/none", {}, 404, "not-found", "not-found"),
    "another method": ("DELETE", "metadata", {}, 405, "not-supported", "method-not-allowed"),
    "an unknown type": ("GET", "Robot/1", {}, 404, "not-supported", "not-supported"),
    "what is too large": ("POST", "Organization", b'"' + b"x" * 5_000_001, 413, "too-long", "too-large"),
    "a missing element": ("POST", "Condition", {"resourceType": "Condition"}, 422, "required", "required"),
    "an unknown element": ("POST", "Organization", builders.organization(colour="red"), 422, "structure", "structure"),
    "a wrong code": ("POST", "Patient", builders.patient(gender="f"), 422, "code-invalid", "code-invalid"),
    "an invariant": (
        "POST",
        "Organization",
        builders.organization(name=None),
        422,
        "invariant",
        "org-1",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_has_a_code_of_fhir_a_code_of_ours_and_says_what_to_do(integration: System, what: str) -> None:
    method, path, body, status, code, ours = REFUSALS[what]
    answer = integration.send(method, path, body)
    assert answer.status_code == status, answer.text
    OperationOutcome.model_validate(answer.json())
    issue = answer.json()["issue"][0]
    assert (issue["severity"], issue["code"], detail(issue)) == ("error", code, ours)
    assert issue["details"]["text"]
    assert "diagnostics" not in issue
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


def test_every_finding_names_its_element_and_all_are_told_at_once(integration: System) -> None:
    answer = integration.post("Patient", builders.patient(gender="f", birthDate="soon", colour="red"))
    places = {place for issue in answer.json()["issue"] for place in issue["expression"]}
    assert places == {"Patient.gender", "Patient.birthDate", "Patient.colour"}


def test_who_has_no_token_is_asked_for_one(http: TestClient) -> None:
    answer = http.get("/fhir/R4/Patient")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert detail(answer.json()["issue"][0]) == "unauthenticated"


def test_who_may_not_is_told_the_scope_that_is_missing(hospital: System) -> None:
    answer = hospital.post("Organization", builders.organization())
    assert answer.status_code == 403
    assert detail(answer.json()["issue"][0]) == "forbidden"
    assert "system/Organization.c" in answer.json()["issue"][0]["details"]["text"]


def test_a_deleted_resource_and_an_old_version_have_codes_of_their_own(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    conflict = integration.put("Organization/leek", builders.organization(id="leek"), If_Match='W/"9"')
    integration.delete("Organization/leek")
    gone = integration.get("Organization/leek")
    assert (conflict.status_code, detail(conflict.json()["issue"][0])) == (412, "version-conflict")
    assert (gone.status_code, detail(gone.json()["issue"][0])) == (410, "gone")


def test_a_url_that_takes_other_methods_says_which(integration: System) -> None:
    answer = integration.send("POST", "Organization/leek", {})
    assert answer.status_code == 405
    assert answer.headers["allow"].split(", ") == ["DELETE", "GET", "HEAD", "PATCH", "PUT"]


def test_only_a_fault_of_ours_has_diagnostics_and_they_are_the_request_id(
    integration: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.store import read

    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(read, "current", breaks)
    answer = integration.get("Organization/leek", X_Request_ID="the-id")
    [issue] = answer.json()["issue"]
    assert (answer.status_code, detail(issue)) == (500, "fault")
    assert issue["diagnostics"] == "Request id the-id"


def test_a_write_that_went_well_says_so_where_an_outcome_is_preferred(integration: System) -> None:
    answer = integration.post("Organization", builders.organization(), Prefer="return=OperationOutcome")
    [issue] = answer.json()["issue"]
    assert (issue["severity"], issue["code"], detail(issue)) == ("information", "informational", "all-is-well")


@pytest.mark.parametrize("path", ["Organization", "Organization/leek", "metadata", "CodeSystem", "", "Group/Y99001"])
@pytest.mark.parametrize("method", ["TRACE", "PROPFIND"])
def test_a_method_that_fhir_does_not_have_is_refused_with_an_outcome(
    integration: System, path: str, method: str
) -> None:
    answer = integration.send(method, path, b"")
    assert answer.status_code == 405
    assert detail(answer.json()["issue"][0]) == "method-not-allowed"
    assert "GET" in answer.headers["allow"]
