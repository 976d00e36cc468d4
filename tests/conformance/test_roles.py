"""What the person at the keyboard may do, over HTTP: as their role has it, whatever their system was granted."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, bundles, tables
from tests.systems import ALL, System, connect

NUMBER = builders.NHS_NUMBER
PATIENT = builders.reference("Patient/anna")
WISH = builders.place_of_death("21", subject=PATIENT)
CPR = builders.cpr_decision(subject=PATIENT)


@pytest.fixture
def anna(integration: System) -> None:
    """Anna and Bert, both on the register."""
    integration.register()
    integration.register(builders.patient(builders.a_number(1), id="bert"))


@pytest.fixture
def home(http: TestClient, database: Database, anna: None) -> System:
    """A carer of a home, at a system that practices use as well."""
    return connect(
        http, database, "system", organisation="XENGINE", of="VM2", role="care-home", user="carer-7", purpose="CAREMGT"
    )


def test_a_care_home_records_a_wish_and_no_cpr_decision(home: System, database: Database) -> None:
    assert home.post("Observation", WISH).status_code == 201
    answer = home.post("Observation", CPR)
    assert answer.status_code == 403
    [issue] = answer.json()["issue"]
    assert (issue["code"], issue["expression"]) == ("forbidden", ["Observation.code"])
    refusal = tables.audit(database)[-1]
    told = (refusal.outcome, refusal.organisation, refusal.user_id, refusal.role, refusal.purpose)
    assert told == (403, "VM2", "carer-7", "care-home", "CAREMGT")


def test_a_forbidden_entry_refuses_the_whole_transaction_and_is_named(home: System, database: Database) -> None:
    before = tables.rows(database, names=["resource"])
    entries = [bundles.request("POST", "Observation", one) for one in (WISH, CPR)]
    answer = home.post("", bundles.transaction(*entries))
    assert answer.status_code == 403
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.code"]
    assert tables.rows(database, names=["resource"]) == before


def test_what_would_be_refused_is_told_by_validate(home: System) -> None:
    asked: Any = {"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "create"}]}
    asked["parameter"].append({"name": "resource", "resource": CPR})
    issues = home.post("Observation/$validate", asked).json()["issue"]
    assert "forbidden" in {issue["code"] for issue in issues}


def test_a_role_is_refused_a_type_that_its_system_was_granted(home: System) -> None:
    answer = home.post("Condition", builders.condition(subject=PATIENT))
    assert answer.status_code == 403
    assert home.delete("Patient/bert").status_code == 403


@pytest.mark.parametrize("number", [NUMBER, builders.a_number(1), builders.a_number(2)])
def test_who_reads_their_own_record_sees_it_and_no_other(
    http: TestClient, database: Database, anna: None, number: str
) -> None:
    portal = connect(http, database, "patient", organisation="XPORT", patient=number)
    own: Any = {NUMBER: "anna", builders.a_number(1): "bert"}.get(number)
    found = [entry["resource"]["id"] for entry in portal.get("Patient").json().get("entry", [])]
    assert found == ([own] if own else [])
    assert {who: portal.get(f"Patient/{who}").status_code for who in ("anna", "bert")} == {
        who: 200 if who == own else 404 for who in ("anna", "bert")
    }
    assert portal.summary(NUMBER).status_code == (200 if own == "anna" else 404)
    assert portal.post("Observation", WISH).status_code == 403


def test_a_quality_lead_sees_the_figures_of_the_area_and_people_of_their_own_organisation(
    http: TestClient, database: Database, anna: None, integration: System
) -> None:
    integration.keep(
        builders.patient(builders.a_number(3), id="carl", generalPractitioner=builders.at_practice("Y99001"))
    )
    scope = f"{ALL} system/Measure.rs system/MeasureReport.rs"
    lead = connect(
        http, database, "quality-lead", organisation="Y99001", scope=scope, user="lead-7", purpose="HQUALIMP"
    )
    assert lead.get("Measure/register-prevalence/$evaluate-measure?periodEnd=2026-03-31").status_code == 200
    assert [entry["resource"]["id"] for entry in lead.get("Patient").json()["entry"]] == ["carl"]
    assert lead.put("Patient/carl", builders.patient(builders.a_number(3), id="carl")).status_code == 403
    assert lead.get("Consent").status_code == 403


def test_nobody_else_sees_the_figures_of_the_area(http: TestClient, database: Database, anna: None) -> None:
    scope = f"{ALL} system/Measure.rs system/MeasureReport.rs"
    doctor = connect(http, database, "gp", scope=scope)
    assert doctor.get("Measure/register-prevalence/$evaluate-measure?periodEnd=2026-03-31").status_code == 403
