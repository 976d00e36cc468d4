"""Both doors of the database lead to the same rows."""

from datetime import UTC, datetime

import anyio
import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam, select

from service import audit, db, doors, expressions, read_door
from service.audit import AuditEvent, GroupCommit
from service.db import Database
from service.errors import TooCostly

EVENT = db.table(AuditEvent)
AT = datetime(2026, 3, 31, 12, 30, 15, 123000, tzinfo=UTC)
SELECT = select(EVENT.c.at, EVENT.c.action, EVENT.c.person_pk).where(EVENT.c.action == bindparam("action"))


def test_what_a_transaction_wrote_the_read_door_reads_with_its_types(database: Database) -> None:
    with database.transaction() as session:
        audit.record(session, {**audit.row("read", by=None, outcome=200, person_pk=7), "at": AT})

    async def read() -> list[tuple[object, ...]]:
        door = doors.of(database)
        await door.open()
        try:
            return [tuple(row) for row in await door.rows(SELECT, {"action": "read"})]
        finally:
            await door.close()

    assert anyio.run(read) == [(AT, "read", 7)]


@pytest.mark.parametrize(
    ("column", "wanted", "found"),
    [(EVENT.c.action, ["read", "it's", "none"], ["it's", "read"]), (EVENT.c.person_pk, [2, 99], ["search"])],
)
def test_both_doors_find_what_is_among_a_list(
    database: Database, column: sa.Column[object], wanted: list[object], found: list[str]
) -> None:
    statement = select(EVENT.c.action).where(expressions.among(column, "wanted")).order_by(EVENT.c.action)
    with database.transaction() as session:
        for person_pk, action in enumerate(("read", "it's", "search")):
            audit.record(session, audit.row(action, by=None, outcome=200, person_pk=person_pk))
        assert session.execute(statement, {"wanted": wanted}).scalars().all() == found
        assert session.execute(statement, {"wanted": []}).all() == []

    async def read() -> list[str]:
        door = doors.of(database)
        await door.open()
        try:
            return [action for (action,) in await door.rows(statement, {"wanted": wanted})]
        finally:
            await door.close()

    assert anyio.run(read) == found


def test_what_is_among_a_list_is_found_by_index_and_what_is_not_is_left_out(database: Database) -> None:
    found, others = (
        select(EVENT.c.pk).where(it) for it in (expressions.among(EVENT.c.pk, "a"), ~expressions.among(EVENT.c.pk, "a"))
    )
    with database.transaction() as session:
        for action in ("read", "search"):
            audit.record(session, audit.row(action, by=None, outcome=200))
        first, second = session.execute(select(EVENT.c.pk)).scalars()
        assert session.execute(found, {"a": [first]}).scalars().all() == [first]
        assert session.execute(others, {"a": [first]}).scalars().all() == [second]
        # A boolean compared with 1 is no condition that an index could serve.
        assert "= 1" not in str(found.compile(session.connection()))
        assert "= 0" not in str(others.compile(session.connection()))


def test_a_read_that_takes_too_long_is_ended_and_the_next_one_is_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_door, "LONGEST", 0.2)
    numbers = select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 1_000_000_000))
    endless = select(sa.func.count()).select_from(numbers)

    async def read() -> list[read_door.Row]:
        door = doors.of(database)
        await door.open()
        try:
            with pytest.raises(TooCostly):
                await door.rows(endless, {})
            return await door.rows(SELECT, {"action": "read"})
        finally:
            await door.close()

    assert anyio.run(read) == []


def test_many_events_at_once_are_durable_when_each_write_returns(database: Database) -> None:
    async def write() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(writer.write, audit.row(f"search {number}", by=None, outcome=200))
        await writer.stop()
        await door.close()

    anyio.run(write)
    with database.reading() as session:
        written = session.execute(select(EVENT.c.action)).scalars().all()
    assert sorted(written) == sorted(f"search {number}" for number in range(100))


@pytest.mark.parametrize("is_same_process", [True, False])
def test_an_event_waits_its_turn_while_a_transaction_writes(database: Database, is_same_process: bool) -> None:
    url = database.url.render_as_string(hide_password=False)
    writing = database if is_same_process else Database(url)

    async def write() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        async with anyio.create_task_group() as group:
            with writing.transaction() as session:
                audit.record(session, audit.row("create", by=None, outcome=201))
                group.start_soon(writer.write, audit.row("read", by=None, outcome=200))
                await anyio.wait_all_tasks_blocked()
        await writer.stop()
        await door.close()

    anyio.run(write)
    with database.reading() as session:
        assert sorted(session.execute(select(EVENT.c.action)).scalars()) == ["create", "read"]
    if writing is not database:
        writing.close()


def test_an_event_that_cannot_be_written_fails_the_request_that_waits_for_it(database: Database) -> None:
    async def write() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        try:
            with pytest.raises(Exception, match=r"(?i)null|not-null"):
                await writer.write({**audit.row("read", by=None, outcome=200), "action": None})
        finally:
            await writer.stop()
            await door.close()

    anyio.run(write)


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    row = {**audit.row("read", by=None, outcome=200), "at": datetime(2026, 3, 31)}  # noqa: DTZ001  # the point
    with pytest.raises(Exception, match="time zone"), database.transaction() as session:
        audit.record(session, row)
