"""`Patient/[id]/$everything`: the whole record of one person, in pages, and what it refers to."""

from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from service.audit import AuditEvent
from service.db import Database
from tests import builders, bundles
from tests.answers import link, listed
from tests.systems import System, connect


def types(references: list[str]) -> set[str]:
    return {reference.partition("/")[0] for reference in references} - {"Provenance"}


def outcome(answer: Any) -> list[dict[str, Any]]:
    return [
        issue
        for entry in answer.json().get("entry", [])
        if entry["search"]["mode"] == "outcome"
        for issue in entry["resource"]["issue"]
    ]


@pytest.fixture
def anna(integration: System) -> System:
    """Anna's record, with a nurse in a role at a hospice, and somebody else's record beside it."""
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    integration.put("Organization/hospice", builders.organization(id="hospice"))
    integration.put("Organization/stranger", builders.organization(id="stranger"))
    integration.put("Practitioner/nurse", builders.practitioner(id="nurse"))
    role = builders.practitioner_role(
        id="role",
        practitioner=builders.reference("Practitioner/nurse"),
        organization={"reference": "Organization/hospice"},
    )
    integration.put("PractitionerRole/role", role)
    integration.put("Condition/pain", builders.condition(id="pain", asserter={"reference": "PractitionerRole/role"}))
    integration.put("Condition/cough", builders.condition(id="cough", asserter={"reference": "PractitionerRole/role"}))
    integration.put("Condition/gone", builders.condition(id="gone"))
    integration.delete("Condition/gone")
    integration.put("Condition/his", builders.condition(id="his", subject=builders.reference("Patient/bert")))
    return integration


def test_the_record_comes_whole_with_what_it_refers_to(anna: System) -> None:
    answer = anna.get("Patient/anna/$everything")
    record = [one for one in listed(answer, "match") if not one.startswith("Provenance")]
    assert record == ["Patient/anna", "Condition/pain", "Condition/cough"]
    assert listed(answer, "include") == ["Organization/hospice", "Practitioner/nurse", "PractitionerRole/role"]
    assert outcome(answer) == []


def test_a_whole_registration_comes_back(integration: System) -> None:
    sent = bundles.registration()
    patient = bundles.ids(integration.post("", sent).json())["Patient"]
    answer = integration.get(f"Patient/{patient}/$everything")
    everyones = {"Practitioner", "PractitionerRole"}
    mine = {entry["resource"]["resourceType"] for entry in sent["entry"]} - everyones
    assert types(listed(answer, "match")) == {*mine, "Flag"}, "the register raised its alerts"


def test_it_may_be_asked_for_by_post(anna: System) -> None:
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "_count", "valueInteger": 2}]}
    answer = anna.post("Patient/anna/$everything", parameters)
    assert len(listed(answer, "match")) == 2
    assert anna.post("Patient/anna/$everything", {"resourceType": "Parameters"}).status_code == 200


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_pages_hold_everything_once_while_others_write(anna: System, count: int) -> None:
    whole = anna.get("Patient/anna/$everything")
    wanted = listed(whole, "match") + listed(whole, "include")
    answer = anna.get(f"Patient/anna/$everything?_count={count}")
    seen = listed(answer, "match") + listed(answer, "include")
    anna.put(
        "Condition/cough",
        builders.condition(id="cough", code={"text": "Cough"}, asserter={"reference": "PractitionerRole/role"}),
    )
    while following := link(answer, "next"):
        answer = anna.get(following)
        page = listed(answer, "match") + listed(answer, "include")
        assert 0 < len(page) <= count
        seen += page
    assert [one for one in seen if not one.startswith("Provenance")] == [
        one for one in wanted if not one.startswith("Provenance")
    ]


