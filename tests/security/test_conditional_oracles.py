"""Conditional interactions ask before they write: what they ask of somebody hidden is answered as of nobody."""

from typing import Any

import pytest

from tests import builders, tables
from tests.builders import reference
from tests.bundles import request, transaction
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG, NOBODY
from tests.systems import System

TABLES = ("resource", "resource_version", "search_index", "person")


def conditions() -> list[tuple[str, str]]:
    """A search that finds something of Hedwig's, and the same of somebody who is not there."""
    pairs = [
        (f"identifier={HEDWIG.number}", f"identifier={NOBODY}"),
        (f"_id={HEDWIG.id}-observation", "_id=hw-8f4-observation"),
        (f"patient={HEDWIG.id}", "patient=hw-8f4"),
        (f"patient.identifier={HEDWIG.number}", f"patient.identifier={NOBODY}"),
        (f"patient.name={HEDWIG.family}", "patient.name=Nobodyatall"),
        (f"patient.name={HEDWIG.family}&code=395091006", "patient.name=Nobodyatall&code=395091006"),
    ]
    return pairs[1:]


def same(answers: list[Any]) -> None:
    first, second = answers
    assert first.status_code == second.status_code, (first.text, second.text)
    if first.status_code >= 400:
        assert first.content == second.content


@pytest.mark.parametrize("condition", conditions(), ids=lambda pair: pair[0].partition("=")[0])
def test_a_conditional_delete_finds_nothing_hidden(world: World, condition: tuple[str, str]) -> None:
    before = tables.rows(world.database, TABLES)
    for system in world.attackers:
        same([system.delete(f"Observation?{one}") for one in condition])
    assert tables.rows(world.database, before) == before


@pytest.mark.parametrize("condition", conditions(), ids=lambda pair: pair[0].partition("=")[0])
def test_a_conditional_patch_finds_nothing_hidden(world: World, condition: tuple[str, str]) -> None:
    before = tables.rows(world.database, TABLES)
    change = {"op": "replace", "path": "/status", "value": "amended"}
    for system in world.attackers:
        answers = [system.patch(f"Observation?{one}", change) for one in condition]
        assert answers[0].status_code in (404, 412), answers[0].text
        same(answers)
    assert tables.rows(world.database, before) == before


@pytest.mark.parametrize("condition", conditions(), ids=lambda pair: pair[0].partition("=")[0])
def test_a_conditional_update_finds_nothing_hidden(world: World, condition: tuple[str, str]) -> None:
    """Sent with what is refused anyway, lest it make something where nothing is found."""
    before = tables.rows(world.database, TABLES)
    for system in world.attackers:
        for body in (builders.place_of_death(subject=reference("Patient/nobody")), {"resourceType": "Observation"}):
            answers = [system.put(f"Observation?{one}", body) for one in condition]
            assert answers[0].status_code in (403, 404, 412, 422)
            same(answers)
    assert tables.rows(world.database, before) == before


@pytest.mark.parametrize("condition", conditions(), ids=lambda pair: pair[0].partition("=")[0])
@pytest.mark.parametrize("tag", ['W/"1"', 'W/"2"'])
def test_a_version_asked_for_beside_a_condition_tells_nothing(
    world: World, condition: tuple[str, str], tag: str
) -> None:
    for system in world.attackers:
        change = {"op": "test", "path": "/status", "value": "final"}
        same([system.patch(f"Observation?{one}", change, **{"If-Match": tag}) for one in condition])
        same([system.delete(f"Observation?{one}", **{"If-Match": tag}) for one in condition])


@pytest.mark.parametrize("condition", conditions(), ids=lambda pair: pair[0].partition("=")[0])
def test_a_conditional_create_finds_nothing_hidden(world: World, condition: tuple[str, str]) -> None:
    """200 would say that there is one. What is sent could not be made, whatever is found."""
    body = builders.place_of_death(subject=reference("Patient/nobody"))
    for system in world.attackers:
        answers = [system.post("Observation", body, **{"If-None-Exist": one}) for one in condition]
        assert answers[0].status_code in (403, 422)
        same(answers)


def test_a_patient_is_not_found_by_a_condition_on_a_number(world: World) -> None:
    """The number is taken, which a register cannot deny to who sends it; but not by whom, nor under which id."""
    for system in world.attackers:
        body = builders.patient(HEDWIG.number, generalPractitioner=builders.at_practice("Y99001"))
        told = [
            system.post("Patient", body),
            system.post("Patient", body, **{"If-None-Exist": f"identifier={HEDWIG.number}"}),
            system.put(f"Patient?identifier={HEDWIG.number}", body),
            system.put("Patient/hw-8f4", {**body, "id": "hw-8f4"}),
        ]
        for answer in told:
            assert 400 <= answer.status_code < 500, answer.text
            assert HEDWIG.id not in answer.text
            assert "location" not in answer.headers


def test_a_reference_that_searches_finds_nobody_hidden(world: World) -> None:
    """`Patient?identifier=…` as a reference in a transaction (R4 §3.1.0.11.3)."""
    for system in world.attackers:
        answers = [_by_search(system, number) for number in (HEDWIG.number, NOBODY)]
        assert answers[0].status_code in (400, 404, 412, 422)
        same(answers)


def _by_search(system: System, number: str) -> Any:
    wish = builders.place_of_death(subject=reference(f"Patient?identifier={number}"))
    return system.post("", transaction(request("POST", "Observation", wish)))


@pytest.mark.parametrize("path", ["/name/0/family", "/birthDate", "/address/0/postalCode"])
def test_a_patch_that_only_tests_reads_nothing_hidden(world: World, path: str) -> None:
    for value in (HEDWIG.family, "1940-05-06", HEDWIG.words[2]):
        for system in world.attackers:
            test = {"op": "test", "path": path, "value": value}
            same([system.patch(f"Patient/{one}", test) for one in (HEDWIG.id, "hw-8f4")])


def test_a_patch_that_fails_repeats_nothing_of_what_stands(world: World) -> None:
    """Of one's own too: errors end up in logs. The fixture looks for the words in the answers."""
    for operation in (
        {"op": "test", "path": "/name/0/family", "value": "Wrong"},
        {"op": "copy", "from": "/name/0/family", "path": "/birthDate"},
        {"op": "move", "from": "/name/0/family", "path": "/gender"},
        {"op": "copy", "from": "/address/0/postalCode", "path": "/identifier/0/value"},
        {"op": "add", "path": f"/{ANNA.family}", "value": ANNA.family},
        {"op": "replace", "path": "/name", "value": ANNA.family},
        {"op": ANNA.family, "path": "/name"},
        {"op": "remove", "path": f"/name/{ANNA.number}"},
    ):
        assert 400 <= world.practice.patch(ANNA.patient, operation).status_code < 500, operation


@pytest.mark.parametrize(
    "element", ["name", "birthDate", "gender", "address", "telecom", "identifier", "communication"]
)
def test_a_write_that_fails_repeats_nothing_of_what_was_sent(world: World, element: str) -> None:
    """A value in the wrong place, of the wrong kind, or that no code has."""
    for value in (ANNA.family, [ANNA.number], {ANNA.family: ANNA.number}, [{ANNA.family: [ANNA.words[0]]}], [None]):
        body = builders.patient(ANNA.number, id=ANNA.id, **{element: value})
        answer = world.practice.put(ANNA.patient, body)
        assert 400 <= answer.status_code < 500, answer.text
