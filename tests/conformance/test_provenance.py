"""A Provenance for every write: who wrote which version, for whom; and a client's own, as X-Provenance."""

import json
from typing import Any

import pytest

from service.db import Database
from service.fhir import validation
from tests import builders, bundles, tables
from tests.systems import System, connect

SIGNED = {
    "resourceType": "Provenance",
    "recorded": "2025-05-03T10:00:00Z",
    "reason": [{"text": "Signed by the patient"}],
    "agent": [{"who": {"display": "Dr Alex Brook"}}],
}


def provenances(system: System, target: str) -> list[dict[str, Any]]:
    """What tells of a resource, oldest first."""
    found = system.get(f"Provenance?target={target}&_count=100").json()
    return [entry["resource"] for entry in found.get("entry", [])]


def targets(provenance: dict[str, Any]) -> list[str]:
    return [target["reference"] for target in provenance["target"]]


@pytest.fixture
def anna(integration: System) -> str:
    integration.put("Patient/anna", builders.patient(id="anna"))
    return "Patient/anna"


def test_a_write_is_told_of_with_its_version_system_and_organisation(integration: System, anna: str) -> None:
    told = provenances(integration, anna)
    assert [targets(each) for each in told] == [["Patient/anna/_history/1"]]
    assert told[0]["activity"]["coding"][0]["code"] == "CREATE"
    agent = told[0]["agent"][0]
    assert agent["type"]["coding"][0]["code"] == "author"
    assert agent["who"]["identifier"]["value"].startswith("integration-")
    assert agent["onBehalfOf"]["identifier"] == {
        "system": "https://fhir.nhs.uk/Id/ods-organization-code",
        "value": "X26",
    }
    assert told[0]["recorded"] == integration.get(anna).json()["meta"]["lastUpdated"]


def test_what_we_say_of_a_write_is_valid_fhir(integration: System, anna: str) -> None:
    assert list(validation.issues(provenances(integration, anna)[0])) == []


def test_every_kind_of_write_is_told_of(integration: System) -> None:
    path = "Organization/leek"
    integration.put(path, builders.organization(id="leek"))
    integration.put(path, builders.organization(id="leek", name="New"))
    patch = {"op": "replace", "path": "/name", "value": "Newer"}
    integration.patch(path, patch)
    integration.delete(path)
    told = provenances(integration, path)
    assert [targets(each)[0] for each in told] == [f"{path}/_history/{version}" for version in (1, 2, 3, 4)]
    assert [each["activity"]["coding"][0]["code"] for each in told] == ["CREATE", "UPDATE", "UPDATE", "DELETE"]


def test_a_transaction_is_told_of_once_for_each_person_and_once_for_what_is_nobodys(integration: System) -> None:
    sent = bundles.registration()
    assert integration.post("", sent).status_code == 200
    found = integration.get("Provenance").json()["entry"]
    told = sorted((targets(entry["resource"]) for entry in found), key=len)
    of_the_person = [target for target in told[1] if not target.startswith("Flag/")]
    assert (len(told[0]), len(of_the_person)) == (2, len(sent["entry"]) - 2)
    assert of_the_person != told[1], "the Flags that the register raised are told of with their causes"
    assert {target.partition("/")[0] for target in told[0]} == {"Practitioner", "PractitionerRole"}


def test_a_transaction_of_several_kinds_of_change_updates_the_record(integration: System, anna: str) -> None:
    entries = bundles.transaction(
        bundles.entry(builders.condition(), "c"),
        {"resource": builders.patient(id="anna"), "request": {"method": "PUT", "url": anna}},
    )
    assert integration.post("", entries).status_code == 200
    last = provenances(integration, anna)[-1]
    assert len(targets(last)) == 2
    assert last["activity"]["coding"][0]["code"] == "UPDATE"


def test_a_write_that_changes_nothing_is_not_told_of(integration: System) -> None:
    assert integration.post("", bundles.registration()).status_code == 200
    assert integration.post("", bundles.registration()).status_code == 200
    assert len(integration.get("Provenance").json()["entry"]) == 2


def test_what_is_refused_is_not_told_of(integration: System) -> None:
    integration.post("Condition", builders.condition())
    assert integration.get("Provenance").json().get("entry") is None


def test_a_provenance_is_found_by_patient_target_agent_and_date(integration: System, anna: str) -> None:
    for query in ("patient=Patient/anna", "target=Patient/anna", "recorded=gt2020-01-01"):
        assert len(integration.get(f"Provenance?{query}").json()["entry"]) == 1, query


def test_a_provenance_is_seen_by_who_may_see_the_person(integration: System, practice: System) -> None:
    ours = builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001"))
    theirs = builders.patient(builders.a_number(1), id="bert", generalPractitioner=builders.at_practice("Y99009"))
    integration.put("Patient/anna", ours)
    integration.put("Patient/bert", theirs)
    found = practice.get("Provenance").json()["entry"]
    assert [targets(entry["resource"]) for entry in found] == [["Patient/anna/_history/1"]]


