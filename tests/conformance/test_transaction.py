"""transaction: all or nothing (FHIR R4 §3.1.0.11)."""

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import nhs_number
from tests import builders, bundles, tables
from tests.bundles import request
from tests.systems import READ, System, connect


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


# Every method


def json_patch(*operations: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["response"]["status"][:3] for entry in answer.json()["entry"]]


def refusals(answer: Any) -> list[str]:
    """The elements that a refusal names."""
    assert answer.json()["resourceType"] == "OperationOutcome", answer.text
    return [issue["expression"][0] for issue in answer.json()["issue"]]


def test_every_method_goes_in_one_transaction_in_r4s_order(integration: System) -> None:
    for name in ("old", "patched"):
        integration.put(f"Organization/{name}", builders.organization(id=name))
    answer = integration.post(
        "",
        bundles.transaction(
            request("GET", "Organization/patched"),
            request("HEAD", "Organization/put"),
            request("PATCH", "Organization/patched", json_patch({"op": "replace", "path": "/name", "value": "Leek"})),
            request("PUT", "Organization/put", builders.organization(id="put")),
            request("POST", "Organization", builders.organization(name="Posted")),
            request("DELETE", "Organization/old"),
            request("GET", "Organization?name=Posted"),
        ),
    )
    assert statuses(answer) == ["200", "200", "200", "201", "201", "204", "200"]
    told = answer.json()["entry"]
    assert told[0]["resource"]["name"] == "Leek"
    assert told[0]["response"]["etag"] == 'W/"2"'
    assert "resource" not in told[1]
    assert told[1]["response"]["etag"] == 'W/"1"'
    assert told[6]["resource"]["entry"][0]["resource"]["name"] == "Posted"
    assert integration.get("Organization/old").status_code == 410


def test_a_read_sees_what_the_transaction_wrote_in_searches_history_and_includes(integration: System) -> None:
    bundle = bundles.registration()
    bundle["entry"] += [
        request("GET", "Observation?patient=urn:uuid:patient&_count=1"),
        request("GET", "CarePlan?patient=urn:uuid:patient"),
        request("GET", f"Patient?identifier={nhs_number.SYSTEM}|{builders.NHS_NUMBER}"),
    ]
    answer = integration.post("", bundle)
    assert statuses(answer)[12:] == ["200"] * 3
    observations, plans, people = (entry["resource"] for entry in answer.json()["entry"][12:])
    assert len(observations["entry"]) == 1
    assert {link["relation"] for link in observations["link"]} >= {"self", "next"}
    assert plans["entry"][0]["resource"]["subject"] == {"reference": f"Patient/{people['entry'][0]['resource']['id']}"}


def test_a_read_that_fails_fails_the_whole(integration: System, database: Database) -> None:
    before = tables.rows(database)
    for url, status in (("Organization/nowhere", 404), ("Organization?colour=blue", 400), ("Robot", 404)):
        posted = request("POST", "Organization", builders.organization())
        answer = integration.post("", bundles.transaction(posted, request("GET", url)))
        assert answer.status_code == status
        assert refusals(answer)[0].startswith("Bundle.entry[1].request")
    assert tables.rows(database) == before


