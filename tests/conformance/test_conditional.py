"""Conditional create, update, patch, delete and read: FHIR R4 §3.1.0.5 to §3.1.0.10, by how many the search finds."""

from typing import Any

import pytest

from tests import builders
from tests.systems import System


def surgery(value: str = "7", **changes: Any) -> dict[str, Any]:
    """An Organization that its sender knows by a number of its own."""
    return builders.organization(identifier=[{"system": "https://example.org", "value": value}], **changes)


SEVEN = "Organization?identifier=https://example.org|7"
RENAMED = {"op": "replace", "path": "/name", "value": "New"}


# Conditional create: If-None-Exist


def test_a_conditional_create_under_a_condition_that_is_spelt_otherwise_finds_the_same(integration: System) -> None:
    first = integration.send("POST", "Organization", surgery(), **{"If-None-Exist": "identifier=https://example.org|7"})
    second = integration.send(
        "POST", "Organization", surgery(), **{"If-None-Exist": "identifier=https%3A%2F%2Fexample.org%7C7"}
    )
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["location"] == first.headers["location"]


@pytest.mark.parametrize("condition", ["shoe-size=7", "_count=1", "identifier=", "identifier=a&_sort=name", "%ff=1"])
def test_a_condition_that_is_no_search_is_refused_and_nothing_made(integration: System, condition: str) -> None:
    refused = integration.send("POST", "Organization", surgery(), **{"If-None-Exist": condition})
    assert refused.status_code == 400
    assert integration.get("Organization").json().get("entry") is None


