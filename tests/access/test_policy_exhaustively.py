"""Every role, purpose, relationship, consent, break-glass, restriction and type: what the policy means, said once more
in plain Python, against what the SQL filter returns.

`outcome`, `READS` and `WRITES` are written from the requirements and not from the code that they judge: they know no
SQL, no `Sees` and no table of the policy. One person stands for each combination of what can be true of a person, and
one actor for each of what can be true of an actor.
"""

import itertools
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock, db, migrations
from service.access import clients, policy
from service.access.claims import Spoken
from service.actor import Actor, Sees
from service.db import Database
from service.errors import Forbidden, NotFound
from service.fhir import codec
from service.read_door import ReadDoor
from service.register.models import Person, Registration, Relationship
from service.store import (
    access_filter,
    everything,
    export_rows,
    grounds,
    group,
    history,
    judging,
    read,
    search_sql,
    whereabouts,
)
from service.store.break_glass import BreakGlass
from service.store.models import Resource, ResourceVersion
from service.store.ownership import Ownership
from service.store.search import Query
from service.store.search_sql import Match
from tests.reading import through
from tests.security import people as invented

RELATIONSHIPS = ("practice", "managing", "team", "none", "ended")
CONSENTS = ("permitted", "", "denied", "withdrawn")
GLASSES = ("none", "valid", "expired", "of another user", "of another organisation")
SENSITIVITIES = ("", "R", "V")
OURS, PRACTICE, US, COLLEAGUE = "RX9", "Y99001", "dr-1", "dr-2"
WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """One combination of what can be true of a person, for the organisation that asks."""

    at: int
    relationship: str
    consent: str
    glass: str
    sensitivity: str

    @property
    def id(self) -> str:
        return f"p{self.at}"

    @property
    def pk(self) -> int:
        return 1000 * (self.at + 1)


EVERYBODY = tuple(
    Somebody(at, *one) for at, one in enumerate(itertools.product(RELATIONSHIPS, CONSENTS, GLASSES, SENSITIVITIES))
)


@dataclass(frozen=True)
class Asks:
    """One combination of what can be true of who asks, and on what basis the register shares."""

    role: str
    purpose: str
    basis: str
    user: str


