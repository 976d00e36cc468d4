"""_include and _revinclude: FHIR R4 §3.1.1.5.4."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import answers, builders, tables
from tests.answers import link
from tests.systems import System, connect


@pytest.fixture
def anna(integration: System) -> System:
    """Anna and her wishes, a nurse with a role in a surgery that belongs to a trust; Bert has no wishes."""
    integration.keep(
        *builders.people_of_two_practices(),
        builders.organization(id="trust"),
        builders.organization(id="surgery", partOf=builders.reference("Organization/trust")),
        builders.practitioner(id="brook"),
        builders.practitioner_role(
            id="nurse",
            practitioner=builders.reference("Practitioner/brook"),
            organization=builders.reference("Organization/surgery"),
        ),
        builders.place_of_death(id="wish", performer=[builders.reference("PractitionerRole/nurse")]),
        builders.cpr_decision(id="cpr"),
    )
    return integration


def listed(answer: Any, mode: str) -> list[str]:
    """In the order of their names: R4 gives what is included none."""
    return sorted(answers.listed(answer, mode))


@pytest.mark.parametrize(
    ("query", "included"),
    [
        ("Observation?_include=Observation:subject", ["Patient/anna"]),
        ("Observation?_include=Observation:subject:Patient", ["Patient/anna"]),
        ("Observation?_include=Observation:patient&_include=Observation:subject", ["Patient/anna"]),
        ("Observation?_include=Observation:performer", ["PractitionerRole/nurse"]),
        ("Observation?_include=Observation:performer:Organization", []),
        ("Observation?_include=Observation:*", ["Patient/anna", "PractitionerRole/nurse"]),
        ("Observation?_include=*", ["Patient/anna", "PractitionerRole/nurse"]),
        ("Patient?_revinclude=Observation:subject", ["Observation/cpr", "Observation/wish"]),
        ("Patient?_revinclude=Observation:patient:Patient", ["Observation/cpr", "Observation/wish"]),
        ("Practitioner?_revinclude=PractitionerRole:practitioner", ["PractitionerRole/nurse"]),
        (
            "Practitioner?_revinclude=PractitionerRole:practitioner&_revinclude:iterate=Observation:performer",
            ["Observation/wish", "PractitionerRole/nurse"],
        ),
        ("PractitionerRole?_include=PractitionerRole:organization", ["Organization/surgery"]),
        (
            "PractitionerRole?_include=PractitionerRole:organization&_include:iterate=Organization:partof",
            ["Organization/surgery", "Organization/trust"],
        ),
        ("Organization?_include=Organization:partof", []),
    ],
)
def test_a_search_includes_what_it_asks_for(anna: System, query: str, included: list[str]) -> None:
    found = anna.get(query)
    assert listed(found, "include") == included
    assert listed(found, "outcome") == []


def test_get_and_post_include_the_same(anna: System) -> None:
    found = anna.search("Observation", _include="Observation:subject", _id="wish")
    assert listed(found, "match") == ["Observation/wish"]
    assert listed(found, "include") == ["Patient/anna"]


def test_what_is_included_does_not_count_as_a_match(anna: System) -> None:
    assert anna.get("Observation?_include=Observation:subject").json()["total"] == 2


def test_each_page_includes_what_its_own_matches_refer_to(anna: System) -> None:
    page = anna.get("Patient?_count=1&_revinclude=Observation:subject")
    assert listed(page, "include") == ["Observation/cpr", "Observation/wish"]
    page = anna.get(link(page, "next"))
    assert listed(page, "match") == ["Patient/bert"]
    assert listed(page, "include") == []


def test_the_audit_names_what_was_included(anna: System, database: Database) -> None:
    anna.get("Observation?_id=cpr&_include=Observation:subject")
    event = tables.audit(database)[-1]
    assert event.disclosed == "Observation/cpr Patient/anna"
    assert event.person_pk is not None


def test_the_audit_has_a_row_for_each_person_found_and_one_for_what_is_nobodys(
    anna: System, database: Database
) -> None:
    before = len(tables.audit(database))
    anna.get("Observation?_id=wish&_include=*")
    anna.get("Patient?_sort=_id&_count=2")
    told = tables.audit(database)[before:]
    assert [event.disclosed for event in told] == [
        "Observation/wish Patient/anna",
        "PractitionerRole/nurse",
        "Patient/anna",
        "Patient/bert",
    ]
    annas = told[0].person_pk
    assert [event.person_pk for event in told[:3]] == [annas, None, annas]
    assert told[3].person_pk not in (annas, None)
    assert {event.query for event in told[2:]} == {"_sort=_id&_count=2"}


def test_a_practice_is_not_given_the_people_of_another(anna: System, practice: System) -> None:
    link = {"link": [{"type": "seealso", "other": builders.reference("Patient/bert")}]}
    body = builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001"), **link)
    assert anna.put("Patient/anna", body).status_code == 200
    assert listed(anna.get("Patient?_id=anna&_include=Patient:link"), "include") == ["Patient/bert"]
    assert listed(practice.get("Patient?_id=anna&_include=Patient:link"), "include") == []
    assert listed(practice.get("Patient?_id=anna&_include=*&_revinclude=*"), "match") == ["Patient/anna"]


def test_who_refused_sharing_is_included_for_no_hospital(anna: System, hospital: System) -> None:
    query = "Practitioner?_revinclude=PractitionerRole:practitioner&_revinclude:iterate=Observation:performer"
    assert "Observation/wish" in listed(hospital.get(query), "include")
    anna.put("Consent/no", builders.sharing("deny", id="no"))
    assert listed(hospital.get(query), "include") == ["PractitionerRole/nurse"]


def test_a_type_that_is_named_needs_its_scope(http: TestClient, database: Database, anna: System) -> None:
    narrow = connect(http, database, "integration", scope="system/Observation.rs")
    for query in ("_include=Observation:subject", "_revinclude=Provenance:target"):
        refusal = narrow.get(f"Observation?{query}")
        assert refusal.status_code == 403
        assert ".r is missing" in refusal.text


def test_a_wildcard_includes_what_the_token_may_read(http: TestClient, database: Database, anna: System) -> None:
    narrow = connect(http, database, "integration", scope="system/Observation.rs system/Patient.r")
    assert listed(narrow.get("Observation?_include=*"), "include") == ["Patient/anna"]


@pytest.mark.parametrize(
    "query",
    [
        "_include=Observation:code",
        "_include=Observation:colour",
        "_include=Nothing:subject",
        "_include=Observation",
        "_include=",
        "_include:always=Observation:subject",
        "_include=Observation:subject:Nothing",
        "_revinclude=Observation:status",
        "_include=Patient:link",
        "_revinclude=Observation:subject",
    ],
)
def test_what_cannot_be_included_is_refused(anna: System, query: str) -> None:
    refusal = anna.get(f"Observation?{query}")
    assert refusal.status_code == 400
    assert refusal.json()["resourceType"] == "OperationOutcome"


def test_what_a_page_cannot_bear_is_said_to_be_missing(anna: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.including.LARGEST", 1)
    found = anna.get("Patient?_revinclude=Observation:subject")
    assert len(listed(found, "include")) == 1
    [outcome] = [entry for entry in found.json()["entry"] if entry["search"]["mode"] == "outcome"]
    assert outcome["resource"]["issue"][0]["severity"] == "warning"
    assert "_count" in outcome["resource"]["issue"][0]["details"]["text"]
