"""Rows are links of chains from whatever side they come, however a transaction or a process ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import anyio
import pytest
import sqlalchemy as sa

from service import audit, audit_chain, audit_keys, doors, read_door
from service.audit import GroupCommit
from service.audit_chain import EVENT, HEAD
from service.db import Database
from tests import trails
from tests.trails import Row

LINK = {"pk": 7, "chain": "0a1b2c3d-000000000000", "sequence": 1, "anchor": "", "digest": b""}


def test_the_canonical_form_never_changes() -> None:
    row = {**trails.event(2), **LINK}
    assert audit_chain.canonical(row).decode() == (
        '{"action":"create","at":"2026-03-31T12:00:00.002000Z","chain":"0a1b2c3d-000000000000","outcome":201,'
        '"person_pk":2,"pk":7,"request_id":"request-2","resource_id":"person-2","resource_type":"Patient","sequence":1}'
    )


def test_an_instant_is_the_same_in_every_zone_and_on_both_databases(database: Database) -> None:
    at = datetime(2026, 3, 31, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    trails.write(database, [{**trails.event(1), "at": at}])
    (row,) = trails.rows(database)
    assert audit_chain.canonical(row) == audit_chain.canonical({**row, "at": at.astimezone(UTC)})
    assert b'"at":"2026-03-31T12:00:00.000005Z"' in audit_chain.canonical(row)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"person_pk": None}, {"person_pk": 0}),
        ({"action": "a", "query": "b"}, {"action": "ab", "query": ""}),
        ({"query": ""}, {"query": None}),
        ({"query": '","role":"x'}, {"query": "", "role": "x"}),
        ({"query": "\u00e9"}, {"query": "e\u0301"}),
        ({"outcome": 200}, {"outcome": "200"}),
    ],
)
def test_rows_that_differ_have_other_canonical_forms(one: Row, other: Row) -> None:
    row = {**trails.event(2), **LINK}
    assert audit_chain.canonical({**row, **one}) != audit_chain.canonical({**row, **other})


def test_a_transaction_that_is_rolled_back_leaves_no_gap(database: Database) -> None:
    trails.write(database, [trails.event(1)])
    with pytest.raises(KeyError), database.transaction() as session:  # noqa: PT012  # what is rolled back
        audit.record(session, trails.event(2))
        raise KeyError
    with database.transaction() as session:
        audit.record(session, trails.event(3))
        with pytest.raises(KeyError), session.begin_nested():  # noqa: PT012  # what is rolled back
            audit.record(session, trails.event(4))
            raise KeyError
        audit.record(session, trails.event(5), trails.event(6))
    assert [row["sequence"] for row in trails.rows(database)] == [1, 2, 3, 4]
    assert not trails.verified(database).broken


def test_nothing_recorded_begins_no_chain(database: Database) -> None:
    with database.transaction() as session:
        audit.record(session)
    assert trails.heads(database) == ""


def test_transactions_at_once_take_a_chain_each_and_give_it_back(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("On SQLite whoever writes is alone")
    with database.transaction() as one, database.transaction() as two:
        audit.record(one, trails.event(1))
        audit.record(two, trails.event(2))
        audit.record(one, trails.event(3))
    for number in range(4, 9):
        trails.write(database, [trails.event(number)])
    told = trails.verified(database)
    assert (told.chains, told.rows, told.broken) == (2, 8, 0)


def test_a_chain_tells_of_the_others_when_it_begins_and_every_thousand_rows(database: Database) -> None:
    other = audit_keys._key("another key of the tests")
    trails.write(database, [trails.event(1)], key=other)
    for first in range(0, 2100, 150):
        trails.write(database, map(trails.event, range(first, first + 150)))
    anchors = [(row["sequence"], row["anchor"]) for row in trails.rows(database) if row["anchor"]]
    assert [sequence for sequence, _ in anchors] == [1, 1, 901, 1951]
    assert anchors[0][1] == audit_chain.NOTHING_BEFORE
    assert all(f"{other.id}-" in anchor for _, anchor in anchors[1:])


def test_the_key_is_changed_and_what_it_sealed_is_verified_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.config import settings

    before = os.environ["HEARTSEASE_AUDIT_KEY"]
    trails.write(database, [trails.event(1)])
    monkeypatch.setenv("HEARTSEASE_AUDIT_KEY", "the-next-key-of-the-tests-which-seals-nothing-either")
    settings.cache_clear()
    try:
        trails.write(database, [trails.event(2)])
        assert trails.verified(database).broken
        monkeypatch.setenv("HEARTSEASE_AUDIT_OLD_KEYS", f"an-older-one\n{before}")
        settings.cache_clear()
        told = trails.verified(database)
        assert (told.chains, told.broken) == (2, 0)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


WRITER = """
import asyncio, sys
from service import audit, doors
from service.db import Database
from tests import trails

