"""transaction: all or nothing (FHIR R4 §3.1.0.11)."""

from typing import Any

import pytest

from service.db import Database
from tests import builders, bundles, tables
from tests.systems import System


def test_a_registration_of_a_dozen_resources_is_kept_whole_with_its_references_resolved(integration: System) -> None:
    answer = integration.post("", bundles.registration())
    assert answer.status_code == 200, answer.text
    assert [entry["response"]["status"] for entry in answer.json()["entry"]] == ["201 Created"] * 12
    ids = bundles.ids(answer.json())
    plan = integration.get(f"CarePlan/{ids['CarePlan']}").json()
    assert plan["subject"]["reference"] == f"Patient/{ids['Patient']}"
    assert plan["addresses"][0]["reference"] == f"Condition/{ids['Condition']}"
    assert "urn:uuid" not in str(plan)


def test_the_same_registration_again_answers_200_and_writes_nothing(integration: System, database: Database) -> None:
    first = integration.post("", bundles.registration())
    before = tables.rows(database)
    again = integration.post("", bundles.registration())
    assert again.status_code == 200
    assert [entry["response"]["status"] for entry in again.json()["entry"]] == ["200 OK"] * 12
    assert bundles.ids(again.json()) == bundles.ids(first.json())
    assert tables.rows(database) == before


def test_a_second_active_registration_is_a_conflict_on_the_episode(integration: System, database: Database) -> None:
    integration.post("", bundles.registration())
    before = tables.rows(database)
    bundle = bundles.registration()
    bundle["entry"][1]["resource"]["identifier"][0]["value"] = "another"
    bundle["entry"][1]["request"]["ifNoneExist"] = f"identifier={bundles.SENDER}|another"
    answer = integration.post("", bundle)
    assert answer.status_code == 409
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource"]
    assert tables.rows(database) == before


def test_two_active_registrations_in_one_bundle_are_a_conflict_too(integration: System, database: Database) -> None:
    before = tables.rows(database)
    bundle = bundles.registration()
    bundle["entry"].append(bundles.entry(bundle["entry"][1]["resource"], "second"))
    assert integration.post("", bundle).status_code == 409
    assert tables.rows(database) == before


@pytest.mark.parametrize("place", range(12))
def test_one_bad_entry_among_twelve_is_named_and_nothing_is_kept(
    integration: System, database: Database, place: int
) -> None:
    before = tables.rows(database)
    bundle = bundles.registration()
    bundle["entry"][place]["resource"]["colour"] = "blue"
    answer = integration.post("", bundle)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [f"Bundle.entry[{place}].resource.colour"]
    assert tables.rows(database) == before


def test_every_bad_entry_is_named_at_once(integration: System) -> None:
    bundle = bundles.registration()
    bundle["entry"][0]["resource"]["gender"] = "f"
    bundle["entry"][2]["resource"]["status"] = "live"
    answer = integration.post("", bundle)
    assert answer.status_code == 422
    named = {issue["expression"][0] for issue in answer.json()["issue"]}
    assert named == {"Bundle.entry[0].resource.gender", "Bundle.entry[2].resource.status"}


def test_a_reference_to_nothing_is_named_and_nothing_is_kept(integration: System, database: Database) -> None:
    before = tables.rows(database)
    bundle = bundles.registration()
    bundle["entry"][2]["resource"]["supportingInfo"][0] = {"reference": "urn:uuid:nobody"}
    answer = integration.post("", bundle)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[2].resource.supportingInfo[0].reference"]
    assert tables.rows(database) == before


def test_a_reference_into_another_persons_record_is_refused(integration: System) -> None:
    first = bundles.ids(integration.post("", bundles.registration()).json())
    bundle = bundles.registration(builders.a_number(1))
    bundle["entry"][2]["resource"]["addresses"] = [{"reference": f"Condition/{first['Condition']}"}]
    answer = integration.post("", bundle)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[2].resource.addresses[0].reference"]