def test_since_gives_what_changed_and_what_that_refers_to(anna: System) -> None:
    changed = builders.condition(id="pain", code={"text": "Pain"}, asserter={"reference": "PractitionerRole/role"})
    since = anna.put("Condition/pain", changed).json()["meta"]["lastUpdated"]
    answer = anna.get(f"Patient/anna/$everything?_since={since}")
    assert [one for one in listed(answer, "match") if not one.startswith("Provenance")] == ["Condition/pain"]
    assert listed(answer, "include") == ["Organization/hospice", "Practitioner/nurse", "PractitionerRole/role"]
    later = anna.put("Organization/hospice", builders.organization(id="hospice", name="Renamed")).json()
    answer = anna.get(f"Patient/anna/$everything?_since={later['meta']['lastUpdated']}")
    assert types(listed(answer, "match")) == set()
    assert listed(answer, "include") == ["Organization/hospice"]


def test_types_may_be_chosen(anna: System) -> None:
    answer = anna.get("Patient/anna/$everything?_type=Condition,Practitioner")
    assert listed(answer, "match") == ["Condition/pain", "Condition/cough"]
    assert listed(answer, "include") == ["Practitioner/nurse"]


def test_types_that_the_token_may_not_read_are_left_out_and_said_to_be(
    anna: System, http: TestClient, database: Database
) -> None:
    narrow = connect(http, database, "integration", scope="system/Patient.r system/Practitioner.r")
    answer = narrow.get("Patient/anna/$everything")
    assert listed(answer, "match") == ["Patient/anna"]
    assert listed(answer, "include") == [], "what only a hidden resource refers to is hidden too"
    [issue] = outcome(answer)
    assert issue["severity"] == "warning"
    assert "Condition" in issue["details"]["text"]
    assert narrow.get("Patient/anna/$everything?_type=Condition").status_code == 403
    blind = connect(http, database, "integration", scope="system/Condition.r")
    assert blind.get("Patient/anna/$everything").status_code == 403


def test_a_record_that_is_hidden_is_no_record(anna: System, practice: System, hospital: System) -> None:
    assert practice.get("Patient/anna/$everything").status_code == 404
    anna.created(builders.sharing("deny", dateTime="2026-01-01T10:00:00Z"))
    hidden, absent = hospital.get("Patient/anna/$everything"), hospital.get("Patient/nobody/$everything")
    assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_a_deleted_patient_is_gone(anna: System) -> None:
    anna.delete("Condition/his")
    assert anna.delete("Patient/bert").status_code == 204
    assert anna.get("Patient/bert/$everything").status_code == 410


@pytest.mark.parametrize("query", ["start=2026-01-01", "end=2026-01-01", "colour=blue", "_type=Immunization"])
def test_what_it_does_not_take_is_refused_by_name(anna: System, query: str) -> None:
    answer = anna.get(f"Patient/anna/$everything?{query}")
    assert answer.status_code == 400
    issue = answer.json()["issue"][0]
    assert issue["code"] == "not-supported"
    assert query.partition("=")[0] in issue["details"]["text"]


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "colour", "valueString": "blue"},
        {"name": "_type", "part": []},
        {"name": "_type", "valueBoolean": True},
        {"name": "_since", "valueInstant": "soon"},
        {"valueString": "x"},
        7,
    ],
)
def test_a_body_that_cannot_be_understood_is_refused(anna: System, parameter: Any) -> None:
    body = {"resourceType": "Parameters", "parameter": [parameter]}
    assert anna.post("Patient/anna/$everything", body).status_code == 400


def test_what_was_disclosed_is_audited_with_whose_record_it_is(anna: System, database: Database) -> None:
    first = anna.get("Patient/anna/$everything?_type=Patient,Practitioner&_count=1")
    anna.get(link(first, "next"))
    with database.reading() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "everything")).all()
    assert [event.disclosed for event in events] == ["Patient/anna", "", "Practitioner/nurse"]
    assert {event.resource_id for event in events} == {"anna"}
    assert events[0].person_pk is not None
    assert [event.person_pk for event in events[1:]] == [events[0].person_pk, None]