url, many, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
database = Database(url)

async def disclose(writer, number):
    for turn in range(many):
        await writer.write(trails.event(first + number), trails.event(first + turn))

def change():
    for turn in range(many):
        with database.transaction() as session:
            audit.record(session, trails.event(first + turn))
        print("wrote", flush=True)

async def main():
    door = doors.of(database)
    await door.open()
    writer = audit.GroupCommit(door)
    await writer.start()
    await asyncio.gather(asyncio.to_thread(change), *(disclose(writer, number) for number in range(4)))
    await writer.stop()
    await door.close()

asyncio.run(main())
"""


def _writer(database: Database, many: int, first: int) -> subprocess.Popen[str]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WRITER, url, str(many), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_write_at_once_and_verifying_meanwhile_raises_no_alarm(database: Database) -> None:
    writers = [_writer(database, 25, 1000 * number) for number in range(3)]
    times, seen = 0, 0
    while any(writer.poll() is None for writer in writers):
        told = trails.verified(database)
        assert told.faults == ()
        assert told.rows >= seen
        times, seen = times + 1, told.rows
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    told = trails.verified(database)
    assert (told.rows, told.faults) == (3 * 25 * 9, ())
    assert times > 1
    for writer in writers:
        writer.stdout.close()


def test_a_process_that_is_killed_leaves_a_whole_trail(database: Database) -> None:
    for first in (0, 1000):
        writer = _writer(database, 100_000, first)
        assert writer.stdout.readline() == "wrote\n"
        time.sleep(0.2)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        told = trails.verified(database)
        assert told.faults == ()
        assert told.rows
    trails.write(database, [trails.event(1)])
    assert trails.verified(database).faults == ()


def test_threads_that_change_and_tasks_that_disclose_write_one_trail(database: Database) -> None:
    def change() -> None:
        for number in range(20):
            trails.write(database, [trails.event(number)])

    async def main() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        threads = [threading.Thread(target=change) for _ in range(3)]
        for thread in threads:
            thread.start()
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(writer.write, trails.event(number))
        for thread in threads:
            await anyio.to_thread.run_sync(thread.join)
        await writer.stop()
        await door.close()

    anyio.run(main)
    told = trails.verified(database)
    assert (told.rows, told.faults) == (160, ())


def _disclosed(database: Database, *turns: tuple[int, Row]) -> list[tuple[str, int]]:
    """Kind and length of every chain, after writers of disclosures (by number) had their turns."""

    async def main() -> None:
        door = doors.of(database)
        await door.open()
        writers = {number: GroupCommit(door) for number, _ in turns}
        for writer in writers.values():
            await writer.start()
        for number, event in turns:
            await writers[number].write(event)
        for writer in writers.values():
            await writer.stop()
        await door.close()

    anyio.run(main)
    with database.reading() as session:
        return sorted((kind, sequence) for kind, sequence in session.execute(sa.select(HEAD.c.kind, HEAD.c.sequence)))


def test_who_discloses_keeps_to_a_chain_until_another_takes_it_over(database: Database) -> None:
    trails.write(database, [trails.event(1)])
    turns = [(1, trails.event(2)), (2, trails.event(3)), (1, trails.event(4)), (1, trails.event(5))]
    chains = _disclosed(database, *turns)
    assert chains == ([("change", 5)] if database.is_sqlite else [("change", 1), ("disclosure", 1), ("disclosure", 3)])
    assert trails.verified(database).faults == ()
    late = {"at": trails.AT + timedelta(minutes=11)}
    turns = [
        (3, trails.event(6)),
        (4, {**trails.event(7), **late}),
        (3, trails.event(8)),
        (4, {**trails.event(9), **late}),
    ]
    _disclosed(database, *turns)
    told = trails.verified(database)
    assert (told.rows, told.faults) == (9, ())
    assert told.chains in ((1,) if database.is_sqlite else (4, 5))  # whichever was left comes first by its name


def test_who_discloses_tells_of_all_chains_as_well(database: Database) -> None:
    trails.write(database, [trails.event(1)], key=audit_keys._key("another key of the tests"))
    _disclosed(database, *((1, trails.event(number)) for number in range(2, 20)))

    async def main() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        for first in range(0, 1200, 300):
            await writer.write(*map(trails.event, range(first, first + 300)))
        await writer.stop()
        await door.close()

    anyio.run(main)
    anchors = [row["sequence"] for row in trails.rows(database) if row["anchor"]]
    assert anchors == ([1, 1, 919] if database.is_sqlite else [1, 1, 1, 901])
    assert trails.verified(database, audit_keys._key("another key of the tests")).faults == ()


def test_an_event_that_postgresql_cannot_hold_leaves_the_chain_as_it_was(database: Database) -> None:
    bad = {**trails.event(2), "action": None}

    async def main() -> None:
        door = doors.of(database)
        await door.open()
        writer = GroupCommit(door)
        await writer.start()
        for number in range(3):
            await writer.write(trails.event(number))
            with pytest.raises(Exception, match=r"(?i)null"):
                await writer.write(bad)
        await writer.stop()
        await door.close()

    anyio.run(main)
    told = trails.verified(database)
    assert (told.rows, told.chains, told.faults) == (3, 1, ())


def test_a_head_that_is_not_where_it_was_is_not_moved(database: Database) -> None:
    """Keys rise along a chain: a transaction whose keys were taken too early takes others."""
    trails.write(database, [trails.event(1)])
    trails.run(database, "UPDATE audit_head SET event_pk = 50")
    if not database.is_sqlite:
        trails.run(database, "SELECT setval('audit_event_pk_seq', 50)")
    trails.write(database, [trails.event(2)])
    assert not trails.verified(database).broken


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 404",
        "UPDATE audit_event SET outcome = 404 WHERE pk = 0",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "UPDATE audit_head SET sequence = 1",
        "UPDATE audit_head SET digest = ''",
        "UPDATE audit_head SET sequence = 3, chain = 'x'",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event",
        "INSERT OR REPLACE INTO audit_head SELECT * FROM audit_head",
    ],
)
def test_the_trail_is_only_added_to(database: Database, statement: str) -> None:
    trails.write(database, [trails.event(1), trails.event(2)])
    if database.is_sqlite and ("TRUNCATE" in statement or "pk = 0" in statement):
        return  # SQLite has no TRUNCATE, and asks no trigger of no row
    if not database.is_sqlite and "REPLACE" in statement:
        return
    with pytest.raises(sa.exc.DBAPIError, match=r"only added to|only goes forward"), database.transaction() as session:
        session.execute(sa.text(statement))
    assert len(trails.rows(database)) == 2
    assert not trails.verified(database).broken


def test_a_database_user_who_owns_nothing_adds_and_reads_and_no_more(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no users")
    user = "heartsease_of_the_tests"
    trails.write(database, [trails.event(1)])
    with database.transaction() as session:
        session.execute(sa.text(f"DROP ROLE IF EXISTS {user}"))
        session.execute(sa.text(f"CREATE ROLE {user}"))
        session.execute(sa.text(f"GRANT SELECT, INSERT ON audit_event TO {user}"))
        session.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE ON audit_head TO {user}"))
        session.execute(sa.text(f"GRANT USAGE ON SEQUENCE audit_event_pk_seq TO {user}"))
    try:
        with database.transaction() as session:
            session.execute(sa.text(f"SET LOCAL ROLE {user}"))
            audit.record(session, trails.event(2))
        for statement in (
            "UPDATE audit_event SET outcome = 1",
            "DELETE FROM audit_event",
            "TRUNCATE audit_event",
            "ALTER TABLE audit_event DISABLE TRIGGER USER",
            "DELETE FROM audit_head",
        ):
            with pytest.raises(sa.exc.ProgrammingError), database.transaction() as session:  # noqa: PT012  # as that user
                session.execute(sa.text(f"SET LOCAL ROLE {user}"))
                session.execute(sa.text(statement))
        assert (trails.verified(database).rows, trails.verified(database).broken) == (2, 0)
    finally:
        with database.transaction() as session:
            session.execute(sa.text(f"DROP OWNED BY {user}"))
            session.execute(sa.text(f"DROP ROLE {user}"))


def test_writing_asks_for_little(database: Database) -> None:
    """A commit asks for a chain, adds, and moves the head: three statements, however many rows."""
    trails.write(database, [trails.event(1)])
    statements = []
    with database.transaction() as session:
        script = audit_chain.adding(audit_keys.current(), [trails.event(number) for number in range(2, 40)])
        read_door.run(session, _noted(script, statements.append))
    assert len(statements) == 3
    with database.reading() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(EVENT)).scalar_one() == 39
        assert session.execute(sa.select(HEAD.c.sequence)).scalar_one() == 39


def _noted(script: read_door.Script, note: Callable[[object], None]) -> read_door.Script:
    step = next(script)
    while True:
        note(step[0])
        rows = yield step
        try:
            step = script.send(rows)
        except StopIteration:
            return
