"""The audit trail over FHIR: what an AuditEvent says, who may search for it, and by what."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api.computed_types.audit_event import AUDIT_EVENT
from service.db import Database
from service.fhir import audit_actions, audit_events
from service.register import codes
from tests import builders, tables
from tests.answers import BASE, entries, link, pages
from tests.fhir import r4b
from tests.systems import System, connect

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


@pytest.fixture
def anna(integration: System) -> System:
    """Anna of the practice Y99001 with a wish, and Bert of Y99002."""
    integration.keep(*builders.people_of_two_practices(), builders.place_of_death(id="wish"))
    return integration


@pytest.fixture
def officer(http: TestClient, database: Database, anna: System) -> System:
    """The privacy officer of Anna's practice."""
    return connect(http, database, "privacy-officer", organisation="Y99001", scope="system/*.rs", user="p.officer")


@pytest.fixture
def nurse(http: TestClient, database: Database, anna: System) -> System:
    """Somebody at a keyboard of the hospital RX9, for treatment."""
    return connect(http, database, "hospital", organisation="RX9", user="n.nurse", purpose="TREAT")


@pytest.fixture
def auditor(http: TestClient, database: Database) -> System:
    """A system that may read everything."""
    return connect(http, database, "integration", scope="system/*.rs")


def events(answer: Any) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in entries(answer)]


def whose(event: dict[str, Any]) -> str:
    return next(
        (one["what"]["reference"] for one in event.get("entity", []) if one.get("role", {}).get("code") == "1"), ""
    )


def query(event: dict[str, Any]) -> str:
    return next((base64.b64decode(one["query"]).decode() for one in event.get("entity", []) if "query" in one), "")


def who(event: dict[str, Any]) -> list[str]:
    return [agent["who"]["identifier"]["value"] for agent in event["agent"] if "identifier" in agent["who"]]


def test_a_read_is_told_as_who_what_whose_why_and_when(nurse: System, officer: System) -> None:
    nurse.get("Observation/wish", X_Request_ID="the-request")
    [event] = events(officer.get("AuditEvent?entity-name=the-request"))
    assert (event["action"], event["outcome"]) == ("R", "0")
    assert event["type"]["code"] == "rest"
    assert [one["code"] for one in event["subtype"]] == ["read", "read"]
    assert who(event)[0] == "n.nurse"
    assert who(event)[2] == "RX9"
    user = event["agent"][0]
    assert user["requestor"] is True
    assert user["role"][0]["coding"] == [{"system": audit_events.ROLE, "code": "hospital"}]
    assert user["purposeOfUse"][0]["coding"] == [{"system": codes.ACT_REASON, "code": "TREAT"}]
    assert user["policy"] == [f"{codes.BASE}/basis/claimed"]
    assert [one["what"]["reference"] for one in event["entity"][:2]] == ["Patient/anna", "Observation/wish"]


def test_a_search_tells_what_was_asked_and_what_left(nurse: System, officer: System) -> None:
    nurse.get("Observation?patient=anna&_count=5", X_Request_ID="the-search")
    [event] = events(officer.get("AuditEvent?entity-name=the-search"))
    assert event["action"] == "E"
    assert query(event) == "patient=anna&_count=5"
    assert (
        "Observation/wish" in [one["what"]["reference"] for one in event["entity"] if "reference" in one["what"]]
        if (all("what" in one for one in event["entity"]))
        else True
    )


def test_what_every_action_is_told_as_is_valid(
    anna: System, nurse: System, officer: System, auditor: System, database: Database
) -> None:
    nurse.get("Observation?patient=anna")
    nurse.get("Patient/nobody")
    anna.delete("Observation/wish")
    officer.get("AuditEvent")
    seen = [one for page in pages(auditor, auditor.get("AuditEvent?_count=7")) for one in events(page)]
    assert len({one["id"] for one in seen}) == len(seen)
    assert len(seen) >= len(tables.audit(database)) - 20
    for one in seen:
        assert r4b.refusals(one) == [], one


@pytest.mark.parametrize("action", [*audit_actions.KINDS, "something new"])
def test_an_event_of_every_action_is_valid(action: str) -> None:
    row = audit_events.Event(
        1, "chain", 7, NOW, action, 200, "client", "Y99001", "somebody", "gp", "TREAT", "ETREAT", "claimed",
        "Patient", "anna", "a=b", "Observation/1 Observation/2", "request", 5, "anna",
    )  # fmt: skip
    for told in (audit_events.resource(row, base=BASE), audit_events.told_to_the_person(row, base=BASE)):
        assert r4b.refusals(told) == []
    assert "somebody" not in str(audit_events.told_to_the_person(row, base=BASE))


def test_an_event_is_read_by_its_id_which_is_its_place_in_the_trail(officer: System, nurse: System) -> None:
    nurse.get("Patient/anna")
    event = events(officer.get("AuditEvent?patient=anna&_count=1"))[0]
    assert officer.get(f"AuditEvent/{event['id']}").json() == event
    for other in ("nothing", "no-0", f"{event['id']}0", "1", "-1"):
        assert officer.get(f"AuditEvent/{other}").status_code == 404


def test_an_officer_sees_what_their_organisation_did_and_what_was_done_with_its_people(
    officer: System, nurse: System, practice: System, anna: System
) -> None:
    nurse.get("Patient/anna")
    nurse.get("Patient/bert")
    practice.get("Patient/anna")
    practice.get("Patient/bert")
    seen = [
        (who(one)[-1], one["subtype"][-1]["code"], whose(one)) for one in events(officer.get("AuditEvent?action=R"))
    ]
    assert ("RX9", "read", "Patient/anna") in seen
    assert ("RX9", "read", "Patient/bert") not in seen
    assert ("Y99001", "read", "Patient/anna") in seen
    assert {whose(one) for one in events(officer.get("AuditEvent?patient=bert"))} == set()


