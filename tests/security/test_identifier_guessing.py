"""Ids and numbers are guessed: what is hidden and what is not there are one answer."""

import pytest

from tests.answers import found
from tests.security.conftest import World
from tests.security.people import HEDWIG, NOBODY, record
from tests.systems import System

HELD = ("Patient", *dict.fromkeys(one["resourceType"] for one in record(HEDWIG)))


@pytest.mark.parametrize("type_name", HELD)
def test_a_hidden_resource_and_one_that_is_not_there_are_one_answer(world: World, type_name: str) -> None:
    hidden, absent = HEDWIG.resource(type_name), f"{type_name}/hw-8f4"
    for system in world.attackers:
        for ending in ("", "/_history", "/_history/1", "/_history/99", "?_summary=true", "?_elements=id"):
            answers = [system.get(f"{one}{ending}") for one in (hidden, absent)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("type_name", HELD)
def test_no_write_tells_a_hidden_resource_from_one_that_is_not_there(world: World, type_name: str, method: str) -> None:
    """A PUT makes what is not there, so there it is asked for a version, which neither has."""
    for system in world.attackers:
        answers = [written(system, method, one) for one in (HEDWIG.resource(type_name), f"{type_name}/hw-8f4")]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (403, 404, 412, 422), answers[0].text
        assert answers[0].content == answers[1].content


def written(system: System, method: str, path: str):
    if method == "DELETE":
        return system.delete(path)
    if method == "PATCH":
        return system.patch(path, {"op": "replace", "path": "/language", "value": "en"})
    type_name, _, resource_id = path.partition("/")
    body = next(one for one in (*record(HEDWIG), {"resourceType": "Patient"}) if one["resourceType"] == type_name)
    return system.put(path, {**body, "id": resource_id}, **{"If-Match": 'W/"1"'})


def test_no_nhs_number_is_guessed(world: World) -> None:
    for system in world.attackers:
        hidden, absent = (system.summary(number) for number in (HEDWIG.number, NOBODY))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content


@pytest.mark.parametrize("operation", ["$everything", "$export"])
def test_no_operation_tells_a_hidden_person_from_one_who_is_not_there(world: World, operation: str) -> None:
    for system in world.attackers:
        answers = [system.get(f"Patient/{one}/{operation}") for one in (HEDWIG.id, "hw-8f4")]
        assert answers[0].status_code == answers[1].status_code == 404
        assert answers[0].content == answers[1].content


def test_the_compartment_of_a_hidden_person_is_empty_as_of_nobody(world: World) -> None:
    for system in world.attackers:
        for type_name in ("*", "Observation", "Consent", "Provenance"):
            hidden, absent = (system.get(f"Patient/{one}/{type_name}") for one in (HEDWIG.id, "hw-8f4"))
            assert found(hidden) == found(absent) == []
            assert hidden.json().get("total") == absent.json().get("total") == 0