def test_a_provenance_keeps_nothing_from_being_deleted(integration: System, anna: str) -> None:
    made = integration.created(builders.condition())
    assert integration.delete(f"Condition/{made['id']}").status_code == 204
    assert integration.delete(anna).status_code == 204


def test_what_a_client_says_itself_is_not_told_of_again(integration: System, anna: str) -> None:
    made = integration.created({**SIGNED, "target": [{"reference": "Patient/anna/_history/1"}]})
    assert made["target"] == [{"reference": "Patient/anna/_history/1"}]
    assert len(provenances(integration, anna)) == 2
    assert provenances(integration, f"Provenance/{made['id']}") == []


def test_a_client_may_tell_of_a_version_of_what_was_deleted_since(integration: System, anna: str) -> None:
    made = integration.created(builders.condition())
    integration.delete(f"Condition/{made['id']}")
    told = {**SIGNED, "target": [{"reference": f"Condition/{made['id']}/_history/1"}]}
    assert integration.post("Provenance", told).status_code == 201


@pytest.mark.parametrize(
    "target",
    ["Patient/anna/_history/9", "Patient/anna/_history/x", "Patient/none", "Shoe/1", "https://example.org/Patient/1"],
)
def test_a_target_that_is_not_here_is_refused(integration: System, anna: str, target: str) -> None:
    assert integration.post("Provenance", {**SIGNED, "target": [{"reference": target}]}).status_code == 422


def test_one_provenance_does_not_tell_of_two_people(integration: System, anna: str) -> None:
    integration.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    both = [{"reference": "Patient/anna"}, {"reference": "Patient/bert"}]
    assert integration.post("Provenance", {**SIGNED, "target": both}).status_code == 422


def test_a_practice_tells_of_its_own_patients_only(integration: System, practice: System, anna: str) -> None:
    assert practice.post("Provenance", {**SIGNED, "target": [{"reference": anna}]}).status_code == 422


# X-Provenance


def with_header(given: Any) -> dict[str, str]:
    return {"X-Provenance": json.dumps(given)}


def test_a_client_sends_its_own_provenance_with_a_write(integration: System, anna: str) -> None:
    made = integration.send("POST", "Condition", builders.condition(), **with_header(SIGNED))
    assert made.status_code == 201
    told = provenances(integration, f"Condition/{made.json()['id']}")
    assert [targets(each) for each in told] == [[f"Condition/{made.json()['id']}/_history/1"]]
    assert told[0]["reason"] == SIGNED["reason"]


def test_a_client_sends_its_own_provenance_with_a_transaction(integration: System) -> None:
    answer = integration.post("", bundles.registration(), **with_header(SIGNED))
    assert answer.status_code == 200
    found = [entry["resource"] for entry in integration.get("Provenance").json()["entry"]]
    assert [each.get("reason") for each in found] == [SIGNED["reason"]] * 2


@pytest.mark.parametrize(
    "given",
    [
        "{",
        "[]",
        json.dumps(builders.organization()),
        json.dumps({**SIGNED, "target": [{"reference": "Patient/anna"}]}),
        json.dumps({**SIGNED, "agent": []}),
        json.dumps({**SIGNED, "shoeSize": 44}),
        json.dumps({**SIGNED, "reason": [{"text": "x" * 9000}]}),
    ],
)
def test_a_provenance_that_cannot_be_understood_refuses_the_write(
    integration: System, database: Database, given: str
) -> None:
    before = tables.rows(database)
    refused = integration.post("Organization", builders.organization(), **{"X-Provenance": given})
    assert refused.status_code == 400
    assert tables.rows(database) == before


def test_a_provenance_that_leads_nowhere_refuses_the_write(integration: System, database: Database) -> None:
    before = tables.rows(database)
    given = {**SIGNED, "agent": [{"who": {"reference": "Practitioner/none"}}]}
    refused = integration.post("Organization", builders.organization(), **with_header(given))
    assert refused.status_code == 422
    assert tables.rows(database) == before


def test_a_provenance_needs_its_scope(http: Any, database: Database) -> None:
    scope = "system/Organization.cruds"
    system = connect(http, database, "integration", scope=scope)
    assert system.post("Organization", builders.organization()).status_code == 201
    assert system.post("Organization", builders.organization(), **with_header(SIGNED)).status_code == 403


def test_who_wrote_what_is_rewritten_by_nobody_else(http: Any, database: Database, integration: System) -> None:
    practice = {"generalPractitioner": builders.at_practice("Y99001")}
    integration.put("Patient/anna", builders.patient(id="anna", **practice))
    told = provenances(integration, "Patient/anna")[0]
    surgery = connect(http, database, "practice", organisation="Y99001")
    forged = {**told, "agent": [{"who": {"display": "Somebody else"}}]}
    assert surgery.put(f"Provenance/{told['id']}", forged).status_code == 403
    assert surgery.delete(f"Provenance/{told['id']}").status_code == 403
    own = surgery.created({**SIGNED, "target": [{"reference": "Patient/anna"}]})
    assert surgery.put(f"Provenance/{own['id']}", own).status_code == 200
