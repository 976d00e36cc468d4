"""A number, or that there is nothing, tells of a person too: it is on record, and a claim like any other look."""

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, tables
from tests.systems import System, connect


@pytest.fixture
def anna(integration: System) -> System:
    """Anna of the practice Y99001 with a wish, and Bert of Y99002."""
    integration.keep(*builders.people_of_two_practices(), builders.place_of_death(id="wish"))
    return integration


@pytest.fixture
def officer(http: TestClient, database: Database, anna: System) -> System:
    """The privacy officer of Anna's practice."""
    return connect(http, database, "privacy-officer", organisation="Y99001", scope="system/*.rs", user="p.officer")


def told(database: Database, since: int) -> list[tuple[str, str, str]]:
    return [(one.action, one.disclosed, one.basis) for one in tables.audit(database)[since:]]


@pytest.mark.parametrize(
    "asked",
    [
        "Observation?patient=anna&_summary=count",
        "Observation?patient=anna&_count=0",
        "Patient?_has:Observation:patient:status=final&_summary=count",
        "Observation?patient=anna&code=304251008",
        "Observation?patient=Patient/anna&code=304251008&_summary=count",
        "Patient/anna/AllergyIntolerance",
    ],
)
def test_a_number_and_nothing_found_are_told_of_a_person_too(
    anna: System, hospital: System, officer: System, database: Database, asked: str
) -> None:
    anna.keep(builders.condition(id="ill"))
    before = len(tables.audit(database))
    answer = hospital.get(asked)
    assert (answer.status_code, "entry" in answer.json()) == (200, False)
    assert told(database, before) == [("search", "", "claimed")]
    assert "Patient/anna" in officer.get("AuditEvent/$review-queue").text


def test_a_total_is_told_of_all_whom_it_counts(anna: System, hospital: System, database: Database) -> None:
    before = len(tables.audit(database))
    assert hospital.get("Patient?_id=anna,bert&_sort=_id&_count=1&_total=accurate").json()["total"] == 2
    assert told(database, before) == [("search", "Patient/anna", "claimed"), ("search", "", "claimed")]


def test_that_there_is_nothing_of_who_is_hidden_is_told_of_nobody(
    anna: System, hospital: System, database: Database
) -> None:
    anna.keep(builders.sharing("deny", id="no"))
    before = len(tables.audit(database))
    hospital.get("Observation?patient=anna&_summary=count")
    assert told(database, before) == [("search", "", "")]
