"""Conditions at once: real threads, each with its own connection, on both databases."""

from typing import Any

from service.db import Database
from service.errors import HeartseaseError
from service.fhir import patching
from service.store import conditions, judging
from service.store.saved import Saved
from tests import builders, tables
from tests.store.test_write import at_once, change, put

SEVEN = "identifier=https://example.org|7"


def surgery(**changes: Any) -> dict[str, Any]:
    identifier = [{"system": "https://example.org", "value": "7"}]
    return judging.judged(builders.organization(identifier=identifier, **changes))


def refused(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results if isinstance(result, HeartseaseError))


def versions(database: Database, type_name: str) -> int:
    kept = tables.rows(database, ["resource_version"])["resource_version"]
    return sum(f"'{type_name}'" in row for row in kept)


def test_identical_conditional_creates_at_once_make_one(database: Database) -> None:
    def create() -> Saved:
        return change(database, lambda changes: conditions.create(changes, surgery(), SEVEN))

    results = at_once(*[create] * 6)
    assert refused(results) == []
    assert len({saved.id for saved in results}) == 1
    assert versions(database, "Organization") == 1


def test_identical_conditional_updates_at_once_make_one_resource_and_lose_no_version(database: Database) -> None:
    def update(name: str) -> Saved:
        return change(database, lambda changes: conditions.update(changes, surgery(name=name), SEVEN))

    results = at_once(*[lambda name=name: update(name) for name in "abcdef"])
    assert refused(results) == []
    assert len({saved.id for saved in results}) == 1
    assert sorted(saved.version for saved in results) == [1, 2, 3, 4, 5, 6]


def test_a_conditional_create_and_a_conditional_update_at_once_make_one(database: Database) -> None:
    def create() -> Saved:
        return change(database, lambda changes: conditions.create(changes, surgery(), SEVEN))

    def update() -> Saved:
        return change(database, lambda changes: conditions.update(changes, surgery(), SEVEN))

    results = at_once(create, update, create, update)
    assert refused(results) == []
    assert len({saved.id for saved in results}) == 1


def test_of_two_patches_of_one_version_at_once_one_wins(database: Database) -> None:
    put(database, builders.organization(id="leek", name="Old"))

    def patch(name: str) -> Saved:
        sent = patching.understood(f'[{{"op":"replace","path":"/name","value":"{name}"}}]'.encode())
        return change(database, lambda changes: changes.patch("Organization", "leek", sent, if_match=[1]))

    results = at_once(lambda: patch("a"), lambda: patch("b"), lambda: patch("c"))
    assert refused(results) == ["VersionConflict"] * 2
    assert versions(database, "Organization") == 2


def test_patches_of_different_elements_at_once_lose_nothing(database: Database) -> None:
    put(database, builders.organization(id="leek", alias=["first"]))

    def patch(name: str) -> Saved:
        sent = patching.understood(f'[{{"op":"add","path":"/alias/-","value":"{name}"}}]'.encode())
        return change(database, lambda changes: changes.patch("Organization", "leek", sent))

    results = at_once(*[lambda name=name: patch(name) for name in "abcd"])
    assert refused(results) == []
    assert sorted(saved.version for saved in results) == [2, 3, 4, 5]


def test_of_an_update_and_a_delete_of_one_version_at_once_one_wins(database: Database) -> None:
    put(database, builders.organization(id="leek"))
    body = judging.judged(builders.organization(id="leek", name="New"))
    results = at_once(
        lambda: change(database, lambda changes: changes.update(body, if_match=[1])),
        lambda: change(database, lambda changes: changes.delete("Organization", "leek", if_match=[1])),
    )
    assert refused(results) == ["VersionConflict"]


def test_of_two_who_create_under_one_id_at_once_one_wins(database: Database) -> None:
    def create() -> Saved:
        body = judging.judged(builders.organization(id="leek"))
        return change(database, lambda changes: changes.update(body, if_none_here=True))

    results = at_once(create, create, create)
    assert set(refused(results)) <= {"Conflict", "VersionConflict"}
    assert len(refused(results)) == 2
    assert versions(database, "Organization") == 1
