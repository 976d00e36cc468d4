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
from service.fhir import codec, sensitivity
from service.register import codes
from service.store import merging, rebuild
from tests import builders, tables
from tests.builders import Body
from tests.store.test_derived import RESOURCE, delete, standing
from tests.store.test_reopening import DIED, notified
from tests.store.test_write import at_once, change, put

PATIENT = partial(builders.patient, id="anna")
ENDED_IN_ERROR: dict[str, Any] = {"status": "entered-in-error"}
PLANS: list[dict[str, Any]] = [{}, {"status": "draft"}]
ENDS: dict[str, Any] = {"period": {"start": "2025-03-01", "end": "2026-01-02"}}
DAYS = ("2025-05-01", "2025-06-01T09:00:00Z", "2025-06-01", "2025-07-01")
"""In the order in which they count: what is dated by a day alone holds at the end of it."""
STATUSES = ("final", "amended", "preliminary", "entered-in-error")
ANN, ANNS_NUMBER = builders.reference("Patient/ann"), builders.a_number(1)
NUMBERS = [builders.a_number(2), builders.a_number(3)]
PRACTICES = ("Y99001", "Y99002")
DIAGNOSES = ("84114007", "110359009", "195967001")
REFUSALS = (Conflict, Invalid, NotFound, Unavailable)
"""What a write may be answered with here: a second active registration or plan, and what no longer leads anywhere."""

RESTRICTED: Body = {"system": sensitivity.CONFIDENTIALITY, "code": "R"}
UNRESTRICTED: Body = {"system": sensitivity.CONFIDENTIALITY, "code": "N"}
ODS = ("RA1", "RA2")
TEAMS: list[dict[str, Any]] = [
    {"participant": [{"member": builders.reference("Organization/org")}]},
    {"managingOrganization": [builders.reference("Organization/org")], "period": {"end": "2027-01"}},
    {"status": "inactive"},
]

WRITES: tuple[Callable[[random.Random], Body], ...] = (
    lambda rng: PATIENT(
        **rng.choice(
            [{}, {"deceasedDateTime": "2026-01-02"}, {"extension": notified("U")}, {"deceasedBoolean": False}]
        ),
        **rng.choice([{}, {}, {"meta": {"security": [RESTRICTED]}}, {"meta": {"security": [UNRESTRICTED]}}]),
    ),
    lambda rng: PATIENT(generalPractitioner=builders.at_practice(rng.choice(PRACTICES))),
    lambda rng: builders.condition(id="v", code=builders.concept((codes.SNOMED, rng.choice(DIAGNOSES)))),
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
    lambda rng: builders.organization(
        id="org", identifier=[{"system": codes.ODS_ORGANISATION, "value": rng.choice(ODS)}]
    ),
    lambda rng: builders.care_team(id="t", **rng.choice(TEAMS)),
    lambda rng: builders.place_of_death(rng.choice(["20", "30"]), id=rng.choice("xy"), status=rng.choice(STATUSES)),
)


TWINS: tuple[Callable[[random.Random], Body], ...] = (
    lambda rng: builders.patient(
        ANNS_NUMBER, id="ann", generalPractitioner=builders.at_practice(rng.choice(PRACTICES))
    ),
    lambda rng: builders.ended_registration(id=rng.choice("kl"), patient=ANN),
    lambda rng: builders.cpr_decision(id=rng.choice("mn"), subject=ANN, effectiveDateTime=rng.choice(DAYS)),
    lambda rng: builders.advance_decision(id="o", patient=ANN, status=rng.choice(["active", "inactive"])),
    lambda rng: builders.sharing(rng.choice(["permit", "deny"]), id="p", patient=ANN),
    lambda rng: builders.place_of_death("10", id="q", subject=rng.choice([ANN, builders.reference("Patient/anna")])),
)
"""What is written of another record of Anna, before it is merged with hers, while it is, and after."""


def renumbered(database: Database, rng: random.Random) -> None:
    """Anna's number is superseded, or what it was is taken back."""
    number, *older = rng.sample([builders.NHS_NUMBER, *NUMBERS], k=3)
    old = [{**builders.verified_number(one), "use": "old"} for one in older]
    put(database, PATIENT(identifier=[builders.verified_number(number), *old]))


def one_record_or_two(database: Database, rng: random.Random) -> Callable[[], Any]:
    act = rng.choice([merging.merge, merging.unmerge])
    pair = {"source": "Patient/ann", "target": "Patient/anna"}
    return partial(change, database, lambda changes: act(changes, **pair))


def a_write_of_twins(database: Database, rng: random.Random) -> Callable[[], Any]:
    chance = rng.random()
    if chance < 0.25:
        return one_record_or_two(database, rng)
    if chance < 0.35:
        return partial(renumbered, database, rng)
    if chance < 0.5:
        return a_write(database, rng)
    resource = rng.choice(TWINS)(rng)
    if chance > 0.9 and resource["resourceType"] != "Patient":
        return partial(delete, database, resource["resourceType"], resource["id"])
    return partial(put, database, resource)


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
    check_rebuilt(database)


def check_rebuilt(database: Database) -> None:
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


@pytest.mark.parametrize("seed", range(6))
def test_a_rebuild_gives_what_merging_and_taking_apart_gave(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    with time_machine.travel("2026-01-10T09:00:00Z", tick=False) as now:
        for resource in (*builders.minimum_record(PATIENT())[:-1], TWINS[0](rng), builders.related_person(id="ben")):
            put(database, resource)
        done = set()
        for number in range(60):
            now.shift(3600)
            told = alone(a_write_of_twins(database, rng))
            assert not isinstance(told, HeartseaseError) or isinstance(told, REFUSALS), told
            done.add(type(told))
            if number % 20 == 19:
                check_rebuilt(database)
        assert merging.Done in done


@pytest.mark.parametrize("seed", range(4))
def test_what_is_written_while_two_are_merged_leaves_what_a_rebuild_derives(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    for resource in (*builders.minimum_record(PATIENT())[:-1], TWINS[0](rng), builders.related_person(id="ben")):
        put(database, resource)
    for _ in range(6):
        works = [one_record_or_two(database, rng), *(a_write_of_twins(database, rng) for _ in range(3))]
        for told in at_once(*works):
            assert not isinstance(told, HeartseaseError) or isinstance(told, REFUSALS), told
        check_rebuilt(database)
