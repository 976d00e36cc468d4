"""`$validate`: every issue of a resource at once, as R4 and the register see it, and nothing is written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from service import config
from service.audit import AuditEvent
from service.db import Database
from service.fhir.profiles import library
from service.register import codes
from tests import builders, tables
from tests.systems import System, connect

R4 = "http://hl7.org/fhir/StructureDefinition/"


def issues(answer: Any, *severities: str) -> list[dict[str, Any]]:
    """The issues that were found, but for notes of what was not checked and that all is well."""
    assert answer.status_code == 200, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    wanted = severities or ("fatal", "error", "warning")
    return [issue for issue in answer.json()["issue"] if issue["severity"] in wanted]


def parameters(resource: Any = None, **values: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"name": name, "valueCode": value} for name, value in values.items()]
    if resource is not None:
        parts.append({"name": "resource", "resource": resource})
    return {"resourceType": "Parameters", "parameter": parts}


@pytest.fixture
def anna(integration: System) -> System:
    integration.put("Patient/anna", builders.patient(id="anna"))
    return integration


def test_a_resource_without_fault_is_well(anna: System) -> None:
    answer = anna.post("Condition/$validate", builders.condition())
    assert issues(answer) == []
    assert answer.json()["issue"][0]["details"]["text"] == "All is well"


def test_every_issue_is_told_at_once_with_its_expression(anna: System) -> None:
    wrong = builders.observation(status="done", colour="blue", effectiveDateTime="yesterday")
    found = issues(anna.post("Observation/$validate", wrong), "error")
    assert {expression for issue in found for expression in issue["expression"]} == {
        "Observation.status",
        "Observation.colour",
        "Observation.effectiveDateTime",
    }


def test_the_profiles_and_the_registers_own_rules_are_checked_too(anna: System) -> None:
    [issue] = issues(anna.post("EpisodeOfCare/$validate", builders.registration(managingOrganization=None)))
    assert issue["expression"] == ["EpisodeOfCare.managingOrganization"]
    dead = builders.patient(birthDate="1950-01-01", deceasedDateTime="1949-01-01")
    [rule] = issues(anna.post("Patient/$validate", dead), "error")
    assert (rule["code"], rule["expression"]) == ("business-rule", ["Patient.deceasedDateTime"])
    [future] = issues(anna.post("Patient/$validate", builders.patient(birthDate="2199-01-01")))
    assert future["expression"] == ["Patient.birthDate"]


def test_what_was_not_checked_is_said(anna: System) -> None:
    nowhere = builders.condition(
        subject=builders.reference("Patient/nobody"), meta={"profile": ["https://other.example/x", f"{R4}Condition"]}
    )
    answer = anna.post("Condition/$validate", nowhere)
    assert issues(answer) == []
    notes = issues(answer, "information")
    assert "references" in " ".join(issue["details"]["text"] for issue in notes)
    places = [issue["expression"] for issue in notes if "expression" in issue]
    assert places == [["Condition.meta.profile[0]"]], "R4 itself is judged by"


def test_a_create_is_tried_against_the_register(anna: System) -> None:
    nowhere = builders.condition(subject=builders.reference("Patient/nobody"))
    [issue] = issues(anna.post("Condition/$validate", parameters(nowhere, mode="create")))
    assert issue["expression"] == ["Condition.subject.reference"]
    [issue] = issues(anna.post("Patient/$validate?mode=create", builders.patient()))
    assert issue["code"] == "conflict"
    assert issues(anna.post("Patient/$validate?mode=create", builders.patient(builders.a_number(1)))) == []


def test_an_update_is_tried_at_its_id(anna: System) -> None:
    good = builders.patient(id="anna", gender="female")
    assert issues(anna.post("Patient/anna/$validate", parameters(good, mode="update"))) == []
    [issue] = issues(anna.post("Patient/anna/$validate", parameters(builders.patient(id="other"), mode="update")))
    assert issue["expression"] == ["Patient.id"]
    [issue] = issues(anna.post("Patient/anna/$validate?mode=update", good, **{"If-Match": 'W/"7"'}))
    assert issue["code"] == "conflict"


def test_a_deletion_is_tried_at_its_id(anna: System) -> None:
    anna.put("Condition/pain", builders.condition(id="pain"))
    assert issues(anna.post("Condition/pain/$validate", parameters(mode="delete"))) == []
    [issue] = issues(anna.post("Patient/anna/$validate", parameters(mode="delete")))
    assert issue["code"] == "conflict"
    [issue] = issues(anna.post("Condition/none/$validate", parameters(mode="delete")))
    assert issue["code"] == "not-found"


def test_nothing_is_written(anna: System, database: Database) -> None:
    anna.put("Condition/pain", builders.condition(id="pain"))
    before = tables.rows(database)
    for answer in (
        anna.post("Patient/$validate?mode=create", builders.patient(builders.a_number(1))),
        anna.post("Patient/anna/$validate?mode=update", builders.patient(id="anna", gender="female")),
        anna.post("Condition/pain/$validate", parameters(mode="delete")),
    ):
        assert issues(answer) == []
    assert tables.rows(database) == before


def test_the_call_is_audited_and_no_write_is(anna: System, database: Database) -> None:
    anna.post("Patient/$validate?mode=create", builders.patient(builders.a_number(1)))
    with database.reading() as session:
        actions = [event.action for event in session.exec(select(AuditEvent).order_by("pk"))]
    assert actions.count("validate") == 1
    assert actions.count("create") == 1, "that of Anna herself"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Patient/$validate?profile=https://other.example/profile", builders.patient()),
        ("Patient/$validate", parameters(builders.patient(), profile=f"{R4}Observation")),
        ("Patient/$validate?mode=profile", builders.patient()),
        ("Patient/$validate?mode=update", builders.patient()),
        ("Patient/anna/$validate?mode=create", builders.patient(id="anna")),
        ("Patient/$validate?colour=blue", builders.patient()),
        ("Patient/$validate", parameters(builders.patient(), colour="blue")),
    ],
)
def test_what_it_does_not_take_is_not_supported(anna: System, path: str, body: Any) -> None:
    answer = anna.post(path, body)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_the_profile_of_the_r4_type_is_taken(anna: System) -> None:
    assert issues(anna.post(f"Patient/$validate?profile={R4}Patient", builders.patient())) == []


def test_a_profile_of_ours_is_judged_by(anna: System) -> None:
    cpr = f"{codes.BASE}/StructureDefinition/epaccs-cpr-decision"
    other = anna.post("Observation/$validate", parameters(builders.observation(), profile=cpr))
    assert ["Observation.code"] in [issue["expression"] for issue in issues(other, "error")]
    for wrong in (cpr, f"{codes.BASE}/StructureDefinition/epaccs-nothing"):
        answer = anna.post("Patient/$validate", parameters(builders.patient(), profile=wrong))
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "not-supported")


WITH_PHONE = "https://deployer.example/fhir/StructureDefinition/with-phone"


@pytest.fixture
def held_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deployer's package with one profile of Patient that has a snapshot, and one that has none."""
    about = {"resourceType": "StructureDefinition", "name": "WithPhone", "type": "Patient", "kind": "resource"}
    elements = [
        {"id": "Patient", "path": "Patient", "min": 0, "max": "*"},
        {"id": "Patient.telecom", "path": "Patient.telecom", "min": 1, "max": "*", "type": [{"code": "ContactPoint"}]},
    ]
    profiles = [{**about, "url": WITH_PHONE, "snapshot": {"element": elements}}, {**about, "url": f"{WITH_PHONE}-bare"}]
    for number, one in enumerate(profiles):
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
    monkeypatch.setenv("HEARTSEASE_PROFILE_PACKAGES", str(tmp_path))
    config.settings.cache_clear()
    library.known.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()
    library.known.cache_clear()