def test_a_read_of_what_is_held_already_is_304(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    answer = integration.post("", bundles.transaction(request("GET", "Organization/leek", ifNoneMatch='W/"1"')))
    assert statuses(answer) == ["304"]
    assert "resource" not in answer.json()["entry"][0]


def test_reads_are_audited_with_the_transaction(integration: System, database: Database) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    before = len(tables.audit(database))
    reads = (request("GET", "Organization/leek"), request("GET", "Organization?name=x"))
    assert statuses(integration.post("", bundles.transaction(*reads))) == ["200", "200"]
    assert [event.action for event in tables.audit(database)[before:]] == ["read", "search"]


def test_nobody_reads_another_practices_patient_in_a_transaction(integration: System, practice: System) -> None:
    ids = bundles.ids(integration.post("", bundles.registration(practice="Y99002")).json())
    answer = practice.post("", bundles.transaction(request("GET", f"Patient/{ids['Patient']}")))
    assert answer.status_code == 404
    assert "birthDate" not in answer.text


def test_what_cannot_be_read_inside_a_transaction_is_refused_as_not_supported(integration: System) -> None:
    for url in ("Measure/register-prevalence/$evaluate-measure", "metadata"):
        answer = integration.post("", bundles.transaction(request("GET", url)))
        assert answer.status_code in (403, 422), answer.text
        assert answer.json()["issue"][0]["code"] in ("not-supported", "forbidden")


def test_a_patch_keeps_its_guards(integration: System, database: Database) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    before = tables.rows(database)
    patches = {
        422: json_patch({"op": "replace", "path": "/id", "value": "other"}),
        400: {"resourceType": "Parameters"},
    }
    for status, patch in patches.items():
        answer = integration.post("", bundles.transaction(request("PATCH", "Organization/leek", patch)))
        assert answer.status_code in (status, 400), answer.text
        assert refusals(answer)[0].startswith("Bundle.entry[0].resource")
    assert answer.json()["issue"][0]["code"] == "not-supported"
    assert tables.rows(database) == before


def test_an_operation_is_not_taken_in_a_transaction(integration: System) -> None:
    parameters = {"resourceType": "Parameters"}
    answer = integration.post("", bundles.transaction(request("POST", "Patient/$summary", parameters)))
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_a_patch_may_refer_to_another_entry(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    parent = bundles.entry(builders.organization(name="Parent"), "parent")
    for path, value in (("/partOf", {"reference": "urn:uuid:parent"}), ("/partOf/reference", "urn:uuid:parent")):
        patch = json_patch({"op": "add", "path": path, "value": value})
        answer = integration.post("", bundles.transaction(request("PATCH", "Organization/leek", patch), parent))
        parent_id = answer.json()["entry"][1]["response"]["location"].split("/")[-3]
        stored = integration.get("Organization/leek").json()
        assert stored["partOf"] == {"reference": f"Organization/{parent_id}"}


@pytest.mark.parametrize(
    "url",
    [
        "Patient/{Patient}/_history",
        "Patient/{Patient}/_history/1",
        "Patient/{Patient}/$everything",
        "Patient/{Patient}/Observation",
        "CarePlan?patient=Patient/{Patient}&_include=CarePlan:subject",
        "Patient?_id={Patient}&_revinclude=Condition:subject",
        "Condition?subject:Patient.birthdate=lt2020-01-01",
        "Patient?_has:Condition:subject:clinical-status=active",
        "Patient/{Patient}?_elements=birthDate",
        "Organization?_sort=-_lastUpdated&_total=accurate",
    ],
)
def test_every_kind_of_read_answers_inside_a_transaction_as_it_does_alone(integration: System, url: str) -> None:
    ids = bundles.ids(integration.post("", bundles.registration()).json())
    alone = integration.get(url.format(**ids))
    assert alone.status_code == 200, alone.text
    inside = integration.post("", bundles.transaction(request("GET", url.format(**ids))))
    assert statuses(inside) == ["200"]
    told = inside.json()["entry"][0]["resource"]
    for answer in (told, whole := alone.json()):
        answer.pop("link", None)
        answer.pop("timestamp", None)
    assert told == whole


# Conditions


def known(number: str, **changes: Any) -> dict[str, Any]:
    return builders.practitioner(identifier=[{"system": bundles.SENDER, "value": number}], **changes)


def condition(number: str) -> str:
    return f"Practitioner?identifier={bundles.SENDER}|{number}"


def test_a_conditional_update_sent_again_writes_the_same_resource(integration: System) -> None:
    put = request("PUT", condition("1"), known("1"))
    first = integration.post("", bundles.transaction(put))
    again = integration.post("", bundles.transaction(put))
    assert (statuses(first), statuses(again)) == (["201"], ["200"])
    assert bundles.ids(first.json()) == bundles.ids(again.json())


def test_what_refers_to_a_conditional_update_leads_to_what_it_finds(integration: System) -> None:
    nurse = request("PUT", condition("1"), known("1")) | {"fullUrl": "urn:uuid:nurse"}
    role = builders.practitioner_role(practitioner=builders.reference("urn:uuid:nurse"))
    made = []
    for _ in range(2):
        ids = bundles.ids(integration.post("", bundles.transaction(nurse, bundles.entry(role, "role"))).json())
        stored = integration.get(f"PractitionerRole/{ids['PractitionerRole']}").json()
        assert stored["practitioner"]["reference"] == f"Practitioner/{ids['Practitioner']}"
        made.append(ids["Practitioner"])
    assert made[0] == made[1]


def test_conditional_patch_and_delete_find_their_one(integration: System) -> None:
    one, two = (integration.created(known(number))["id"] for number in ("1", "2"))
    patch = json_patch({"op": "add", "path": "/active", "value": False})
    answer = integration.post(
        "",
        bundles.transaction(request("PATCH", condition("1"), patch), request("DELETE", condition("2"))),
    )
    assert statuses(answer) == ["200", "204"]
    assert integration.get(f"Practitioner/{one}").json()["active"] is False
    assert integration.get(f"Practitioner/{two}").status_code == 410


def test_a_conditional_delete_that_finds_nothing_changes_nothing(integration: System) -> None:
    assert statuses(integration.post("", bundles.transaction(request("DELETE", condition("1"))))) == ["204"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_condition_that_finds_several_is_412_and_names_its_entry(
    integration: System, database: Database, method: str
) -> None:
    for _ in range(2):
        integration.created(known("1"))
    before = tables.rows(database)
    bodies = {"PUT": known("1"), "PATCH": json_patch({"op": "add", "path": "/active", "value": True})}
    answer = integration.post("", bundles.transaction(request(method, condition("1"), bodies.get(method))))
    assert answer.status_code == 412
    assert refusals(answer) == ["Bundle.entry[0].request.url"]
    assert tables.rows(database) == before


def test_one_resource_under_two_names_is_refused(integration: System, database: Database) -> None:
    nurse = integration.created(known("1"))["id"]
    before = tables.rows(database)
    answer = integration.post(
        "",
        bundles.transaction(
            request("PUT", condition("1"), known("1")),
            request("DELETE", f"Practitioner/{nurse}"),
        ),
    )
    assert answer.status_code == 422
    assert refusals(answer) == ["Bundle.entry[1].request"]
    assert tables.rows(database) == before


# Conditional references


def test_a_conditional_reference_leads_to_the_one_that_it_finds(integration: System) -> None:
    nurse = integration.created(known("1"))["id"]
    role = builders.practitioner_role(practitioner=builders.reference(condition("1")))
    ids = bundles.ids(integration.post("", bundles.transaction(bundles.entry(role, "role"))).json())
    stored = integration.get(f"PractitionerRole/{ids['PractitionerRole']}").json()
    assert stored["practitioner"]["reference"] == f"Practitioner/{nurse}"


def test_a_conditional_reference_may_name_what_the_same_bundle_makes_under_that_condition(
    integration: System,
) -> None:
    role = builders.practitioner_role(practitioner=builders.reference(condition("1")))
    nurse = bundles.entry(known("1"), "nurse", condition=condition("1").partition("?")[2])
    ids = bundles.ids(integration.post("", bundles.transaction(bundles.entry(role, "role"), nurse)).json())
    stored = integration.get(f"PractitionerRole/{ids['PractitionerRole']}").json()
    assert stored["practitioner"]["reference"] == f"Practitioner/{ids['Practitioner']}"


def test_what_a_conditional_reference_finds_is_audited(integration: System, database: Database) -> None:
    nurse = integration.created(known("1"))["id"]
    role = builders.practitioner_role(practitioner=builders.reference(condition("1")))
    before = len(tables.audit(database))
    integration.post("", bundles.transaction(bundles.entry(role, "role")))
    assert ("read", nurse) in [(event.action, event.resource_id) for event in tables.audit(database)[before:]]


def test_conditional_references_that_find_none_are_all_named(integration: System, database: Database) -> None:
    before = tables.rows(database)
    role = builders.practitioner_role(
        practitioner=builders.reference(condition("1")),
        organization=builders.reference("Organization?name=nowhere"),
    )
    answer = integration.post(
        "", bundles.transaction(bundles.entry(builders.organization(), "x"), bundles.entry(role, "y"))
    )
    assert answer.status_code == 412
    assert sorted(refusals(answer)) == [
        "Bundle.entry[1].resource.organization.reference",
        "Bundle.entry[1].resource.practitioner.reference",
    ]
    assert tables.rows(database) == before


def test_a_conditional_reference_that_finds_several_is_412(integration: System) -> None:
    for _ in range(2):
        integration.created(known("1"))
    role = builders.practitioner_role(practitioner=builders.reference(condition("1")))
    answer = integration.post("", bundles.transaction(bundles.entry(role, "role")))
    assert answer.status_code == 412
    assert refusals(answer) == ["Bundle.entry[0].resource.practitioner.reference"]


def test_a_conditional_reference_finds_only_what_its_sender_may_see(integration: System, practice: System) -> None:
    integration.post("", bundles.registration(practice="Y99002"))
    person = builders.reference(f"Patient?identifier={nhs_number.SYSTEM}|{builders.NHS_NUMBER}")
    answer = practice.post("", bundles.transaction(bundles.entry(builders.condition(subject=person), "x")))
    assert answer.status_code == 412
    assert refusals(answer) == ["Bundle.entry[0].resource.subject.reference"]


@pytest.mark.parametrize("said", ["Robot?name=x", "Practitioner?", "Practitioner?colour=blue", "Practitioner?_count=1"])
def test_a_conditional_reference_that_cannot_be_asked_is_refused_and_named(integration: System, said: str) -> None:
    role = builders.practitioner_role(practitioner=builders.reference(said))
    answer = integration.post("", bundles.transaction(bundles.entry(role, "role")))
    assert answer.status_code in (400, 422)
    assert refusals(answer) == ["Bundle.entry[0].resource.practitioner.reference"]


def test_a_conditional_reference_of_the_wrong_type_is_refused(integration: System) -> None:
    role = builders.practitioner_role(practitioner=builders.reference("Organization?name=x"))
    answer = integration.post("", bundles.transaction(bundles.entry(role, "role")))
    assert answer.status_code == 422
    assert refusals(answer) == ["Bundle.entry[0].resource.practitioner.reference"]


# What entries call each other


def test_a_condition_may_name_another_entry(integration: System) -> None:
    patient = bundles.registration()["entry"][0]
    plan = builders.condition(subject=builders.reference("urn:uuid:patient"))
    once = request("POST", "Condition", plan, ifNoneExist="patient=urn:uuid:patient")
    first = integration.post("", bundles.transaction(patient, once))
    again = integration.post("", bundles.transaction(patient, once))
    assert (statuses(first), statuses(again)) == (["201", "201"], ["200", "200"])
    assert bundles.ids(first.json()) == bundles.ids(again.json())


def test_a_delete_cannot_be_found_by_what_is_new(integration: System) -> None:
    patient = bundles.registration()["entry"][0]
    answer = integration.post("", bundles.transaction(patient, request("DELETE", "Condition?patient=urn:uuid:patient")))
    assert answer.status_code == 422
    assert refusals(answer) == ["Bundle.entry[1].request.url"]


def test_a_name_that_no_entry_has_is_refused_wherever_it_stands(integration: System) -> None:
    answer = integration.post(
        "",
        bundles.transaction(
            request("POST", "Condition", builders.condition(subject=builders.reference("urn:uuid:nobody"))),
            request("GET", "Condition?patient=urn:uuid:nobody"),
        ),
    )
    assert answer.status_code == 422
    assert refusals(answer) == ["Bundle.entry[1].request.url", "Bundle.entry[0].resource.subject.reference"]


def test_a_relative_reference_means_the_entry_of_the_same_server(integration: System) -> None:
    integration.put("Practitioner/1", builders.practitioner(id="1"))
    role = builders.practitioner_role(practitioner=builders.reference("Practitioner/1"))
    answer = integration.post(
        "",
        bundles.transaction(
            request("POST", "Practitioner", builders.practitioner())
            | {"fullUrl": "https://gp.example/r4/Practitioner/1"},
            request("POST", "PractitionerRole", role) | {"fullUrl": "https://gp.example/r4/PractitionerRole/9"},
        ),
    )
    ids = bundles.ids(answer.json())
    stored = integration.get(f"PractitionerRole/{ids['PractitionerRole']}").json()
    assert stored["practitioner"]["reference"] == f"Practitioner/{ids['Practitioner']}" != "Practitioner/1"


def test_entries_may_refer_to_each_other_in_a_circle(integration: System) -> None:
    first = builders.organization(partOf=builders.reference("urn:uuid:second"))
    second = builders.organization(partOf=builders.reference("urn:uuid:first"))
    answer = integration.post("", bundles.transaction(bundles.entry(first, "first"), bundles.entry(second, "second")))
    assert statuses(answer) == ["201", "201"]


def test_a_reference_to_the_wrong_type_of_entry_is_refused(integration: System) -> None:
    role = builders.practitioner_role(practitioner=builders.reference("urn:uuid:surgery"))
    surgery = bundles.entry(builders.organization(), "surgery")
    answer = integration.post("", bundles.transaction(surgery, bundles.entry(role, "role")))
    assert answer.status_code == 422
    assert refusals(answer) == ["Bundle.entry[1].resource.practitioner.reference"]


def test_an_update_that_creates_may_be_referred_to_by_a_create(integration: System) -> None:
    patient = request("PUT", "Patient/anna", builders.patient(id="anna"))
    condition = request("POST", "Condition", builders.condition(subject=builders.reference("Patient/anna")))
    assert statuses(integration.post("", bundles.transaction(condition, patient))) == ["201", "201"]


def test_a_record_is_deleted_whole_with_its_person(integration: System) -> None:
    ids = bundles.ids(integration.post("", bundles.registration()).json())
    gone = [
        request("DELETE", entry["response"]["location"].split("/R4/")[1].split("/_history")[0])
        for entry in integration.post("", bundles.registration()).json()["entry"]
    ]
    assert statuses(integration.post("", bundles.transaction(*gone))) == ["204"] * 12
    assert integration.get(f"Patient/{ids['Patient']}").status_code == 410


def test_a_person_to_whom_something_belongs_is_not_deleted_alone(integration: System, database: Database) -> None:
    ids = bundles.ids(integration.post("", bundles.registration()).json())
    before = tables.rows(database)
    answer = integration.post("", bundles.transaction(request("DELETE", f"Patient/{ids['Patient']}")))
    assert answer.status_code == 409
    assert refusals(answer) == ["Bundle.entry[0].request"]
    assert tables.rows(database) == before


def test_x_provenance_may_name_the_entries(integration: System) -> None:
    nurse = bundles.entry(builders.practitioner(), "nurse")
    told = {
        "resourceType": "Provenance",
        "recorded": "2026-01-01T09:00:00Z",
        "agent": [{"who": {"reference": "urn:uuid:nurse"}}],
    }
    answer = integration.post("", bundles.transaction(nurse), X_Provenance=json.dumps(told))
    nurse_id = bundles.ids(answer.json())["Practitioner"]
    found = integration.search("Provenance", target=f"Practitioner/{nurse_id}").json()
    assert found["entry"][0]["resource"]["agent"] == [{"who": {"reference": f"Practitioner/{nurse_id}"}}]


# Answers


def test_prefer_says_what_the_entries_tell(integration: System) -> None:
    one = bundles.transaction(bundles.entry(builders.organization(), "x"))
    assert "resource" not in integration.post("", one).json()["entry"][0]
    whole = integration.post("", one, Prefer="return=representation").json()["entry"][0]
    assert whole["resource"]["name"] == "Example Surgery"
    assert whole["response"]["lastModified"] == whole["resource"]["meta"]["lastUpdated"].replace("Z", "+00:00")
    outcome = integration.post("", one, Prefer="return=OperationOutcome").json()["entry"][0]
    assert outcome["response"]["outcome"]["issue"][0]["severity"] == "information"


def test_a_token_that_lacks_scopes_is_told_every_entry(http: TestClient, database: Database) -> None:
    reader = connect(http, database, "hospital", organisation="RX9", scope=READ)
    answer = reader.post("", bundles.registration())
    assert answer.status_code == 403
    assert refusals(answer) == [f"Bundle.entry[{at}].request" for at in range(12)]


def test_a_practice_that_registers_another_practices_patient_is_told_the_entry(
    practice: System, database: Database
) -> None:
    before = tables.rows(database)
    answer = practice.post("", bundles.registration(practice="Y99002"))
    assert answer.status_code == 403
    assert refusals(answer) == ["Bundle.entry[0].resource"]
    assert tables.rows(database) == before


# Hostile Bundles


def _hostile() -> dict[str, Any]:
    organisation = builders.organization()
    posted = request("POST", "Organization", organisation)
    return {
        "501 entries": bundles.transaction(*[posted] * 501),
        "no request": bundles.transaction({"resource": organisation}),
        "null": bundles.transaction(None),
        "lists": bundles.transaction({"request": [], "resource": []}),
        "method of the wrong kind": bundles.transaction({"request": {"method": {}, "url": "Patient"}}),
        "url of the wrong kind": bundles.transaction(request("PUT", ["x"], organisation)),  # type: ignore[arg-type]  # that is the point
        "foreign url": bundles.transaction(request("GET", "https://elsewhere.example/fhir/R4/Patient/1")),
        "dots": bundles.transaction(request("GET", "Patient/../Patient/1")),
        "a Bundle inside": bundles.transaction(request("POST", "Bundle", {"resourceType": "Bundle"})),
        "a history below": bundles.transaction(request("PUT", "Patient/1/_history/1", builders.patient(id="1"))),
        "a post with an id": bundles.transaction(request("POST", "Organization/1", organisation)),
        "a post with a query": bundles.transaction(request("POST", "Organization?name=x", organisation)),
        "another type": bundles.transaction(request("POST", "Patient", organisation)),
        "no resource": bundles.transaction(request("POST", "Patient")),
        "a resource to delete": bundles.transaction(request("DELETE", "Organization/1", organisation)),
        "two of one fullUrl": bundles.transaction(*[posted | {"fullUrl": "urn:uuid:1"}] * 2),
        "a versioned fullUrl": bundles.transaction(posted | {"fullUrl": "https://x.example/Organization/1/_history/1"}),
        "an unknown element": bundles.transaction(posted | {"colour": "blue"}),
        "an unknown condition": bundles.transaction(request("PUT", "Organization?colour=blue", organisation)),
        "an empty condition": bundles.transaction(request("PUT", "Organization?", organisation)),
        "if-match of nonsense": bundles.transaction(request("DELETE", "Organization/1", ifMatch="x")),
        "a patch of nothing": bundles.transaction(request("PATCH", "Organization/1", json_patch())),
        "a patch that is no base64": bundles.transaction(
            request("PATCH", "Organization/1", json_patch() | {"data": {"x": 1}})
        ),
        "a patch of nobody": bundles.transaction(
            request("PATCH", "Organization/none", json_patch({"op": "remove", "path": "/name"}))
        ),
        "conditions in a circle": bundles.transaction(
            request("POST", "Organization", organisation, ifNoneExist="partof=urn:uuid:b") | {"fullUrl": "urn:uuid:a"},
            request("POST", "Organization", organisation, ifNoneExist="partof=urn:uuid:a") | {"fullUrl": "urn:uuid:b"},
        ),
        "links": {**bundles.transaction(posted), "signature": {}},
        "a person of nobody": bundles.transaction(
            request("POST", "Condition", builders.condition(subject=builders.reference("Patient/none")))
        ),
    }


@pytest.mark.parametrize("name", list(_hostile()))
def test_a_hostile_bundle_is_refused_and_leaves_nothing_behind(
    integration: System, database: Database, name: str
) -> None:
    before = tables.rows(database)
    answer = integration.post("", _hostile()[name])
    assert 400 <= answer.status_code < 500, answer.text
    assert refusals(answer)[0].startswith("Bundle"), answer.text
    assert tables.rows(database) == before
