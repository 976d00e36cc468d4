"""What is hidden and what is not there are one answer, to every way of asking (decision 4)."""

from typing import Any

import pytest

from service.db import Database
from tests import builders, bundles, tables
from tests.systems import System

ANNA, BEN = builders.a_number(0), builders.a_number(1)


def at(practice: str) -> dict[str, Any]:
    return {"generalPractitioner": builders.at_practice(practice)}


@pytest.fixture
def people(integration: System) -> System:
    """Anna of the practice Y99001, and Ben of Y99002, each with a wish."""
    for number, name, practice in ((ANNA, "anna", "Y99001"), (BEN, "ben", "Y99002")):
        integration.put(f"Patient/{name}", builders.patient(number, id=name, **at(practice)))
        wish = builders.place_of_death(id=f"wish-of-{name}", subject={"reference": f"Patient/{name}"})
        assert integration.put(f"Observation/wish-of-{name}", wish).status_code == 201
    return integration


def changed(system: System, observation_id: str, method: str) -> Any:
    """A write that expects a version."""
    url, if_match = f"Observation/{observation_id}", {"If-Match": 'W/"1"'}
    if method == "PUT":
        wish = builders.place_of_death(id=observation_id, subject={"reference": "Patient/anna"})
        return system.put(url, wish, **if_match)
    if method == "PATCH":
        return system.patch(url, {"op": "test", "path": "/status", "value": "final"}, **if_match)
    if method == "transaction":
        return system.post("", bundles.transaction(bundles.request("DELETE", url, ifMatch='W/"1"')))
    return system.delete(url, **if_match)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "transaction"])
def test_a_version_that_is_expected_does_not_tell_hidden_from_absent(
    people: System, practice: System, database: Database, method: str
) -> None:
    before = tables.rows(database)
    hidden, absent = (changed(practice, one, method) for one in ("wish-of-ben", "no-wish"))
    assert hidden.status_code == absent.status_code == 412
    assert hidden.content == absent.content
    assert tables.rows(database) == before


@pytest.mark.parametrize("version", ["", "/_history/1"])
def test_a_link_between_people_does_not_tell_hidden_from_absent(people: System, practice: System, version: str) -> None:
    answers = []
    for name in ("ben", "nobody"):
        link = [{"other": {"reference": f"Patient/{name}{version}"}, "type": "seealso"}]
        answers.append(practice.put("Patient/anna", builders.patient(ANNA, id="anna", link=link, **at("Y99001"))))
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content


def test_a_practice_keeps_a_link_that_stands_already(people: System, practice: System) -> None:
    link = [{"other": {"reference": "Patient/ben"}, "type": "seealso"}]
    assert people.put("Patient/anna", builders.patient(ANNA, id="anna", link=link, **at("Y99001"))).status_code == 200
    anna = practice.get("Patient/anna").json()
    assert practice.put("Patient/anna", {**anna, "gender": "female"}).status_code == 200


def test_a_practice_links_its_own_people_in_one_transaction(practice: System) -> None:
    link = [{"other": {"reference": "urn:uuid:ben"}, "type": "seealso"}]
    answer = practice.post(
        "",
        bundles.transaction(
            bundles.entry(builders.patient(ANNA, link=link, **at("Y99001")), "anna"),
            bundles.entry(builders.patient(BEN, **at("Y99001")), "ben"),
        ),
    )
    assert answer.status_code == 200, answer.text