def test_a_conditional_create_that_finds_another_person_loses_nothing_and_tells_nothing(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna", birthDate="1940-05-06"))
    other = builders.patient(builders.a_number(1), birthDate="1940-05-06")
    refused = integration.send("POST", "Patient", other, **{"If-None-Exist": "birthdate=1940-05-06"})
    assert refused.status_code == 409
    assert "anna" not in refused.text
    assert builders.NHS_NUMBER not in refused.text


# Headers that would seem to hold


@pytest.mark.parametrize(
    ("method", "path", "header", "value"),
    [
        ("PUT", "Organization/leek", "If-Match", ""),
        ("DELETE", "Organization/leek", "If-Match", " "),
        ("PUT", "Organization/leek", "If-None-Match", ""),
        ("PUT", "Organization/leek", "If-Unmodified-Since", "Sat, 01 Mar 2025 00:00:00 GMT"),
        ("PUT", "Organization/leek", "If-None-Exist", "name=leek"),
        ("PUT", "Organization/leek", "X-Provenance", ""),
        ("POST", "Organization", "If-None-Exist", ""),
        ("POST", "Organization", "If-Match", 'W/"1"'),
        ("GET", "Organization/leek", "If-Match", 'W/"1"'),
        ("GET", "Organization/leek", "If-Unmodified-Since", "Sat, 01 Mar 2025 00:00:00 GMT"),
        ("GET", "Organization?name=leek", "If-None-Exist", "name=leek"),
        ("GET", "Organization/leek", "X-Provenance", '{"resourceType": "Provenance"}'),
    ],
)
def test_a_condition_that_is_empty_or_goes_with_another_method_is_refused(
    integration: System, method: str, path: str, header: str, value: str
) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    answer = integration.send(method, path, builders.organization(id="leek"), **{header: value})
    assert answer.status_code == 400
    assert header in answer.json()["issue"][0]["details"]["text"]
    assert integration.get("Organization/leek").headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match", "If-None-Exist"])
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_bundle_takes_its_conditions_in_its_entries_only(integration: System, kind: str, header: str) -> None:
    entry = {"resource": surgery(), "request": {"method": "POST", "url": "Organization"}}
    answer = integration.post("", {"resourceType": "Bundle", "type": kind, "entry": [entry]}, **{header: "*"})
    assert answer.status_code == 400
    assert integration.get("Organization").json().get("entry") is None


def test_a_condition_that_is_given_twice_is_refused(integration: System) -> None:
    twice = [("If-None-Exist", "name=leek"), ("If-None-Exist", "name=onion")]
    headers = [*integration.headers().items(), ("Content-Type", "application/fhir+json"), *twice]
    answer = integration.http.post("/fhir/R4/Organization", json=surgery(), headers=headers)
    assert answer.status_code == 400


def test_versions_may_be_named_by_several_headers(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    tags = [("If-Match", 'W/"7"'), ("If-Match", 'W/"1"')]
    headers = [*integration.headers().items(), ("Content-Type", "application/fhir+json"), *tags]
    answer = integration.http.put("/fhir/R4/Organization/leek", json=builders.organization(id="leek"), headers=headers)
    assert answer.status_code == 200


# Conditional update: PUT Type?search


def test_a_conditional_update_that_matches_nothing_creates(integration: System) -> None:
    answer = integration.put(SEVEN, surgery())
    assert answer.status_code == 201
    assert answer.headers["etag"] == 'W/"1"'


def test_a_conditional_update_that_matches_nothing_creates_under_the_id_that_the_client_gives(
    integration: System,
) -> None:
    answer = integration.put(SEVEN, surgery(id="leek"))
    assert answer.status_code == 201
    assert integration.get("Organization/leek").status_code == 200


def test_a_conditional_update_replaces_the_one_match(integration: System) -> None:
    first = integration.put(SEVEN, surgery(name="Old"))
    second = integration.put(SEVEN, surgery(name="New"))
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    assert second.json()["id"] == first.json()["id"]
    assert integration.get(f"Organization/{first.json()['id']}").json()["name"] == "New"


def test_a_conditional_update_may_name_the_id_of_the_match(integration: System) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    assert integration.put(SEVEN, surgery(id="leek")).headers["etag"] == 'W/"2"'


def test_a_conditional_update_with_another_id_than_the_match_is_refused(integration: System) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    refused = integration.put(SEVEN, surgery(id="other"))
    assert refused.status_code == 400
    assert refused.json()["issue"][0]["expression"] == ["Organization.id"]
    assert integration.get("Organization/other").status_code == 404


def test_a_conditional_update_never_takes_the_id_of_what_does_not_match(integration: System) -> None:
    integration.put("Organization/leek", surgery("8", id="leek"))
    refused = integration.put(SEVEN, surgery("7", id="leek"))
    assert refused.status_code == 409
    assert integration.get("Organization/leek").headers["etag"] == 'W/"1"'


def test_a_conditional_update_that_matches_several_changes_none(integration: System) -> None:
    ids = [integration.created(surgery())["id"] for _ in range(2)]
    refused = integration.put(SEVEN, surgery(name="New"))
    assert refused.status_code == 412
    assert "more exact" in refused.text
    assert [integration.get(f"Organization/{each}").headers["etag"] for each in ids] == ['W/"1"', 'W/"1"']


def test_a_conditional_update_that_finds_another_person_changes_nobody(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna", birthDate="1940-05-06"))
    refused = integration.put(
        "Patient?birthdate=1940-05-06", builders.patient(builders.a_number(1), birthDate="1940-05-06")
    )
    assert refused.status_code == 409
    assert integration.get("Patient/anna").headers["etag"] == 'W/"1"'


def test_a_conditional_update_of_somebody_elses_record_changes_nothing(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    hers = integration.created(builders.condition(code={"text": "Heart failure"}))
    his = builders.condition(subject={"reference": "Patient/bert"})
    refused = integration.put(f"Condition?_id={hers['id']}", his)
    assert refused.status_code == 409
    assert integration.get(f"Condition/{hers['id']}").headers["etag"] == 'W/"1"'


def test_a_practice_updates_by_condition_only_what_it_may_see(practice: System, integration: System) -> None:
    theirs = builders.patient(builders.a_number(1), generalPractitioner=builders.at_practice("Y99009"))
    integration.created(theirs)
    number = builders.a_number(1)
    ours = builders.patient(number, generalPractitioner=builders.at_practice("Y99001"))
    refused = practice.put(f"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{number}", ours)
    assert refused.status_code == 409
    assert number not in refused.text


def test_an_if_match_holds_for_a_conditional_update_too(integration: System) -> None:
    integration.put(SEVEN, surgery())
    assert integration.put(SEVEN, surgery(), If_Match='W/"1"').status_code == 200
    assert integration.put(SEVEN, surgery(), If_Match='W/"1"').status_code == 412


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_at_a_type_needs_a_search_that_says_which_resource(integration: System, method: str) -> None:
    integration.created(surgery())
    refused = integration.send(method, "Organization", surgery())
    assert refused.status_code == 400
    assert len(integration.get("Organization").json()["entry"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "header"),
    [
        ("POST", "Organization", "If-Match"),
        ("POST", "Organization", "If-None-Match"),
        ("PUT", "Organization/leek", "If-None-Exist"),
        ("PUT", SEVEN, "If-None-Match"),
        ("PUT", SEVEN, "If-None-Exist"),
        ("PATCH", "Organization/leek", "If-None-Match"),
        ("DELETE", "Organization/leek", "If-None-Match"),
        ("DELETE", SEVEN, "If-None-Exist"),
    ],
)
def test_a_condition_that_means_nothing_there_is_refused_rather_than_ignored(
    integration: System, method: str, path: str, header: str
) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    refused = integration.send(method, path, surgery(id="leek"), **{header: "*"})
    assert refused.status_code == 400
    assert header in refused.text
    assert integration.get("Organization/leek").headers["etag"] == 'W/"1"'


# Conditional patch


def test_a_conditional_patch_changes_the_one_match(integration: System) -> None:
    made = integration.created(surgery(name="Old"))
    answer = integration.patch(SEVEN, RENAMED)
    assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, made["id"], "New")


def test_a_conditional_patch_of_nothing_is_not_found(integration: System) -> None:
    assert integration.patch(SEVEN, RENAMED).status_code == 404


def test_a_conditional_patch_that_matches_several_changes_none(integration: System) -> None:
    ids = [integration.created(surgery(name="Old"))["id"] for _ in range(2)]
    assert integration.patch(SEVEN, RENAMED).status_code == 412
    assert {integration.get(f"Organization/{each}").json()["name"] for each in ids} == {"Old"}


# Conditional delete


def test_a_conditional_delete_takes_the_one_match_out(integration: System) -> None:
    made = integration.created(surgery())
    assert integration.delete(SEVEN).status_code == 204
    assert integration.get(f"Organization/{made['id']}").status_code == 410


def test_a_conditional_delete_of_nothing_has_nothing_to_do(integration: System) -> None:
    assert integration.delete(SEVEN).status_code == 204


def test_a_conditional_delete_that_matches_several_deletes_none(integration: System) -> None:
    ids = [integration.created(surgery())["id"] for _ in range(2)]
    assert integration.delete(SEVEN).status_code == 412
    assert [integration.get(f"Organization/{each}").status_code for each in ids] == [200, 200]


# Conditional read


@pytest.mark.parametrize("etag", ['W/"1"', '"1"', 'W/"7", W/"1"', "*"])
def test_a_read_answers_304_to_who_holds_the_version(integration: System, etag: str) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    answer = integration.get("Organization/leek", If_None_Match=etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("etag", ['W/"2"', 'W/"11"', '"abc"', ""])
def test_a_read_answers_in_full_to_who_holds_another_version(integration: System, etag: str) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    assert integration.get("Organization/leek", If_None_Match=etag).status_code == 200


def test_a_read_answers_304_where_nothing_changed_since(integration: System) -> None:
    made = integration.put("Organization/leek", surgery(id="leek"))
    since = made.headers["last-modified"]
    assert integration.get("Organization/leek", If_Modified_Since=since).status_code == 304


@pytest.mark.parametrize("since", ["Sat, 29 Feb 2020 10:00:00 GMT", "yesterday", "Sun, 99 Foo 2020 10:00:00 GMT"])
def test_a_read_answers_in_full_where_it_changed_since_or_nobody_can_tell(integration: System, since: str) -> None:
    integration.put("Organization/leek", surgery(id="leek"))
    assert integration.get("Organization/leek", If_Modified_Since=since).status_code == 200


def test_if_none_match_outranks_if_modified_since(integration: System) -> None:
    made = integration.put("Organization/leek", surgery(id="leek"))
    headers = {"If_None_Match": 'W/"9"', "If_Modified_Since": made.headers["last-modified"]}
    assert integration.get("Organization/leek", **headers).status_code == 200
