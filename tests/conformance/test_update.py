"""update: the next version, under a condition on the last; or a create under an id of the client's (R4 §3.1.0.4)."""

import pytest

from tests import builders
from tests.systems import System

LEEK = "Organization/leek"


@pytest.fixture
def leek(integration: System) -> str:
    integration.put(LEEK, builders.organization(id="leek", name="Old"))
    return LEEK


def test_an_update_answers_with_the_new_version_and_where_it_is(integration: System, leek: str) -> None:
    answer = integration.put(leek, builders.organization(id="leek", name="New"))
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.headers["content-location"] == f"http://127.0.0.1:8000/fhir/R4/{leek}/_history/2"
    assert answer.json()["meta"]["versionId"] == "2"


@pytest.mark.parametrize("etag", ['W/"1"', '"1"', "1", 'W/"7", W/"1"', "*"])
def test_an_update_of_the_version_that_the_client_read_goes_through(integration: System, leek: str, etag: str) -> None:
    assert integration.put(leek, builders.organization(id="leek"), If_Match=etag).status_code == 200


@pytest.mark.parametrize("etag", ['W/"2"', 'W/"0"', 'W/"7", W/"8"'])
def test_an_update_of_another_version_is_refused(integration: System, leek: str, etag: str) -> None:
    refused = integration.put(leek, builders.organization(id="leek"), If_Match=etag)
    assert refused.status_code == 412
    assert "Read it again" in refused.text


@pytest.mark.parametrize("etag", ['W/"1"', "*"])
def test_an_update_that_expects_a_version_never_creates(integration: System, etag: str) -> None:
    assert integration.put(LEEK, builders.organization(id="leek"), If_Match=etag).status_code == 412
    assert integration.get(LEEK).status_code == 404


def test_an_update_may_be_made_to_create_only(integration: System) -> None:
    body = builders.organization(id="leek")
    assert integration.put(LEEK, body, If_None_Match="*").status_code == 201
    assert integration.put(LEEK, body, If_None_Match="*").status_code == 412
    assert integration.get(LEEK).headers["etag"] == 'W/"1"'


def test_what_was_deleted_may_be_made_again(integration: System, leek: str) -> None:
    integration.delete(leek)
    answer = integration.put(leek, builders.organization(id="leek"), If_None_Match="*")
    assert answer.headers["etag"] == 'W/"3"'


def test_an_update_against_a_version_by_if_none_match_is_refused(integration: System, leek: str) -> None:
    refused = integration.put(leek, builders.organization(id="leek"), If_None_Match='W/"1"')
    assert refused.status_code == 400
    assert "If-Match" in refused.text


@pytest.mark.parametrize(
    ("prefer", "expected"), [("minimal", None), ("representation", "Organization"), ("OperationOutcome",) * 2]
)
def test_an_update_returns_what_the_client_prefers(
    integration: System, leek: str, prefer: str, expected: str | None
) -> None:
    answer = integration.put(leek, builders.organization(id="leek"), Prefer=f"return={prefer}")
    assert (answer.json()["resourceType"] if answer.content else None) == expected
    assert answer.headers["location"].endswith("/_history/2")


def test_head_tells_of_a_resource_without_its_body(integration: System, leek: str) -> None:
    answer = integration.http.head(f"/fhir/R4/{leek}", headers=integration.headers())
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == 'W/"1"'


def test_a_reference_to_a_version_leads_to_a_version_that_there_is(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    wish = integration.created(builders.place_of_death())
    to_version = {"reference": f"Observation/{wish['id']}/_history/1"}
    integration.put("CarePlan/p", builders.care_plan(id="p", supportingInfo=[to_version]))
    assert integration.get("CarePlan/p").status_code == 200
    to_none = {"reference": f"Observation/{wish['id']}/_history/2"}
    refused = integration.put("CarePlan/p", builders.care_plan(id="p", supportingInfo=[to_none]))
    assert refused.status_code == 422


def test_what_a_version_is_referred_to_of_is_not_deleted(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    wish = integration.created(builders.place_of_death())
    to_version = {"reference": f"Observation/{wish['id']}/_history/1"}
    integration.put("CarePlan/p", builders.care_plan(id="p", supportingInfo=[to_version]))
    assert integration.delete(f"Observation/{wish['id']}").status_code == 409


@pytest.mark.parametrize("number", [builders.NHS_NUMBER, "999-000-0018"])
def test_an_nhs_number_is_no_id(integration: System, number: str) -> None:
    refused = integration.put(f"Patient/{number}", builders.patient(id=number))
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (422, ["Patient.id"])
    assert number not in refused.text