@pytest.mark.parametrize("kind", ["practice", "hospital", "reporting", "ambulance", "care-home", "social-care"])
def test_nobody_else_may(http: TestClient, database: Database, anna: System, officer: System, kind: str) -> None:
    event = events(officer.get("AuditEvent?_count=1"))[0]
    other = connect(http, database, kind, organisation="Y99001")
    for path in ("AuditEvent", "AuditEvent?patient=anna", f"AuditEvent/{event['id']}"):
        assert other.get(path).status_code == 403


def test_what_another_organisation_did_with_others_is_not_there(
    http: TestClient, database: Database, nurse: System, auditor: System
) -> None:
    nurse.get("Patient/anna")
    event = events(auditor.get("AuditEvent?patient=anna&_count=1"))[0]
    elsewhere = connect(http, database, "privacy-officer", organisation="Y99007", scope="system/*.rs")
    hidden, absent = elsewhere.get(f"AuditEvent/{event['id']}"), elsewhere.get("AuditEvent/chain-1")
    assert (hidden.status_code, hidden.json()["issue"]) == (404, absent.json()["issue"])


CRITERIA = {
    "date=ge2020-01-01&date=lt2100": True,
    "date=lt2020-01-01": False,
    "patient=anna": True,
    "patient=Patient/anna": True,
    "patient=http://127.0.0.1:8000/fhir/R4/Patient/anna": True,
    "patient=nobody": False,
    f"patient:identifier=https://fhir.nhs.uk/Id/nhs-number|{builders.NHS_NUMBER}": True,
    "patient:identifier=other|9990000018": False,
    "agent:identifier=RX9": True,
    "agent:identifier=https://fhir.nhs.uk/Id/ods-organization-code|RX9": True,
    "agent:identifier=n.nurse": True,
    "agent:identifier=elsewhere|RX9": False,
    "agent:identifier=Y99001&patient=anna&agent-role=hospital": False,
    "agent-role=hospital": True,
    f"agent-role={codes.BASE}/CodeSystem/heartsease-role|hospital,gp": True,
    "agent-role=ambulance": False,
    "action=R": True,
    "action=C,R": True,
    "action=D": False,
    "outcome=0": True,
    "outcome=8": False,
    "type=rest": True,
    "type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest": True,
    "type=110114": False,
    "subtype=read": True,
    "subtype=search": False,
    f"policy={codes.BASE}/basis/claimed": True,
    f"policy={codes.BASE}/basis/self": False,
    "entity-name=the-request": True,
    "entity-name=another": False,
}


@pytest.mark.parametrize("criteria", CRITERIA)
def test_it_is_found_by_what_is_claimed(officer: System, nurse: System, criteria: str) -> None:
    nurse.get("Patient/anna", X_Request_ID="the-request")
    found = [one for one in events(officer.get(f"AuditEvent?{criteria}&_count=1000")) if "the-request" in str(one)]
    assert bool(found) is CRITERIA[criteria], found
    asked = {one.partition("=")[0].partition(":")[0] for one in criteria.split("&")}
    assert asked <= {one.name for one in AUDIT_EVENT.params}


@pytest.mark.parametrize(
    "query",
    ["date=yesterday", "date=ne2026-01-01", "colour=red", "_sort=date",
     "patient=Observation/x", "patient=" + ",".join("x" * 30), "_count=x", "agent=x y"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(officer: System, query: str) -> None:
    assert officer.get(f"AuditEvent?{query}").status_code == 400


def test_pages_follow_each_other_and_tell_each_event_once(officer: System, nurse: System) -> None:
    for _ in range(5):
        nurse.get("Patient/anna")
    until = events(officer.get("AuditEvent?_count=1"))[0]["recorded"]
    first = officer.get(f"AuditEvent?patient=anna&_count=2&date=le{until}")
    told = [one["id"] for page in pages(officer, first) for one in events(page)]
    assert len(told) == len(set(told)) >= 5


def test_a_number_that_is_searched_for_stands_in_no_link(officer: System, nurse: System) -> None:
    nurse.get("Patient/anna")
    nurse.get("Patient/anna")
    system = "https://fhir.nhs.uk/Id/nhs-number"
    answer = officer.search("AuditEvent", **{"patient:identifier": f"{system}|{builders.NHS_NUMBER}", "_count": "1"})
    assert builders.NHS_NUMBER not in answer.text
    assert events(officer.get(link(answer, "next")))


def test_looking_at_the_audit_is_audited(officer: System, database: Database) -> None:
    officer.get("AuditEvent?patient=anna", X_Request_ID="looking")
    [event] = [one for one in tables.audit(database) if one.request_id == "looking"]
    assert (event.action, event.resource_type, event.query) == ("search", "AuditEvent", "patient=anna")
    assert (event.user_id, event.role) == ("p.officer", "privacy-officer")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(officer: System, anna: System, method: str) -> None:
    event = events(officer.get("AuditEvent?_count=1"))[0]
    for system in (officer, anna):
        assert system.send(method, f"AuditEvent/{event['id']}", event).status_code == 405


def test_what_we_say_in_codes_of_our_own_is_defined(http: TestClient) -> None:
    from service.access import policy

    for url, told in (
        (audit_actions.SYSTEM, {name.replace(" ", "-") for name in audit_actions.KINDS}),
        (audit_events.ROLE, set(policy.all_roles())),
    ):
        [found] = events(http.get("/fhir/R4/CodeSystem", params={"url": url}))
        assert {concept["code"] for concept in found["concept"]} == told