def test_a_conflict_within_one_bundle_names_its_entry(integration: System) -> None:
    bundle = bundles.registration()
    bundle["entry"].append(bundles.entry(dict(bundle["entry"][1]["resource"]), "second"))
    answer = integration.post("", bundle)
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[12].resource"]
    bundle = bundles.registration()
    bundle["entry"].append(bundles.entry(bundle["entry"][0]["resource"], "again"))
    answer = integration.post("", bundle)
    assert answer.status_code == 409
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[12].resource.identifier"]


def test_one_condition_on_two_entries_is_refused(integration: System) -> None:
    bundle = bundles.registration()
    bundle["entry"][4]["request"]["ifNoneExist"] = bundle["entry"][5]["request"]["ifNoneExist"]
    answer = integration.post("", bundle)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[5].request.ifNoneExist"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_condition_on_anything_but_a_create_is_refused(integration: System, method: str) -> None:
    request = {"method": method, "url": "Organization/leek", "ifNoneExist": "name=x"}
    entry = {"resource": builders.organization(id="leek"), "request": request}
    assert integration.post("", bundles.transaction(entry)).status_code == 400


def test_a_condition_that_matches_another_persons_record_is_a_conflict_and_tells_nothing(
    integration: System, database: Database
) -> None:
    integration.post("", bundles.registration())
    before = tables.rows(database)
    bundle = bundles.registration(builders.a_number(1))
    for place in (0, 4):
        theirs = bundles.registration()["entry"][place]["request"]["ifNoneExist"]
        mixed = {**bundle, "entry": [dict(entry) for entry in bundle["entry"]]}
        mixed["entry"][place]["request"] = {**bundle["entry"][place]["request"], "ifNoneExist": theirs}
        answer = integration.post("", mixed, Prefer="return=representation")
        assert answer.status_code == 409
        assert answer.json()["issue"][0]["expression"] == [f"Bundle.entry[{place}].resource"]
        assert "valueCodeableConcept" not in answer.text
    assert tables.rows(database) == before


def test_puts_and_deletes_go_with_creates(integration: System) -> None:
    integration.put("Organization/old", builders.organization(id="old"))
    bundle = bundles.transaction(
        bundles.entry(builders.organization(name="Third"), "third"),
        {"resource": builders.organization(id="new"), "request": {"method": "PUT", "url": "Organization/new"}},
        {"request": {"method": "DELETE", "url": "Organization/old"}},
    )
    answer = integration.post("", bundle)
    statuses = [entry["response"]["status"] for entry in answer.json()["entry"]]
    assert statuses == ["201 Created", "201 Created", "204 No Content"]
    assert integration.get("Organization/old").status_code == 410


def test_an_if_match_in_an_entry_holds(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    request = {"method": "PUT", "url": "Organization/leek", "ifMatch": 'W/"7"'}
    answer = integration.post(
        "", bundles.transaction({"resource": builders.organization(id="leek"), "request": request})
    )
    assert answer.status_code == 412


@pytest.mark.parametrize(
    "bundle",
    [
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "transaction", "entry": []},
        {"resourceType": "Bundle", "type": "transaction", "entry": "many"},
        {"resourceType": "Bundle", "type": "transaction", "entry": [7]},
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "POST", "url": "Robot"}}]},
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "BREW", "url": "Patient"}}]},
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "POST", "url": "Patient"}}]},
        {"resourceType": "Patient"},
    ],
)
def test_what_is_no_transaction_is_refused(integration: System, bundle: Any) -> None:
    answer = integration.post("", bundle)
    assert answer.status_code in (400, 422)
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_same_resource_cannot_be_written_twice_in_one_transaction(integration: System) -> None:
    put = {"resource": builders.organization(id="leek"), "request": {"method": "PUT", "url": "Organization/leek"}}
    answer = integration.post("", bundles.transaction(put, put))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].request.url"]
