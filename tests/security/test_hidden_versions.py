"""Versions of what was hidden before, is hidden since, or was taken away; and histories in which they would stand."""

from itertools import chain
from typing import Any
from uuid import uuid4

import pytest

from tests import builders
from tests.answers import pages
from tests.security import people
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG, Person
from tests.systems import System

MOVING = ("8 Foxglove End", "Larchester", "ZZ95 8TT", "01632 960555")
HISTORIES = ("_history?_count=1000", "Patient/_history?_count=1000", "Observation/_history?_count=1000")


def versions(page: Any) -> list[str]:
    return [entry["fullUrl"].partition("/R4/")[2] for entry in page.json().get("entry", [])]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("asked", ["", "&_since=2020-01-01T00:00:00Z", "&_at=2026", "&_summary=true", "&_elements=id"])
def test_no_history_tells_of_somebody_hidden(world: World, history: str, asked: str) -> None:
    """On every page: the world is full of what other attacks have made since."""
    assert any(HEDWIG.id in one for one in walked(world.integration, history + asked))
    for system in world.attackers:
        seen = walked(system, history + asked)
        assert seen, "There is something to be seen: the histories are not refused as a whole"
        assert not any(HEDWIG.id in one for one in seen)


def walked(system: System, url: str) -> list[str]:
    """The versions of all pages; where a total is told, it is of these alone."""
    first = system.get(url)
    seen = list(chain(*map(versions, pages(system, first))))
    assert first.json().get("total") in (None, len(seen))
    return seen


def test_no_page_of_a_history_is_shorter_for_what_is_hidden_in_it(world: World) -> None:
    """A page of five holds five, as long as there are more that may be seen."""
    for system in world.attackers:
        walked = [len(versions(page)) for page in pages(system, system.get("Observation/_history?_count=2"))]
        assert set(walked[:-1]) <= {2}


@pytest.mark.parametrize("version", ["1", "2", "0", "-1", "01", "1.0", "99999999999999999999", "%31", "1%00", "latest"])
def test_no_version_of_somebody_hidden_is_read(world: World, version: str) -> None:
    for system in world.attackers:
        answers = [system.get(f"Patient/{one}/_history/{version}") for one in (HEDWIG.id, "hw-8f4")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def a_person(practice: str = "Y99001") -> Person:
    """Somebody who is in nobody else's way."""
    name = uuid4().hex[:8]
    return Person(f"p-{name}", builders.a_number(int(name, 16) % 900 + 2000), practice, "Mover", "Max", MOVING)


def test_who_has_moved_takes_the_earlier_versions_along(world: World) -> None:
    """The versions that the old practice wrote itself are no more its own than the person is."""
    world.witness.taken()
    who = a_person()
    world.integration.keep(people.patient(who))
    hers = world.connect("practice", organisation="Y99001", hidden=())
    assert hers.get(f"{who.patient}/_history/1").status_code == 200
    moved = people.patient(who, generalPractitioner=builders.at_practice("Y99002"))
    assert world.integration.put(who.patient, moved).status_code == 200
    blind(world, hers, who)
    for url in (who.patient, f"{who.patient}/_history", f"{who.patient}/_history/1", f"{who.patient}/_history/2"):
        answer = hers.get(url)
        assert (answer.status_code, answer.content) == (404, hers.get(url.replace(who.id, "hw-8f4")).content)
    for history in HISTORIES:
        assert not any(who.id in one for one in versions(hers.get(history)))


def blind(world: World, system: System, who: Person) -> None:
    """From now on; what passed before this was right."""
    world.witness.taken()
    world.witness.blind(system.token, who.telling)


def test_what_was_deleted_of_somebody_hidden_is_not_gone_but_not_there(world: World) -> None:
    """410 would tell that there was something."""
    gone = builders.observation(id=f"{HEDWIG.id}-gone-{uuid4().hex[:6]}", subject=builders.reference(HEDWIG.patient))
    world.integration.keep(gone)
    assert world.integration.delete(f"Observation/{gone['id']}").status_code == 204
    assert world.integration.get(f"Observation/{gone['id']}").status_code == 410
    for system in world.attackers:
        for ending in ("", "/_history", "/_history/1", "/_history/2"):
            answers = [system.get(f"Observation/{one}{ending}") for one in (gone["id"], "hw-8f4")]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content


def test_an_id_that_somebody_hidden_has_had_is_not_taken_over(world: World) -> None:
    """To bring a resource back under a hidden id would make the earlier versions one's own."""
    gone = builders.observation(id=f"{HEDWIG.id}-back-{uuid4().hex[:6]}", subject=builders.reference(HEDWIG.patient))
    world.integration.keep(gone)
    world.integration.delete(f"Observation/{gone['id']}")
    mine = builders.observation(id=gone["id"], subject=builders.reference(ANNA.patient))
    for system in world.attackers:
        assert system.put(f"Observation/{gone['id']}", mine).status_code in (403, 404, 409, 422)
        assert system.get(f"Observation/{gone['id']}/_history/1").status_code == 404


def test_a_resource_is_not_handed_over_to_another_person(world: World) -> None:
    """The versions of Anna's would become Hedwig's, or the other way about."""
    for system in world.attackers:
        mine = builders.observation(id=f"{ANNA.id}-observation", subject=builders.reference(HEDWIG.patient))
        assert system.put(f"Observation/{ANNA.id}-observation", mine).status_code in (403, 404, 409, 422)
        patch = {"op": "replace", "path": "/subject/reference", "value": HEDWIG.patient}
        assert system.patch(f"Observation/{ANNA.id}-observation", patch).status_code in (403, 404, 409, 422)
    assert world.integration.get(f"Observation/{ANNA.id}-observation").json()["subject"]["reference"] == ANNA.patient


def test_if_none_match_tells_nothing_of_a_version(world: World) -> None:
    for system in world.attackers:
        for tag in ('W/"1"', "*", 'W/"2"'):
            answers = [system.get(f"Patient/{one}", **{"If-None-Match": tag}) for one in (HEDWIG.id, "hw-8f4")]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content
            assert "etag" not in answers[0].headers
