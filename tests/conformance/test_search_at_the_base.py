"""Search over several types at the base URL: FHIR R4 §3.1.1.1 and _type."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, tables
from tests.answers import BASE, found
from tests.systems import System, connect


@pytest.fixture
def anna(integration: System) -> System:
    """Anna, of the practice Y99001, with a wish and a plan; Bert, of another, with a wish."""
    integration.keep(
        *builders.people_of_two_practices(),
        builders.place_of_death(id="wish"),
        builders.care_plan(id="plan"),
        builders.place_of_death(id="his", subject=builders.reference("Patient/bert")),
    )
    return integration


def by_post(system: System, **fields: str) -> Any:
    return system.http.post("/fhir/R4/_search", data=fields, headers=system.headers())


EVERYTHING = ["CarePlan/plan", "Observation/his", "Observation/wish", "Patient/anna", "Patient/bert"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?_type=Observation", ["Observation/his", "Observation/wish"]),
        ("?_type=Observation,CarePlan", ["CarePlan/plan", "Observation/his", "Observation/wish"]),
        ("?_type=Observation,CarePlan&patient=anna", ["CarePlan/plan", "Observation/wish"]),
        ("?_type=Observation,CarePlan&_id=plan,wish", ["CarePlan/plan", "Observation/wish"]),
        ("?_id=anna,wish", ["Observation/wish", "Patient/anna"]),
        ("?_lastUpdated=ge2020-01-01", EVERYTHING),
        ("", EVERYTHING),
    ],
)
def test_a_search_at_the_base_finds_all_types_or_those_named(anna: System, query: str, expected: list[str]) -> None:
    assert found(anna.http.get(f"/fhir/R4{query}", headers=anna.headers())) == expected


def test_get_and_post_find_the_same_and_a_slash_changes_nothing(anna: System) -> None:
    expected = ["CarePlan/plan", "Observation/wish"]
    assert found(by_post(anna, _type="Observation,CarePlan", patient="anna")) == expected
    assert found(anna.get("?_type=Observation,CarePlan&patient=anna")) == expected


def test_the_types_come_in_pages(anna: System) -> None:
    page = anna.get("?_type=Observation,CarePlan&_count=2")
    seen = found(page)
    links = {link["relation"]: link["url"] for link in page.json()["link"]}
    assert links["self"].startswith(f"{BASE}?_type=Observation%2CCarePlan")
    following = anna.http.get(links["next"], headers=anna.headers())
    assert sorted(seen + found(following)) == ["CarePlan/plan", "Observation/his", "Observation/wish"]


def test_a_page_of_all_types_opened_by_another_shows_the_types_that_are_theirs(
    http: TestClient, database: Database, anna: System
) -> None:
    page = anna.get("?_id=anna,wish,plan&_count=1").json()
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    narrow = connect(http, database, "integration", scope="system/CarePlan.rs")
    assert found(narrow.http.get(following, headers=narrow.headers())) == ["CarePlan/plan"]


def test_a_practice_finds_its_own_people_and_counts_no_others(anna: System, practice: System) -> None:
    assert found(practice.get("?_id=anna,bert,wish,his")) == ["Observation/wish", "Patient/anna"]
    assert practice.get("?_type=Patient,Observation&_summary=count").json()["total"] == 2


def test_a_named_type_needs_its_scope_and_the_others_are_left_out(
    http: TestClient, database: Database, anna: System
) -> None:
    narrow = connect(http, database, "integration", scope="system/CarePlan.rs")
    refusal = narrow.get("?_type=CarePlan,Observation")
    assert refusal.status_code == 403
    assert "system/Observation.s" in refusal.text
    assert found(narrow.get("?_lastUpdated=ge2020-01-01")) == ["CarePlan/plan"]


def test_the_audit_names_what_was_found_by_type(anna: System, database: Database) -> None:
    anna.get("?_id=anna,wish")
    event = tables.audit(database)[-1]
    assert sorted(event.disclosed.split()) == ["Observation/wish", "Patient/anna"]
    assert event.resource_type == ""


@pytest.mark.parametrize(
    "query",
    [
        "_type=Nothing",
        "_type=",
        "_type=Observation,Nothing",
        "_type=Patient&_type=Observation",
        "_type=Patient,Observation&birthdate=1940",
        "status=final",
    ],
)
def test_what_not_all_the_types_have_is_refused(anna: System, query: str) -> None:
    assert anna.get(f"?{query}").status_code == 400


def test_a_type_in_the_url_takes_no_other_types(anna: System) -> None:
    assert anna.get("Observation?_type=Patient").status_code == 400


@pytest.mark.parametrize("path", ["Nothing", "Nothing/1", "Nothing?_id=1"])
def test_a_type_that_is_not_held_is_not_supported(anna: System, path: str) -> None:
    refusal = anna.get(path)
    assert refusal.status_code == 404
    assert refusal.json()["issue"][0]["code"] == "not-supported"
