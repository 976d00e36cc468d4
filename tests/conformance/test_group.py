"""`Group/[ODS code]`: who is on the register of an organisation, computed, read-only."""

from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from service.audit import AuditEvent
from service.db import Database
from service.register import codes
from tests import builders
from tests.answers import ids
from tests.builders import at_practice, reference
from tests.systems import System, connect

SCOPE = "system/Group.rs system/Patient.rs"


def members(group: dict[str, Any]) -> list[str]:
    return [member["entity"]["reference"] for member in group.get("member", [])]


@pytest.fixture
def register(integration: System) -> System:
    """Anna, on the register of Y99001; Bert, whose registration ended; Clara, who never was; Dora, of Y99002."""
    people = {"anna": "Y99001", "bert": "Y99001", "clara": "Y99001", "dora": "Y99002"}
    for number, (name, practice) in enumerate(people.items()):
        patient = builders.patient(builders.a_number(number), id=name, generalPractitioner=at_practice(practice))
        if name in ("anna", "dora"):
            integration.register(patient, status="active" if name == "anna" else "onhold")
        else:
            integration.put(f"Patient/{name}", patient)
    integration.created(builders.ended_registration(patient=reference("Patient/bert")))
    return integration


@pytest.fixture
def reader(register: System, http: TestClient, database: Database) -> System:
    return connect(http, database, "integration", scope=SCOPE)


def test_the_group_holds_who_is_on_the_register_now(reader: System) -> None:
    group = reader.get("Group/Y99001").json()
    assert (group["resourceType"], group["type"], group["actual"], group["active"]) == ("Group", "person", True, True)
    assert group["identifier"] == [{"system": codes.ODS_ORGANISATION, "value": "Y99001"}]
    assert group["managingEntity"]["identifier"]["value"] == "Y99001"
    assert members(group) == ["Patient/anna"]
    assert group["quantity"] == 1


def test_a_registration_on_hold_stands(reader: System) -> None:
    assert members(reader.get("Group/Y99002").json()) == ["Patient/dora"]


def test_the_group_is_valid_r4(reader: System) -> None:
    from fhir.resources.R4B.group import Group

    Group.model_validate(reader.get("Group/Y99001").json())


def test_its_etag_changes_with_its_members(reader: System, register: System) -> None:
    first = reader.get("Group/Y99001")
    assert reader.get("Group/Y99001", If_None_Match=first.headers["ETag"]).status_code == 304
    clara = builders.patient(builders.a_number(2), id="clara", generalPractitioner=at_practice("Y99001"))
    register.register(clara)
    second = reader.get("Group/Y99001", If_None_Match=first.headers["ETag"])
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    assert members(second.json()) == ["Patient/anna", "Patient/clara"]


def test_who_moves_to_another_practice_moves_to_its_register(reader: System, register: System) -> None:
    moved = builders.patient(builders.a_number(0), id="anna", generalPractitioner=at_practice("Y99002"))
    register.put("Patient/anna", moved)
    assert members(reader.get("Group/Y99002").json()) == ["Patient/anna", "Patient/dora"]
    assert reader.get("Group/Y99001").status_code == 404


def test_a_practice_sees_its_own_register_and_no_other(register: System, http: TestClient, database: Database) -> None:
    practice = connect(http, database, "practice", organisation="Y99001", scope=SCOPE)
    assert members(practice.get("Group/Y99001").json()) == ["Patient/anna"]
    hidden, absent = practice.get("Group/Y99002"), practice.get("Group/Y99009")
    assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_a_practice_with_nobody_on_its_register_has_an_empty_one(http: TestClient, database: Database) -> None:
    practice = connect(http, database, "practice", organisation="Y99003", scope=SCOPE)
    group = practice.get("Group/Y99003").json()
    assert group["quantity"] == 0
    assert members(group) == []


def test_a_hospital_is_told_of_those_members_whom_it_looks_after(
    register: System, http: TestClient, database: Database
) -> None:
    """It may claim any of them, one at a time: a list of them is for those who care for all that stand in it."""
    hospital = connect(http, database, "hospital", organisation="RX9", scope=SCOPE)
    assert hospital.get("Group/Y99001").status_code == 404
    ours = {"identifier": {"system": codes.ODS_ORGANISATION, "value": "RX9"}}
    register.created(builders.care_team(subject=reference("Patient/anna"), participant=[{"member": ours}]))
    assert members(hospital.get("Group/Y99001").json()) == ["Patient/anna"]