@pytest.mark.usefixtures("held_package")
def test_a_profile_of_a_deployers_package_is_judged_by(anna: System) -> None:
    [issue] = issues(anna.post(f"Patient/$validate?profile={WITH_PHONE}", builders.patient()), "error")
    assert issue["expression"] == ["Patient.telecom"]
    called = builders.patient(telecom=[{"system": "phone", "value": "01632 960587"}])
    assert issues(anna.post(f"Patient/$validate?profile={WITH_PHONE}", called), "error") == []
    bare = anna.post(f"Patient/$validate?profile={WITH_PHONE}-bare", builders.patient())
    assert (bare.status_code, bare.json()["issue"][0]["code"]) == (400, "not-supported")


@pytest.mark.usefixtures("held_package")
def test_what_a_claimed_profile_of_a_package_finds_is_a_warning_and_blocks_nothing(anna: System) -> None:
    claiming = builders.patient(builders.a_number(1), meta={"profile": [WITH_PHONE]})
    [issue] = issues(anna.post("Patient/$validate?mode=create", claiming), "warning")
    assert issue["expression"] == ["Patient.telecom"]
    assert anna.post("Patient", claiming).status_code == 201


@pytest.mark.parametrize(
    "body", [b"{", b"[]", builders.condition(), parameters(), parameters("Patient"), parameters([1])]
)
def test_a_body_that_is_no_such_resource_is_refused(anna: System, body: Any) -> None:
    assert anna.post("Patient/$validate", body).status_code == 400


def test_a_type_that_the_register_does_not_hold_is_not_found(anna: System) -> None:
    assert anna.post("Immunization/$validate", {"resourceType": "Immunization"}).status_code == 404
    assert anna.get("Patient/$validate").status_code == 405


@pytest.mark.parametrize(
    ("scope", "mode", "status"),
    [
        ("system/Patient.r", "", 200),
        ("system/Patient.u", "", 200),
        ("system/Patient.s", "", 403),
        ("system/Patient.r", "?mode=create", 403),
        ("system/Patient.c", "?mode=create", 200),
    ],
)
def test_the_scope_is_that_of_what_would_be_done(
    http: TestClient, database: Database, scope: str, mode: str, status: int
) -> None:
    system = connect(http, database, "integration", scope=scope)
    assert system.post(f"Patient/$validate{mode}", builders.patient()).status_code == status
