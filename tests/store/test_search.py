"""What stands below the HTTP searches: counting, searching several types, and that no statement reads all there is."""

import re
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from service import actor, clock
from service.actor import Sees
from service.db import Database
from service.errors import Unreadable
from service.store import judging, search, search_sql, write
from tests import builders, plans

EVERYTHING = actor.everything("tests")


@pytest.fixture
def kept(database: Database) -> Database:
    with database.transaction() as session, write.writing(session, by=EVERYTHING, at=clock.now()) as changes:
        changes.update(builders.patient(id="anna"))
        for number in range(3):
            changes.update(builders.place_of_death(id=f"wish-{number}", subject={"reference": "Patient/anna"}))
    return database


def query(type_name: str, **asked: str) -> search.Query:
    type_ = judging.held(type_name) if type_name else None
    return search.parsed(type_, [(name.replace("__", ":"), value) for name, value in asked.items()])


def rows(database: Database, asked: tuple[Any, dict[str, Any]]) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(*asked))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, 3),
        ({"status": "final"}, 3),
        ({"status__not": "final"}, 0),
        ({"patient": "anna"}, 3),
        ({"_id": "wish-1"}, 1),
    ],
)
def test_matches_are_counted(kept: Database, asked: dict[str, str], expected: int) -> None:
    assert rows(kept, search_sql.count_statement(query("Observation", **asked), EVERYTHING)) == [(expected,)]


def test_a_search_at_the_base_finds_what_its_types_hold(kept: Database) -> None:
    found = search_sql.found(
        rows(kept, search_sql.statement(query("", _type="Patient,Observation"), EVERYTHING)), by=EVERYTHING
    )
    assert [match.resource_type for match in found] == ["Patient", "Observation", "Observation", "Observation"]


def test_a_search_at_the_base_without_types_leaves_out_what_the_token_may_not_search(kept: Database) -> None:
    narrow = actor.Actor("tests", "", actor.Sees.EVERYONE, frozenset({("Patient", "s")}))
    found = search_sql.found(rows(kept, search_sql.statement(query("", _lastUpdated="ge2000"), narrow)), by=narrow)
    assert [match.id for match in found] == ["anna"]


@pytest.mark.parametrize("asked", [{"status": "final"}, {"_type": "Device"}, {"_type": "Patient", "colour": "blue"}])
def test_a_search_at_the_base_takes_what_all_its_types_have(asked: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        query("", **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"identifier": "1"},
        {"patient": "anna", "date": "ge2025"},
        {"status": "final", "date": "ge2025"},
        {"status": "final", "code": "395091006"},
        {"date": "ge2025"},
        {"_sort": "-date"},
        {"patient.identifier": "1"},
        {"patient.gender": "male", "status": "final"},
        {"performer": "Practitioner/brook"},
        {},
    ],
)
@pytest.mark.parametrize("sees", [Sees.EVERYONE, Sees.SHARED, Sees.PERMITTED, Sees.OWN_PATIENTS, Sees.SELF])
def test_no_search_scans_a_table(kept: Database, asked: dict[str, str], sees: Sees) -> None:
    by = actor.Actor("tests", "RX9", sees, EVERYTHING.permissions, user="dr-1", person_pk=1)
    statement, parameters = search_sql.statement(query("Observation", **asked), by)
    assert plans.walks(kept, statement, parameters) == []


@pytest.mark.parametrize(
    ("asked", "spoils"),
    [
        ({"_id": "anna"}, r"\.id = [^)]*COLLATE"),  # the ids have an index of another collation
        ({"identifier": "https://example.org|1"}, r"\.system = "),  # PostgreSQL 18 would skip through every key
    ],
)
def test_nothing_keeps_postgresql_from_looking_up_by_key(asked: dict[str, str], spoils: str) -> None:
    statement, _ = search_sql.statement(query("Patient", **asked), EVERYTHING)
    assert not re.search(spoils, str(statement.compile(dialect=postgresql.asyncpg.dialect())))