def test_the_token_needs_the_scopes_of_groups_and_of_patients(
    register: System, http: TestClient, database: Database
) -> None:
    for scope in ("system/Group.rs", "system/Patient.rs"):
        narrow = connect(http, database, "integration", scope=scope)
        assert narrow.get("Group/Y99001").status_code == 403
        assert narrow.get("Group?_id=Y99001").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "identifier=Y99001",
        f"identifier={codes.ODS_ORGANISATION}|Y99001",
        "_id=Y99001",
        f"managing-entity:identifier={codes.ODS_ORGANISATION}|Y99001",
        "_id=Y99001,Y99009",
        "_id=Y99001&identifier=Y99001",
    ],
)
def test_a_group_is_found_by_its_organisation(reader: System, query: str) -> None:
    answer = reader.get(f"Group?{query}")
    assert ids(answer) == ["Y99001"]
    assert answer.json()["total"] == 1
    assert answer.json()["entry"][0]["search"]["mode"] == "match"


def test_a_group_is_found_by_the_organization_resource(reader: System, register: System) -> None:
    identifier = [{"system": codes.ODS_ORGANISATION, "value": "Y99001"}]
    register.put("Organization/surgery", builders.organization(id="surgery", identifier=identifier))
    assert ids(reader.get("Group?managing-entity=Organization/surgery")) == ["Y99001"]
    assert ids(reader.get("Group?managing-entity=Organization/nobody")) == []


def test_a_form_says_how_a_group_is_written(reader: System) -> None:
    assert reader.search("Group", _id="Y99001", _format="xml").status_code == 406
    assert reader.search("Group", _id="Y99001", _pretty="true").text.count("\n") > 1


def test_a_group_is_found_by_post(reader: System) -> None:
    assert ids(reader.search("Group", identifier="Y99001")) == ["Y99001"]


@pytest.mark.parametrize("query", ["_id=Y99009", "identifier=https://other.example|Y99001"])
def test_nothing_found_is_an_empty_set(reader: System, query: str) -> None:
    assert ids(reader.get(f"Group?{query}")) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "too-costly"), ("?member=Patient/anna", "not-supported"), ("?type=person&_id=Y99001", "not-supported")],
)
def test_another_search_is_refused(reader: System, query: str, code: str) -> None:
    answer = reader.get(f"Group{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "Group"),
        ("PUT", "Group/Y99001"),
        ("PATCH", "Group/Y99001"),
        ("DELETE", "Group/Y99001"),
        ("GET", "Group/Y99001/_history"),
        ("GET", "Group/Y99001/_history/1"),
        ("GET", "Group/_history"),
    ],
)
def test_a_group_is_neither_written_nor_versioned_and_says_why(reader: System, method: str, path: str) -> None:
    answer = reader.send(method, path, {"resourceType": "Group", "type": "person", "actual": True})
    assert answer.status_code == 405
    issue = answer.json()["issue"][0]
    assert issue["code"] == "not-supported"
    assert "computed" in issue["details"]["text"]


def test_an_id_that_is_no_organisation_code_is_not_found(reader: System) -> None:
    for hostile in ("%00", "y99001", "..%2F", "x" * 300):
        assert reader.get(f"Group/{hostile}").status_code == 404


def test_who_was_told_of_is_audited(reader: System, database: Database) -> None:
    reader.get("Group/Y99001")
    with database.reading() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.resource_type == "Group")).one()
    assert (event.action, event.resource_id, event.disclosed) == ("read", "Y99001", "Patient/anna")
    assert event.person_pk is not None


def test_metadata_says_what_may_be_done_with_groups(http: TestClient) -> None:
    stated = http.get("/fhir/R4/metadata").json()["rest"][0]["resource"]
    group = next(one for one in stated if one["type"] == "Group")
    assert {one["code"] for one in group["interaction"]} == {"read", "search-type"}
    assert {one["name"] for one in group["searchParam"]} == {"_id", "identifier", "managing-entity"}
