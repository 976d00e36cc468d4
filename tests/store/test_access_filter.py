"""Whose records an actor sees, by looking after them, by a claim, by breaking the glass; and why, for the audit."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import anyio
import pytest
import time_machine

from service import clock
from service.actor import Actor, Sees, everything
from service.db import Database
from service.errors import Forbidden, NotFound
from service.read_door import ReadDoor
from service.register import codes
from service.store import break_glass, grounds, group, history, known, read, search_sql, summary, write
from service.store.search import Query
from tests import builders
from tests.builders import Body, reference
from tests.reading import through

BY = everything("tests")
ALL = BY.permissions
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("practised", "managed", "teamed", "quiet", "willing", "unwilling")
"""Three people whom RX9 looks after, each by another way, who all refused; three others who say this of sharing."""


def actor(sees: Sees, organisation: str = "RX9", **more: Any) -> Actor:
    return Actor("a-system", organisation, sees, ALL, role="hospital", user="dr-1", purpose="TREAT", **more)


@pytest.fixture
def kept(database: Database) -> Database:
    ours = {"system": codes.ODS_ORGANISATION, "value": "RX9"}
    with database.transaction() as session, write.writing(session, by=BY, at=NOW) as changes:
        changes.update(builders.organization(id="ours", identifier=[ours]))
        for at, name in enumerate(NAMES):
            practice = builders.at_practice("RX9" if name == "practised" else "Y99009")
            changes.update(builders.patient(builders.a_number(at), id=name, generalPractitioner=practice))
            decision = "permit" if name == "willing" else "deny"
            if name != "quiet":
                changes.update(builders.sharing(decision, id=f"{name}-sharing", patient=reference(f"Patient/{name}")))
        changes.update(_team(reference("Organization/ours")))
        managing = {"status": "onhold", "managingOrganization": {"identifier": ours}}
        changes.update(builders.registration(id="spell", patient=reference("Patient/managed"), **managing))
    return database


def _team(member: Body, **changes: Any) -> Body:
    whose = {"id": "team", "subject": reference("Patient/teamed")}
    return builders.care_team(**{**whose, "participant": [{"member": member}], **changes})


def write_one(database: Database, resource: Body) -> None:
    with database.transaction() as session, write.writing(session, by=BY, at=NOW) as changes:
        changes.update(resource)


def seen(database: Database, by: Actor) -> set[str]:
    statement, parameters = search_sql.statement(Query(("Patient",), (), count=50), by)
    return {
        match.id for match in search_sql.found(through(database, lambda door: door.rows(statement, parameters)), by=by)
    }


def pk(database: Database, name: str) -> int:
    found = through(database, lambda door: read.current(door, "Patient", name, by=BY))
    return int(found.person_pk)


LOOKED_AFTER = {"practised", "managed", "teamed"}


@pytest.mark.parametrize(
    ("sees", "expected"),
    [
        (Sees.EVERYONE, set(NAMES)),
        (Sees.OWN_PATIENTS, LOOKED_AFTER),
        (Sees.SHARED, LOOKED_AFTER | {"quiet", "willing"}),
        (Sees.PERMITTED, LOOKED_AFTER | {"willing"}),
        (Sees.NOBODY, set()),
    ],
)
def test_whom_an_actor_sees(kept: Database, sees: Sees, expected: set[str]) -> None:
    assert seen(kept, actor(sees)) == expected


def test_a_person_sees_their_own_record_only(kept: Database) -> None:
    assert seen(kept, actor(Sees.SELF, person_pk=pk(kept, "unwilling"))) == {"unwilling"}
    assert seen(kept, actor(Sees.SELF)) == set()


def test_an_organisation_of_another_code_looks_after_nobody(kept: Database) -> None:
    assert seen(kept, actor(Sees.OWN_PATIENTS, "RX8")) == set()


@pytest.mark.parametrize("period", [{"end": "2026-02-28"}, {"start": "2025-01-01", "end": "2026-02"}])
def test_who_left_the_team_sees_no_more(kept: Database, period: dict[str, str]) -> None:
    with time_machine.travel(NOW, tick=False):
        write_one(kept, _team(reference("Organization/ours"), period=period))
        assert seen(kept, actor(Sees.OWN_PATIENTS)) == LOOKED_AFTER - {"teamed"}


def test_the_last_day_of_a_team_counts(kept: Database) -> None:
    write_one(kept, _team(reference("Organization/ours"), period={"end": "2026-03-01"}))
    with time_machine.travel(NOW, tick=False):
        assert "teamed" in seen(kept, actor(Sees.OWN_PATIENTS))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert "teamed" not in seen(kept, actor(Sees.OWN_PATIENTS))


def test_breaking_the_glass_opens_one_record_to_one_user_for_a_while(kept: Database) -> None:
    hospital = actor(Sees.SHARED)
    until = NOW + timedelta(minutes=60)
    with kept.transaction() as session:
        person_pk = pk(kept, "unwilling")
        break_glass.granted(session, person_pk, by=hospital, reason="BTG", words="Found alone", at=NOW, until=until)
    others = [
        Actor("a-system", "RX9", Sees.SHARED, ALL, user="dr-2"),
        Actor("a-system", "RX9", Sees.SHARED, ALL),
        Actor("a-system", "RX8", Sees.SHARED, ALL, user="dr-1"),
        actor(Sees.OWN_PATIENTS),
    ]
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        assert "unwilling" in seen(kept, hospital)
        assert "unwilling" in seen(kept, actor(Sees.PERMITTED))
        assert not any("unwilling" in seen(kept, other) for other in others)
    with time_machine.travel(until, tick=False):
        assert "unwilling" not in seen(kept, hospital)


def test_no_system_breaks_the_glass_by_itself(kept: Database) -> None:
    system = Actor("a-system", "RX9", Sees.SHARED, ALL)
    with kept.transaction() as session, pytest.raises(Forbidden):
        break_glass.granted(session, 1, by=system, reason="BTG", words="", at=NOW, until=NOW)


def test_a_number_leads_to_its_person_whoever_may_see_them_and_one_that_nobody_has_to_nobody(kept: Database) -> None:
    with kept.transaction() as session:
        assert known.by_number(session, builders.a_number(NAMES.index("unwilling"))) == pk(kept, "unwilling")
        assert known.by_number(session, builders.a_number(99)) is None


def test_the_audit_is_told_why_each_record_was_open(kept: Database) -> None:
    hospital = actor(Sees.SHARED)
    people = {name: pk(kept, name) for name in ("teamed", "willing", "quiet", "unwilling")}
    until = clock.now() + timedelta(hours=1)
    with kept.transaction() as session:
        break_glass.granted(session, people["unwilling"], by=hospital, reason="BTG", words="", at=NOW, until=until)
    found = through(kept, lambda door: grounds.bases(door, people.values(), by=hospital))
    assert {name: found[key] for name, key in people.items()} == {
        "teamed": "looked-after",
        "willing": "claimed",
        "quiet": "claimed",
        "unwilling": "break-glass",
    }


@pytest.mark.parametrize(
    ("sees", "basis"), [(Sees.EVERYONE, "system"), (Sees.OWN_PATIENTS, "looked-after"), (Sees.SELF, "self")]
)
def test_where_what_an_actor_sees_tells_why_nothing_is_asked(sees: Sees, basis: str) -> None:
    async def bases() -> dict[int, str]:
        return await grounds.bases(None, [1, 2], by=actor(sees))  # type: ignore[arg-type]  # no door is needed

    assert anyio.run(bases) == {1: basis, 2: basis}


def test_a_claim_is_made_for_one_person_at_a_time(kept: Database) -> None:
    """The register of a practice is told of those whom the organisation looks after, not of those it may claim."""
    with pytest.raises(NotFound):
        through(kept, lambda door: group.register(door, "Y99009", by=actor(Sees.SHARED, "RX8")))
    register = through(kept, lambda door: group.register(door, "Y99009", by=actor(Sees.SHARED)))
    assert [member.patient_id for member in register.members] == ["managed"]


def test_a_deleted_patient_is_nobodys_any_more(kept: Database) -> None:
    with kept.transaction() as session, write.writing(session, by=BY, at=NOW) as changes:
        changes.delete("Consent", "practised-sharing")
    with kept.transaction() as session, write.writing(session, by=BY, at=NOW) as changes:
        changes.delete("Patient", "practised")
    for sees in (Sees.OWN_PATIENTS, Sees.SHARED):
        for look in (_current, _first_version, _history):
            with pytest.raises(NotFound):
                through(kept, partial(look, by=actor(sees)))


async def _current(door: ReadDoor, *, by: Actor) -> Any:
    return await read.current(door, "Patient", "practised", by=by)


async def _first_version(door: ReadDoor, *, by: Actor) -> Any:
    return await read.version(door, "Patient", "practised", "1", by=by)


async def _history(door: ReadDoor, *, by: Actor) -> Any:
    return await history.of_resource(door, "Patient", "practised", history.Asked(10), by=by)


def test_the_history_of_all_types_is_that_of_the_people_looked_after(kept: Database) -> None:
    page = through(
        kept,
        lambda door: history.of_types(door, ["Patient", "Consent"], history.Asked(50), by=actor(Sees.OWN_PATIENTS)),
    )
    assert {version.person_pk for version in page.versions} == {pk(kept, name) for name in LOOKED_AFTER}


def test_a_summary_is_found_by_who_sees_the_person(kept: Database) -> None:
    whose = summary.Whose("patient_id", "managed")
    assert through(kept, lambda door: summary.lines(door, whose, by=actor(Sees.OWN_PATIENTS)))
    assert not through(kept, lambda door: summary.lines(door, whose, by=actor(Sees.SHARED, "RX8")))
