"""Whatever is written in whatever order, by one or by several at once: what is derived is what a rebuild derives."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from service.db import Database
from service.errors import Conflict, HeartseaseError, Invalid, NotFound, Unavailable
from service.fhir import codec
from service.register import codes
from service.store import rebuild
from tests import builders, tables
from tests.builders import Body
from tests.store.test_derived import RESOURCE, delete, standing
from tests.store.test_reopening import DIED, notified
from tests.store.test_write import at_once, put

PATIENT = partial(builders.patient, id="anna")
ENDED_IN_ERROR: dict[str, Any] = {"status": "entered-in-error"}
PLANS: list[dict[str, Any]] = [{}, {"status": "draft"}]
ENDS: dict[str, Any] = {"period": {"start": "2025-03-01", "end": "2026-01-02"}}
DAYS = ("2025-05-01", "2025-06-01T09:00:00Z", "2025-06-01", "2025-07-01")
"""In the order in which they count: what is dated by a day alone holds at the end of it."""
STATUSES = ("final", "amended", "preliminary", "entered-in-error")
REFUSALS = (Conflict, Invalid, NotFound, Unavailable)
"""What a write may be answered with here: a second active registration or plan, and what no longer leads anywhere."""

WRITES: tuple[Callable[[random.Random], Body], ...] = (
    lambda rng: PATIENT(
        **rng.choice([{}, {"deceasedDateTime": "2026-01-02"}, {"extension": notified("U")}, {"deceasedBoolean": False}])
    ),
    lambda rng: builders.registration(
        id=rng.choice("ab"),
        **rng.choice([{}, {"status": "planned"}, {"status": "finished", "extension": [DIED], **ENDS}, ENDED_IN_ERROR]),
    ),
    lambda rng: builders.cpr_decision(
        rng.choice(["450476008", "450475007"]),
        id=rng.choice("abcd"),
        status=rng.choice(STATUSES),
        effectiveDateTime=rng.choice(DAYS),
    ),
    lambda rng: builders.advance_decision(id=rng.choice("ef"), status=rng.choice(["active", "inactive"])),
    lambda rng: builders.lasting_power(id=rng.choice("gh"), status=rng.choice(["active", "rejected"])),
    lambda rng: builders.sharing(rng.choice(["permit", "deny"]), id="i"),
    lambda rng: builders.care_plan(id=rng.choice("ab"), **rng.choice(PLANS)),
    lambda rng: builders.place_of_death(rng.choice(["20", "30"]), id=rng.choice("xy"), status=rng.choice(STATUSES)),
)


def a_write(database: Database, rng: random.Random) -> Callable[[], Any]:
    resource = rng.choice(WRITES)(rng)
    if rng.random() < 0.15 and resource["resourceType"] != "Patient":
        return partial(delete, database, resource["resourceType"], resource["id"])
    return partial(put, database, resource)


def alone(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except HeartseaseError as error:
        return error


def current(database: Database, type_name: str) -> list[tuple[int, Body]]:
    """What stands of a type, with its key."""
    of_type = (RESOURCE.c.resource_type == type_name, RESOURCE.c.deleted.is_(False))
    with database.reading() as session:
        found = session.execute(sa.select(RESOURCE.c.pk, RESOURCE.c.body).where(*of_type)).all()
    return [(row.pk, codec.loads(row.body)) for row in found]


def expected(database: Database) -> set[str]:
    """The Flags that ought to stand, told from the resources alone."""
    active = [each for _, each in current(database, "EpisodeOfCare") if each["status"] == "active"]
    assert len(active) <= 1
    assert len([each for _, each in current(database, "CarePlan") if each["status"] == "active"]) <= 1
    consents = [each for _, each in current(database, "Consent") if each["status"] == "active"]
    return {
        *(["on-the-register"] if active else []),
        *(["not-for-cpr"] if latest_decision(database) == codes.NOT_FOR_CPR.code else []),
        *(["advance-decision"] if any(each["id"] in "ef" for each in consents) else []),
        *(["lasting-power-of-attorney"] if any(each["id"] in "gh" for each in consents) else []),
    }


def latest_decision(database: Database) -> str:
    """By when it took effect, then by when it was written."""
    made = [
        (DAYS.index(each["effectiveDateTime"]), each["meta"]["lastUpdated"], pk, each["valueCodeableConcept"])
        for pk, each in current(database, "Observation")
        if each["id"] in "abcd" and each["status"] in ("final", "amended")
    ]
    return str(max(made, key=lambda one: one[:3])[3]["coding"][0]["code"]) if made else ""


def check(database: Database) -> None:
    assert standing(database).keys() == expected(database)
    before = tables.rows(database)
    with database.transaction() as session:
        rebuild.rebuild(session)
    assert {name: rows for name, rows in tables.rows(database).items() if before[name] != rows} == {}


@pytest.mark.parametrize("seed", range(10))
def test_a_rebuild_gives_what_any_history_of_writes_gave(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    with time_machine.travel("2026-01-10T09:00:00Z", tick=False) as now:
        for resource in (*builders.minimum_record(PATIENT())[:-1], builders.related_person(id="ben")):
            put(database, resource)
        for number in range(40):
            now.shift(3600)
            told = alone(a_write(database, rng))
            assert not isinstance(told, HeartseaseError) or isinstance(told, REFUSALS), told
            if number % 20 == 19:
                check(database)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_written_at_once_leaves_what_is_true(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    for resource in (*builders.minimum_record(PATIENT())[:-1], builders.related_person(id="ben")):
        put(database, resource)
    for _ in range(6):
        for told in at_once(*(a_write(database, rng) for _ in range(4))):
            assert not isinstance(told, HeartseaseError) or isinstance(told, REFUSALS), told
        check(database)