DIRECT_CARE = ("TREAT", "ETREAT", "CAREMGT", "COC", "BTG")
CARERS = ("gp", "community-nurse", "hospice", "hospital", "ambulance", "care-home", "social-care")
ROLES = (*CARERS, "quality-lead", "privacy-officer", "patient", "system")
ACTORS = tuple(
    Asks(*one)
    for one in itertools.product(
        ROLES, (*DIRECT_CARE, "HQUALIMP", ""), ("direct-care", "explicit-consent"), (US, COLLEAGUE, "")
    )
)
SELF = EVERYBODY[len(EVERYBODY) // 2 - 1]
"""The person for whom the role of a patient asks."""
WHOLE, PART, NOTHING = "whole", "part", "nothing"


def outcome(asks: Asks, who: Somebody) -> str:
    """What the requirements say of this person's record to this actor: the whole, a part, or nothing."""
    if asks.role == "system":
        return WHOLE
    if asks.role == "patient":
        return WHOLE if who is SELF else NOTHING
    if who.relationship in ("practice", "managing", "team"):
        return WHOLE
    if asks.role not in CARERS or asks.purpose not in DIRECT_CARE:
        return NOTHING
    waits_for_consent = asks.basis == "explicit-consent" and asks.role != "ambulance" and asks.purpose != "ETREAT"
    is_shared = who.consent == "permitted" or (who.consent == "" and not waits_for_consent)
    has_broken_it = (who.glass, asks.user) in (("valid", US), ("of another user", COLLEAGUE))
    if not (is_shared or has_broken_it):
        return NOTHING
    return PART if who.sensitivity else WHOLE


WITHHELD = {"CareTeam", "RelatedPerson", "Provenance", "Binary", "Task", "QuestionnaireResponse"}
"""Of which nothing leaves to who sees a person in part."""


def outcome_of(asks: Asks, who: Somebody, type_name: str) -> str:
    found = outcome(asks, who)
    return NOTHING if found == PART and type_name in WITHHELD else found


HELD = frozenset(judging.TYPES)
READS = {
    **dict.fromkeys((*CARERS, "patient", "system"), HELD),
    "quality-lead": {
        *("Patient", "EpisodeOfCare", "Observation", "CarePlan", "Goal", "Condition", "Procedure", "Flag"),
        *("Organization", "Location"),
    },
    "privacy-officer": {"Patient", "Consent", "Provenance"},
}
"""The types held that a role may read. A quality lead sees no consent, medicine or document of anybody."""
_OF_WHAT_PEOPLE_WANT = frozenset(
    {
        *("Observation", "Goal", "RelatedPerson", "QuestionnaireResponse", "Task", "Provenance"),
        *("Practitioner", "PractitionerRole"),
    }
)
WRITES = {
    **dict.fromkeys(("gp", "community-nurse", "hospice", "hospital", "system"), HELD),
    **dict.fromkeys(("care-home", "social-care"), _OF_WHAT_PEOPLE_WANT),
    **dict.fromkeys(("ambulance", "quality-lead", "privacy-officer", "patient"), frozenset()),
}
"""The types that a role may write: an ambulance reads; a care home records what people want."""
DECIDES = {
    "prognosis": {"gp", "community-nurse", "hospice", "hospital", "system"},
    "cpr-decision": {"gp", "hospice", "hospital", "system"},
    "place-of-death": {*CARERS, "system"} - {"ambulance"},
}
"""Who may write and confirm an answer: prognosis and CPR as the information standard has it, wishes all who care."""
ENDS = {"gp", "community-nurse", "hospice", "system"}
"""Who may end a registration."""


def actor(asks: Asks) -> Actor:
    """The Actor that the edge makes of it, with every scope."""
    whose = SELF.pk if asks.role == "patient" else None
    spoken = Spoken(OURS, asks.role, asks.user, asks.purpose, whose)
    basis: Any = asks.basis
    return clients.actor("a-client", spoken, "system/*.cruds", sharing=basis)


# What a role may do


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_and_writes_the_types_that_it_should(role: str) -> None:
    by = actor(Asks(role, "TREAT", "direct-care", US))
    for type_name in HELD:
        assert {letter for letter in "rs" if by.may(letter, type_name)} == set("rs" if type_name in READS[role] else "")
        written = set("cud" if type_name in WRITES[role] else "")
        assert {letter for letter in "cud" if by.may(letter, type_name)} == written, type_name


def test_the_roles_are_those_of_the_requirements() -> None:
    assert set(policy.all_roles()) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_decides_and_ends_what_it_should(role: str) -> None:
    barred = actor(Asks(role, "TREAT", "direct-care", US)).barred
    for item, roles in DECIDES.items():
        for verb in ("write", "confirm"):
            assert ((verb, item) not in barred) == (role in roles), (verb, item)
    assert (("end", "registration") not in barred) == (role in ENDS)


@pytest.mark.parametrize("role", ROLES)
def test_who_looked_is_read_by_privacy_officers_and_systems_alone(role: str) -> None:
    by = actor(Asks(role, "TREAT", "direct-care", US))
    assert by.may("r", "AuditEvent") == by.may("s", "AuditEvent") == (role in ("privacy-officer", "system"))
    assert not any(by.may(letter, "AuditEvent") for letter in "cud")
    assert by.may("r", "MeasureReport") == (role in ("quality-lead", "system"))


# Whose records


Table = Any


@cache
def bodies(who: Somebody) -> dict[str, bytes]:
    """A record of every type that belongs to a person, each with a word that tells where they live."""
    person = invented.Person(
        who.id, "9990000018", PRACTICE, "Quillfeather", "Hedwigetta", invented.HEDWIG.words, invented.HEDWIG.clinical
    )
    made = [invented.patient(person), *invented.record(person)]
    return {one["resourceType"]: codec.dumps({**one, "meta": {"versionId": "1"}}) for one in made}


TYPES = tuple(bodies(EVERYBODY[0]))
OF_SOMEBODY = tuple(name for name in TYPES if name != "Provenance")
"""A Provenance may be nobody's."""
TELLING = (b"Thistledown", b"Mossburrow", b"ZZ98 7QX", b"01632 960777", PRACTICE.encode(), b"marigold")


def rows(today: Any, now: datetime) -> dict[Table, list[dict[str, Any]]]:
    """The rows of everybody, as the register derives them."""
    made: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for who in EVERYBODY:
        made[db.table(Person)].append(
            {
                **{"pk": who.pk, "patient_id": who.id, "nhs_number": str(who.pk), "name": "", "born_on": ""},
                **{"gender": "", "practice_code": PRACTICE, "died_on": None},
                **{"sharing": who.consent, "sensitivity": who.sensitivity},
            }
        )
        made[db.table(Registration)].append(
            {
                **{"resource_pk": who.pk, "person_pk": who.pk, "status": "active", "started_on": today},
                **{"ended_on": None, "end_reason": "", "organisation": ""},
            }
        )
        made[db.table(Relationship)] += list(_relationships(who, today))
        made[db.table(BreakGlass)] += list(_glasses(who, now))
        for at, (type_name, body) in enumerate(bodies(who).items()):
            pk, told = who.pk + at, codec.loads(body)
            kept = {"version": 1, "last_updated": WRITTEN_AT, "deleted": False, "body": body}
            made[db.table(Resource)].append(
                {"pk": pk, "resource_type": type_name, "id": told["id"], "person_pk": who.pk, **kept}
            )
            made[db.table(ResourceVersion)].append(
                {"pk": pk, "resource_pk": pk, "resource_type": type_name, "written_by": "X26", **kept}
            )
    return made


def _relationships(who: Somebody, today: Any) -> Iterator[dict[str, Any]]:
    """One with another organisation, and one with ours where there is one, on its last day at the earliest."""
    row = {"resource_pk": who.pk, "person_pk": who.pk, "through": "", "ended_on": None}
    yield {**row, "position": 0, "organisation": "Y99009", "kind": "practice"}
    yield {**row, "position": 1, "organisation": None, "kind": "team", "through": "Organization/hub"}
    if who.relationship == "ended":
        yield {**row, "position": 2, "organisation": OURS, "kind": "team", "ended_on": today - timedelta(days=1)}
    elif who.relationship != "none":
        last_day = today if who.relationship == "team" else None
        yield {**row, "position": 2, "organisation": OURS, "kind": who.relationship, "ended_on": last_day}


def _glasses(who: Somebody, now: datetime) -> Iterator[dict[str, Any]]:
    if who.glass == "none":
        return
    hours = -1 if who.glass == "expired" else 1
    yield {
        **{"person_pk": who.pk, "client_id": "a-client", "reason": "BTG", "words": "", "at": now},
        "organisation": "RX8" if who.glass == "of another organisation" else OURS,
        "user_id": COLLEAGUE if who.glass == "of another user" else US,
        "until": now + timedelta(hours=hours),
    }


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A register of everybody."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("policy") / "heartsease.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgresql")("policy")
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
        migrations.tables().create_all(engine)
        engine.dispose()
    with closing(Database(url)) as database:
        with database.transaction() as session:
            for table, of_table in rows(clock.now().date(), clock.now()).items():
                db.insert_many(session, {table: of_table})
        yield database


def seers() -> dict[Actor, Asks]:
    """One actor for each thing that the SQL can be asked, and an example of who asks so, with the scopes of all."""
    found: dict[tuple[Any, ...], tuple[Actor, Asks]] = {}
    for asks in ACTORS:
        by = actor(asks)
        found.setdefault((by.sees, by.user, by.person_pk), (_with_every_type(by), asks))
    return dict(found.values())


def _with_every_type(by: Actor) -> Actor:
    every = frozenset(("*", letter) for letter in "cruds")
    return Actor(by.client_id, by.organisation, by.sees, every, "", by.user, "", by.person_pk)


Seen = dict[str, dict[int, str]]
"""By type, who was seen, and whether whole or in part."""


def wanted(asks: Asks) -> Seen:
    told: Seen = {}
    for type_name in TYPES:
        found = {who.at: outcome_of(asks, who, type_name) for who in EVERYBODY}
        told[type_name] = {at: one for at, one in found.items() if one != NOTHING}
    return told


def in_full(told: Seen) -> Seen:
    """Who is seen whole: the others are left out where an order would tell when something of theirs was written."""
    return {name: {at: one for at, one in found.items() if one == WHOLE} for name, found in told.items()}


async def searched(door: ReadDoor, types: tuple[str, ...], by: Actor) -> list[Match]:
    statement, parameters = search_sql.statement(Query(types, (), count=100_000), by)
    return search_sql.found(await door.rows(statement, parameters), by=by)


def seen(matches: Any) -> Seen:
    """What a statement returned, its bodies judged: the whole is as it was stored, a part tells no place."""
    told: Seen = {type_name: {} for type_name in TYPES}
    for one in matches:
        who = EVERYBODY[one.person_pk // 1000 - 1]
        told[one.resource_type][who.at] = _judged(one.body, bodies(who)[one.resource_type], one.is_partial)
    return told


def _judged(body: bytes, stored: bytes, is_partial: bool) -> str:
    if not is_partial:
        assert body == stored
        return WHOLE
    assert not [word for word in TELLING if word in body], body
    assert b'"REDACTED"' in body
    return PART


def test_every_actor_is_one_that_the_sql_is_asked_for() -> None:
    """What the edge makes of each actor asks for what the requirements say: so that each is compared below."""
    like = {(by.sees, by.user, by.person_pk): wanted(asks) for by, asks in seers().items()}
    for asks in ACTORS:
        by = actor(asks)
        assert wanted(asks) == like[by.sees, by.user, by.person_pk], asks
    assert len({by.sees for by in seers()}) == len(Sees) - 1, "Nobody alone is seen by none of the roles"


def test_a_search_returns_whom_the_policy_means(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            found = await searched(door, OF_SOMEBODY, by)
            assert len(found) == len({one.pk for one in found}), asks
            assert seen(found) == {**wanted(asks), "Provenance": {}}, asks
            assert seen(await searched(door, TYPES, by)) == in_full(wanted(asks)), asks

    through(kept, compared)


def test_a_count_counts_whom_the_policy_means(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            for type_name, expected in wanted(asks).items():
                statement, parameters = search_sql.count_statement(Query((type_name,), ()), by)
                assert await door.rows(statement, parameters) == [(len(expected),)], (asks, type_name)

    through(kept, compared)


def test_a_history_returns_whom_the_policy_means(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            page = await history.of_types(door, TYPES, history.Asked(100_000), by=by)
            assert seen(page.versions) == in_full(wanted(asks)), asks

    through(kept, compared)


@pytest.mark.parametrize("type_name", ["Patient", "Observation", "CareTeam"])
def test_a_read_by_key_returns_whom_the_policy_means(kept: Database, type_name: str) -> None:
    """As it stands, by version, by history: each has a statement of its own."""

    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            for who in _some(asks):
                expected = outcome_of(asks, who, type_name)
                resource_id = codec.loads(bodies(who)[type_name])["id"]
                assert await _found(read.current(door, type_name, resource_id, by=by), who) == expected
                assert await _found(read.version(door, type_name, resource_id, "1", by=by), who) == expected
                page = history.of_resource(door, type_name, resource_id, history.Asked(10), by=by)
                assert await _found(page, who) == expected, (asks, who)

    through(kept, compared)


def _some(asks: Asks) -> Iterator[Somebody]:
    """A third of everybody, and not the same third for every actor: what these statements share is compared whole."""
    yield from EVERYBODY[len(asks.role + asks.purpose + asks.user) % 3 :: 3]


async def _found(reading: Awaitable[Any], who: Somebody) -> str:
    try:
        found = await reading
    except NotFound:
        return NOTHING
    versions = getattr(found, "versions", [found])
    (one,) = versions
    type_name = codec.loads(one.body)["resourceType"]
    return _judged(one.body, bodies(who)[type_name], one.is_partial)


def test_a_whole_record_is_what_the_policy_means(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            for who in _some(asks):
                page = await everything.page(door, everything.Asked(who.pk, TYPES, TYPES, 1000), by=by)
                expected = {one: {who.at: outcome_of(asks, who, one)} for one in TYPES}
                shown = {one: told for one, told in seen([*page.record, *page.referred]).items() if told}
                assert shown == {one: told for one, told in expected.items() if told[who.at] != NOTHING}, (asks, who)

    through(kept, compared)


def in_bulk(asks: Asks) -> set[int]:
    """Of many at once only those come whom one looks after, be they shared or not: a claim is made of one person."""
    shared = Asks(asks.role, "" if asks.role in CARERS else asks.purpose, asks.basis, asks.user)
    return {who.at for who in EVERYBODY if outcome(shared, who) == WHOLE}


def test_a_group_and_an_export_hold_whom_the_organisation_looks_after(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            expected = in_bulk(asks)
            members = await door.rows(
                group.members(access_filter.in_bulk(by.sees)), {"group": PRACTICE, **access_filter.parameters(by)}
            )
            assert {row[0] // 1000 - 1 for row in members} == expected, asks
            for type_name in ("Patient", "CareTeam"):
                for code in ("", PRACTICE):
                    assert await _exported(door, by, type_name, code) == expected, (asks, code)

    through(kept, compared)


async def _exported(door: ReadDoor, by: Actor, type_name: str, code: str) -> set[int]:
    asked = export_rows.Asked(type_name, code, None, clock.now())
    statement, parameters = export_rows.page(
        asked, by, after=asked.start, until=asked.end, limit=100_000, with_bodies=True
    )
    found = [one for one in export_rows.candidates(await door.rows(statement, parameters)) if one.is_wanted]
    for one in found:
        assert one.body == bodies(EVERYBODY[(one.person_pk or 0) // 1000 - 1])[type_name]
    return {(one.person_pk or 0) // 1000 - 1 for one in found}


def test_the_ground_that_is_recorded_is_the_ground_on_which_it_was_open(kept: Database) -> None:
    async def compared(door: ReadDoor) -> None:
        for by, asks in seers().items():
            open_to = [who for who in EVERYBODY if outcome(asks, who) != NOTHING]
            told = await grounds.bases(door, [who.pk for who in open_to], by=by)
            assert told == {who.pk: ground(asks, who) for who in open_to}, asks

    through(kept, compared)


def ground(asks: Asks, who: Somebody) -> str:
    if asks.role in ("system", "patient"):
        return {"system": "system", "patient": "self"}[asks.role]
    if outcome(Asks("quality-lead", "", "", ""), who) == WHOLE:
        return "looked-after"
    without_glass = Asks(asks.role, asks.purpose, asks.basis, "")
    return "claimed" if outcome(without_glass, who) != NOTHING else "break-glass"


def test_a_write_is_open_where_the_policy_means_it_and_closed_to_who_sees_a_part(kept: Database) -> None:
    with kept.transaction() as session:
        for by, asks in seers().items():
            owned, guard = Ownership(session, by), whereabouts.Whereabouts(session, by)
            for who in _some(asks):
                expected = outcome(asks, who)
                assert owned.sees_person(who.pk) == owned.sees([who.pk]) == (expected != NOTHING), (asks, who)
                if expected != NOTHING:
                    assert _is_refused(guard, who) == (expected == PART), (asks, who)


def _is_refused(guard: whereabouts.Whereabouts, who: Somebody) -> bool:
    try:
        guard.refuse_in_part(who.pk)
    except Forbidden:
        return True
    return False


def test_nobody_sees_nobody(kept: Database) -> None:
    by = Actor("a-client", OURS, Sees.NOBODY, frozenset(("*", letter) for letter in "cruds"), user=US)

    async def compared(door: ReadDoor) -> None:
        statement, parameters = search_sql.statement(Query(TYPES, (), count=100_000), by)
        assert await door.rows(statement, parameters) == []

    through(kept, compared)
