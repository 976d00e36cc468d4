"""`$subject-access`: every version of everything of one person, and who looked; for those who may, of their own."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, tables
from tests.conformance.test_merge import ANN, ANNS_NUMBER, HOMES, parameters
from tests.conformance.test_nhs_number_change import told
from tests.systems import System, connect


def entries(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    bundle = json.loads(answer.content)
    assert bundle["type"] == "history"
    return list(bundle["entry"])


def versions(answer: Any) -> set[str]:
    return {
        f"{one['request']['method']} {one['fullUrl'].partition('/fhir/R4/')[2]} {one['response']['etag']}"
        for one in entries(answer)
        if "etag" in one["response"]
    }


def looks(answer: Any) -> list[dict[str, Any]]:
    return [one["resource"] for one in entries(answer) if "AuditEvent/" in one["fullUrl"]]


def patient(look: dict[str, Any]) -> str:
    return str(look["entity"][0]["what"]["reference"])


@pytest.fixture
def anna(integration: System) -> System:
    integration.keep(
        builders.patient(id="anna", **HOMES),
        builders.place_of_death("20", id="wish"),
        builders.condition(id="pain"),
    )
    integration.put("Observation/wish", builders.place_of_death("30", id="wish"))
    integration.delete("Condition/pain")
    return integration


@pytest.fixture
def officer(http: TestClient, database: Database) -> System:
    return connect(http, database, "privacy-officer", organisation="Y99001")


def test_every_version_is_there_the_deleted_ones_too(anna: System, officer: System) -> None:
    found = versions(officer.get("Patient/anna/$subject-access"))
    assert found >= {
        *('POST Patient/anna W/"1"', 'POST Observation/wish W/"1"', 'PUT Observation/wish W/"2"'),
        *('POST Condition/pain W/"1"', 'DELETE Condition/pain W/"2"'),
    }


def test_who_looked_is_there_without_names_of_staff(
    anna: System, officer: System, http: TestClient, database: Database
) -> None:
    nurse = connect(http, database, "community-nurse", organisation="RX9", user="nurse-seven", purpose="TREAT")
    assert nurse.get("Observation/wish").status_code == 200
    answer = officer.get("Patient/anna/$subject-access")
    [read] = [one for one in looks(answer) if "community-nurse" in str(one)]
    assert "RX9" in str(read)
    assert "TREAT" in str(read)
    assert "nurse-seven" not in answer.text


def test_what_was_another_persons_is_not_in_it(anna: System, officer: System) -> None:
    anna.keep(builders.advance_decision(id="no"))
    anna.delete("Consent/no", X_Provenance=told("wrong-person"))
    found = versions(officer.get("Patient/anna/$subject-access"))
    assert 'DELETE Consent/no W/"2"' in found
    assert 'POST Consent/no W/"1"' not in found


def test_a_merged_record_is_in_it_with_who_looked_at_it_before_and_meanwhile(anna: System, officer: System) -> None:
    anna.keep(builders.patient(ANNS_NUMBER, id="ann", **HOMES), builders.cpr_decision(id="cpr", subject=ANN))
    anna.get("Observation/cpr")
    anna.post("Patient/$merge", parameters())
    merged = officer.get("Patient/anna/$subject-access")
    assert {'POST Patient/ann W/"1"', 'POST Observation/cpr W/"1"', 'PUT Observation/cpr W/"2"'} <= versions(merged)
    assert {"Patient/ann", "Patient/anna"} <= {patient(one) for one in looks(merged)}
    anna.get("Observation/wish")
    anna.post("Patient/$unmerge", parameters())
    apart = officer.get("Patient/ann/$subject-access")
    assert not any("Observation/wish" in one for one in versions(apart))
    assert {patient(one) for one in looks(apart)} == {"Patient/ann", "Patient/anna"}


def test_who_looked_at_a_merged_record_is_told_of_who_is_left(anna: System, officer: System) -> None:
    anna.keep(builders.patient(ANNS_NUMBER, id="ann", **HOMES))
    anna.get("Patient/ann")
    anna.post("Patient/$merge", parameters())
    answer = officer.get("Patient/anna/$who-looked")
    assert answer.status_code == 200, answer.text
    told_of = [one["resource"] for one in answer.json()["entry"]]
    assert any("Patient/ann'" in str(one) for one in told_of)


def test_it_is_audited_before_it_leaves(anna: System, officer: System, database: Database) -> None:
    officer.get("Patient/anna/$subject-access")
    assert [row.role for row in tables.audit(database) if row.action == "subject-access"] == ["privacy-officer"]


@pytest.mark.parametrize("role", ["hospital", "ambulance", "community-nurse", "quality-lead"])
def test_no_other_role_takes_all_of_a_record(anna: System, http: TestClient, database: Database, role: str) -> None:
    other = connect(http, database, role, organisation="Y99001")
    assert other.get("Patient/anna/$subject-access").status_code == 403


def test_hidden_and_absent_are_one_identical_answer(anna: System, http: TestClient, database: Database) -> None:
    elsewhere = connect(http, database, "privacy-officer", organisation="Y99002")
    hidden, absent = (elsewhere.get(f"Patient/{one}/$subject-access") for one in ("anna", "none"))
    assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json()) == (404, hidden.json())


def test_a_practice_that_merely_sees_somebody_does_not_take_their_record(
    anna: System, http: TestClient, database: Database
) -> None:
    caring = connect(http, database, "gp", organisation="Y99002", user="dr", purpose="TREAT")
    assert caring.get("Patient/anna").status_code == 200
    assert caring.get("Patient/anna/$subject-access").status_code == 403
