"""create, read, vread, update, delete, history: what FHIR R4 §3.1.0 promises of each, over HTTP."""

import json
from typing import Any

import pytest

from tests import builders
from tests.systems import System


def test_a_created_resource_is_read_back_as_sent_with_our_id_and_meta(integration: System) -> None:
    sent = builders.organization(extension=[{"url": "https://example.org/unknown", "valueDecimal": 1.5}])
    text = json.dumps(sent).replace("1.5", "1.50").encode()
    created = integration.post("Organization", text)
    assert created.status_code == 201
    read = integration.get(f"Organization/{created.json()['id']}")
    assert b'"valueDecimal":1.50' in read.content
    assert read.content == created.content
    assert {name: value for name, value in read.json().items() if name not in ("id", "meta")} == sent


def test_a_create_answers_with_location_etag_and_last_modified(integration: System) -> None:
    created = integration.post("Organization", builders.organization())
    resource_id = created.json()["id"]
    assert created.headers["location"] == f"http://127.0.0.1:8000/fhir/R4/Organization/{resource_id}/_history/1"
    assert created.headers["etag"] == 'W/"1"'
    assert created.headers["last-modified"].endswith("GMT")


def test_the_id_of_a_created_resource_is_ours(integration: System) -> None:
    created = integration.created(builders.organization(id="theirs"))
    assert created["id"] != "theirs"


def test_a_read_of_a_version_that_the_client_holds_answers_304_without_a_body(integration: System) -> None:
    created = integration.created(builders.organization())
    answer = integration.get(f"Organization/{created['id']}", If_None_Match='W/"1"')
    assert answer.status_code == 304
    assert answer.content == b""


def test_put_with_a_new_id_creates_under_that_id(integration: System) -> None:
    answer = integration.put("Organization/leek", builders.organization(id="leek"))
    assert answer.status_code == 201
    assert integration.get("Organization/leek").json()["id"] == "leek"


def test_an_update_makes_the_next_version_and_keeps_the_last(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek", name="Old"))
    answer = integration.put("Organization/leek", builders.organization(id="leek", name="New"))
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert integration.get("Organization/leek").json()["name"] == "New"
    assert integration.get("Organization/leek/_history/1").json()["name"] == "Old"


def test_an_update_of_another_version_than_the_current_is_refused(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek", name="Old"))
    body = builders.organization(id="leek", name="New")
    assert integration.put("Organization/leek", body, If_Match='W/"1"').status_code == 200
    refused = integration.put("Organization/leek", body, If_Match='W/"1"')
    assert refused.status_code == 412
    assert integration.get("Organization/leek").headers["etag"] == 'W/"2"'


@pytest.mark.parametrize("etag", ["1", 'W/"x"', "*", '"' * 40])
def test_an_if_match_that_is_no_version_is_refused_or_conflicts(integration: System, etag: str) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    answer = integration.put("Organization/leek", builders.organization(id="leek"), If_Match=etag)
    assert answer.status_code in (200, 400)


def test_the_id_in_the_body_is_the_one_in_the_url(integration: System) -> None:
    answer = integration.put("Organization/leek", builders.organization(id="other"))
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["Organization.id"]


def test_a_deleted_resource_is_gone_and_its_versions_stay(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    assert integration.delete("Organization/leek").status_code == 204
    assert integration.get("Organization/leek").status_code == 410
    assert integration.get("Organization/leek/_history/1").status_code == 200
    assert integration.get("Organization/leek/_history/2").status_code == 410


def test_deleting_twice_changes_nothing(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    integration.delete("Organization/leek")
    again = integration.delete("Organization/leek")
    assert again.status_code in (200, 204)
    assert integration.get("Organization/leek/_history").json()["total"] == 2


def test_a_deleted_resource_can_be_written_again(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    integration.delete("Organization/leek")
    assert integration.put("Organization/leek", builders.organization(id="leek")).status_code in (200, 201)
    assert integration.get("Organization/leek").headers["etag"] == 'W/"3"'


def test_what_others_refer_to_is_not_deleted(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.created(builders.condition())
    refused = integration.delete("Patient/anna")
    assert refused.status_code == 409
    assert integration.get("Patient/anna").status_code == 200


def test_what_only_an_unsearchable_element_refers_to_is_not_deleted_either(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    wish = integration.created(builders.place_of_death())
    integration.created(builders.care_plan(supportingInfo=[{"reference": f"Observation/{wish['id']}"}]))
    assert integration.delete(f"Observation/{wish['id']}").status_code == 409


def test_history_lists_every_version_newest_first(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek", name="Old"))
    integration.put("Organization/leek", builders.organization(id="leek", name="New"))
    integration.delete("Organization/leek")
    history = integration.get("Organization/leek/_history").json()
    assert (history["type"], history["total"]) == ("history", 3)
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "PUT", "POST"]
    assert [entry.get("resource", {}).get("name") for entry in history["entry"]] == [None, "New", "Old"]


@pytest.mark.parametrize("path", ["Organization/none", "Organization/none/_history", "Organization/none/_history/1"])
def test_what_never_was_is_not_found(integration: System, path: str) -> None:
    answer = integration.get(path)
    assert answer.status_code == 404
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("return=minimal", None),
        ("return=representation", "Organization"),
        ("return=OperationOutcome", "OperationOutcome"),
    ],
)
def test_a_write_returns_what_the_client_prefers(integration: System, prefer: str, expected: str | None) -> None:
    answer = integration.post("Organization", builders.organization(), Prefer=prefer)
    assert answer.status_code == 201
    assert (answer.json()["resourceType"] if answer.content else None) == expected


def test_a_conditional_create_makes_one_resource_however_often_it_is_sent(integration: System) -> None:
    body = builders.organization(identifier=[{"system": "https://example.org", "value": "7"}])
    condition = {"If-None-Exist": "identifier=https://example.org|7"}
    first = integration.send("POST", "Organization", body, **condition)
    second = integration.send("POST", "Organization", body, **condition)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["etag"] == 'W/"1"'


def test_a_condition_that_matches_several_is_refused(integration: System) -> None:
    body = builders.organization(identifier=[{"system": "https://example.org", "value": "7"}])
    integration.created(body)
    integration.created(body)
    answer = integration.send("POST", "Organization", body, **{"If-None-Exist": "identifier=https://example.org|7"})
    assert answer.status_code == 412


@pytest.mark.parametrize("type_name", sorted(builders.SMALLEST))
def test_every_type_can_be_created_read_updated_found_and_deleted(integration: System, type_name: str) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Practitioner/brook", builders.practitioner(id="brook"))
    number = builders.a_number(5)
    body: dict[str, Any] = builders.SMALLEST[type_name](**({"number": number} if type_name == "Patient" else {}))
    created = integration.created(body)
    path = f"{type_name}/{created['id']}"
    assert integration.get(path).json() == created
    assert integration.put(path, created).headers["etag"] == 'W/"2"'
    found = integration.get(f"{type_name}?_id={created['id']}").json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == [created["id"]]
    assert integration.delete(path).status_code == 204
    assert integration.get(f"{type_name}?_id={created['id']}").json().get("entry") is None
