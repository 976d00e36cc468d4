"""What a role may not write, confirm or end is refused whichever way it is written, and nothing is left behind."""

from collections.abc import Callable
from typing import Any

import pytest

from service import clock
from service.access import policy
from service.actor import Actor, Sees, everything
from service.db import Database
from service.errors import Forbidden
from service.fhir import patching
from service.register import codes
from service.store import judging, write
from service.store.write import Writing
from tests import builders, tables

PERSON = builders.patient(id="anna")
WISH = builders.place_of_death("21", id="wish", effectiveDateTime="2025-03-01T10:00:00Z")
CPR = builders.cpr_decision(id="cpr", effectiveDateTime="2025-03-01T10:00:00Z")
PROGNOSIS = builders.prognosis(id="prognosis", effectiveDateTime="2025-03-01T10:00:00Z")
ITEMS = {"preferences": WISH, "cpr-decision": CPR, "prognosis": PROGNOSIS}
WRITERS = {
    "preferences": {"gp", "community-nurse", "hospice", "hospital", "care-home", "social-care", "system"},
    "cpr-decision": {"gp", "hospice", "hospital", "system"},
    "prognosis": {"gp", "community-nurse", "hospice", "hospital", "system"},
}
ENDERS = {"gp", "community-nurse", "hospice", "system"}
ROLES = tuple(policy.all_roles())


def of_role(role: str) -> Actor:
    """Somebody of this role to whom every type and every person is open, so that the item alone decides."""
    barred = policy.role(role).barred
    return Actor("tests", "X26", Sees.EVERYONE, everything("tests").permissions, role=role, barred=barred)


def change(database: Database, work: Callable[[Writing], Any], *, role: str = "system") -> None:
    with database.transaction() as session, write.writing(session, by=of_role(role), at=clock.now()) as changes:
        work(changes)


def put(database: Database, *resources: builders.Body, role: str = "system") -> None:
    change(database, lambda changes: [changes.update(judging.judged(one)) for one in resources], role=role)


def is_refused(database: Database, work: Callable[[Writing], Any], *, role: str) -> bool:
    """Whether the role may not do this; what is refused must leave the versions as they were."""
    before = tables.rows(database, names=["resource_version"])
    try:
        change(database, work, role=role)
    except Forbidden:
        assert tables.rows(database, names=["resource_version"]) == before
        return True
    return False


def updating(resource: builders.Body) -> Callable[[Writing], Any]:
    return lambda changes: changes.update(resource)


def deleting(type_name: str, resource_id: str) -> Callable[[Writing], Any]:
    return lambda changes: changes.delete(type_name, resource_id)


def confirming(earlier: builders.Body) -> builders.Body:
    link = {"url": codes.CONFIRMED_UNCHANGED, "valueReference": builders.reference(f"Observation/{earlier['id']}")}
    return {**earlier, "id": "again", "effectiveDateTime": "2025-06-01T10:00:00Z", "extension": [link]}


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_is_written_changed_and_taken_back_by_the_roles_that_may(database: Database, item: str) -> None:
    put(database, PERSON)
    for role in ROLES:
        refused = role not in WRITERS[item]
        observation = judging.judged({**ITEMS[item], "id": f"of-{role}"})
        assert is_refused(database, updating(observation), role=role) is refused
        put(database, observation)
        mistake = {**observation, "status": "entered-in-error"}
        assert is_refused(database, updating(mistake), role=role) is refused
        assert is_refused(database, deleting("Observation", observation["id"]), role=role) is refused


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_is_confirmed_by_the_roles_that_may(database: Database, item: str) -> None:
    put(database, PERSON, ITEMS[item])
    for role in ROLES:
        again = judging.judged({**confirming(ITEMS[item]), "id": f"of-{role}"})
        refused = is_refused(database, updating(again), role=role)
        assert refused is (role not in WRITERS[item])


ENDS = {
    "finished": updating(builders.ended_registration(id="spell")),
    "a mistake": updating(builders.registration(id="spell", status="entered-in-error")),
    "no registration": updating(builders.registration(id="spell", type=[{"text": "Nursing"}])),
    "an end": updating(builders.registration(id="spell", period={"start": "2025-01-01", "end": "2025-02-01"})),
    "deleted": deleting("EpisodeOfCare", "spell"),
}


@pytest.mark.parametrize("role", ["community-nurse", "hospital"])
@pytest.mark.parametrize("end", ENDS)
def test_a_registration_is_ended_by_the_roles_that_may_whichever_way_it_ends(
    database: Database, role: str, end: str
) -> None:
    put(database, *builders.minimum_record(PERSON, id="spell"))
    assert is_refused(database, ENDS[end], role=role) is (role not in ENDERS)


def test_who_may_not_end_a_registration_may_open_and_change_it(database: Database) -> None:
    put(database, *builders.minimum_record(PERSON, id="spell"), role="hospital")
    put(database, builders.registration(id="spell", status="onhold"), role="hospital")


def test_an_observation_that_asks_two_questions_needs_the_right_to_both(database: Database) -> None:
    both = {"coding": [*WISH["code"]["coding"], *CPR["code"]["coding"]]}
    put(database, PERSON)
    hidden = {**WISH, "code": both}
    assert is_refused(database, updating(hidden), role="care-home")


def test_a_decision_is_not_turned_into_something_that_the_role_may_write(database: Database) -> None:
    put(database, PERSON, CPR)
    assert is_refused(database, updating({**WISH, "id": "cpr"}), role="care-home")


def test_a_patch_is_a_write(database: Database) -> None:
    put(database, PERSON, CPR)
    taken_back = patching.understood(b'[{"op": "replace", "path": "/status", "value": "entered-in-error"}]')
    assert is_refused(database, lambda changes: changes.patch("Observation", "cpr", taken_back), role="community-nurse")


def test_what_was_deleted_does_not_stand_in_the_way(database: Database) -> None:
    put(database, PERSON, CPR)
    change(database, deleting("Observation", "cpr"))
    put(database, {**WISH, "id": "cpr"}, role="care-home")


def test_a_refusal_names_the_item_in_words_and_no_more(database: Database) -> None:
    put(database, PERSON)
    with pytest.raises(Forbidden) as refused:
        put(database, CPR, role="care-home")
    assert refused.value.message == (
        "The role of this token may not write CPR decision; docs/access.md tells which roles may"
    )


def test_other_observations_are_no_items(database: Database) -> None:
    put(database, PERSON)
    put(database, builders.observation(id="weight", code={"text": "Body weight"}), role="ambulance")
