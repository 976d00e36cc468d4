"""Patient/[id]/[type]: FHIR R4 §3.1.1.1 (search in a compartment)."""

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, tables
from tests.answers import BASE, found
from tests.systems import System, connect


@pytest.fixture
def anna(integration: System) -> System:
    """Anna with two wishes and a plan, Bert with one wish, and an organisation that is nobody's."""
    integration.keep(
        *builders.people_of_two_practices(),
        builders.place_of_death(id="wish"),
        builders.cpr_decision("450475007", id="cpr", status="amended"),
        builders.care_plan(id="plan"),
        builders.cpr_decision(id="his", subject=builders.reference("Patient/bert")),
        builders.organization(id="surgery"),
    )
    return integration


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Patient/anna/Observation", ["Observation/cpr", "Observation/wish"]),
        ("Patient/bert/Observation", ["Observation/his"]),
        ("Patient/anna/CarePlan", ["CarePlan/plan"]),
        ("Patient/anna/Goal", []),
        ("Patient/anna/Observation?status=amended", ["Observation/cpr"]),
        ("Patient/anna/Observation?_id=his", []),
        ("Patient/anna/Observation?patient=bert", []),
        ("Patient/anna/*", ["CarePlan/plan", "Observation/cpr", "Observation/wish"]),
        ("Patient/anna/*?_type=CarePlan,Observation&_id=plan,cpr", ["CarePlan/plan", "Observation/cpr"]),
        ("Patient/nobody/Observation", []),
    ],
)
def test_a_compartment_holds_what_is_of_one_patient(anna: System, query: str, expected: list[str]) -> None:
    assert found(anna.get(query)) == expected


@pytest.mark.parametrize("type_name", ["Observation", "*"])
def test_a_compartment_is_searched_by_post_too(anna: System, type_name: str) -> None:
    url = f"/fhir/R4/Patient/anna/{type_name}/_search"
    answer = anna.http.post(url, data={"_lastUpdated": "ge2020-01-01"}, headers=anna.headers())
    assert found(answer) == found(anna.get(f"Patient/anna/{type_name}"))
    assert "2020" not in str(answer.json()["link"])


def test_a_compartment_comes_in_pages(anna: System) -> None:
    page = anna.get("Patient/anna/Observation?_count=1").json()
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert links["self"] == f"{BASE}/Patient/anna/Observation?_count=1"
    assert links["next"].startswith(f"{BASE}/Patient/anna/Observation?_cursor=")
    following = anna.get(links["next"].removeprefix(f"{BASE}/"))
    assert len(found(following)) == 1
    cursor = links["next"].partition("?")[2]
    assert anna.get(f"Patient/bert/Observation?{cursor}").status_code == 400


def test_the_links_of_a_whole_compartment_name_no_type_that_was_not_asked_for(anna: System) -> None:
    page = anna.get("Patient/anna/*?_count=2").json()
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert links["self"] == f"{BASE}/Patient/anna/*?_count=2"
    assert anna.get(links["next"].removeprefix(f"{BASE}/")).status_code == 200


def test_a_hidden_patient_and_an_absent_one_have_the_same_compartment(anna: System, practice: System) -> None:
    for type_name in ("Observation", "*"):
        hidden, absent = (practice.get(f"Patient/{name}/{type_name}").json() for name in ("bert", "nobody"))
        assert hidden["total"] == absent["total"] == 0
        assert "entry" not in hidden
        assert "entry" not in absent
        assert practice.get(f"Patient/bert/{type_name}?_summary=count").json()["total"] == 0


def test_who_refused_sharing_has_an_empty_compartment_for_a_hospital(anna: System, hospital: System) -> None:
    assert found(hospital.get("Patient/anna/Observation")) != []
    anna.put("Consent/no", builders.sharing("deny", id="no"))
    assert found(hospital.get("Patient/anna/Observation")) == []
    assert hospital.get("Patient/anna/*").json()["total"] == 0


def test_a_compartment_needs_the_scope_of_the_type(http: TestClient, database: Database, anna: System) -> None:
    narrow = connect(http, database, "integration", scope="system/CarePlan.rs")
    assert narrow.get("Patient/anna/Observation").status_code == 403
    assert narrow.get("Patient/anna/*?_type=Observation").status_code == 403
    assert found(narrow.get("Patient/anna/*")) == ["CarePlan/plan"]
    none = connect(http, database, "integration", scope="system/Organization.rs")
    assert none.get("Patient/anna/*").status_code == 403


def test_the_audit_says_whose_compartment_was_asked_for(anna: System, database: Database) -> None:
    anna.get("Patient/anna/CarePlan")
    event = tables.audit(database)[-1]
    assert event.query == "Patient/anna/CarePlan?"
    assert event.disclosed == "CarePlan/plan"
    assert event.person_pk is not None


@pytest.mark.parametrize(
    "path",
    [
        "Patient/anna/Nothing",
        "Patient/anna/Organization",
        "Patient/anna/Patient",
        "Practitioner/brook/Observation",
        "Nothing/anna/Observation",
    ],
)
def test_what_no_compartment_holds_is_not_supported(anna: System, path: str) -> None:
    refusal = anna.get(path)
    assert refusal.status_code == 404
    assert refusal.json()["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize(
    "patient_id", ["anna,bert", "anna,Patient%2Fbert", "anna%5C", "anna%00", "a" * 65, "anna$bert"]
)
def test_an_id_that_is_none_is_not_read_as_a_search(anna: System, patient_id: str) -> None:
    assert anna.get(f"Patient/{patient_id}/Observation").status_code == 404


def test_a_compartment_is_neither_a_history_nor_an_operation(anna: System) -> None:
    assert anna.get("Patient/anna/_history").json()["type"] == "history"
    assert anna.get("Patient/anna/$nothing").status_code == 404
    assert anna.get("Patient/anna/*?_type=Organization").status_code == 400
    assert anna.put("Patient/anna/Observation", builders.place_of_death()).status_code == 405
