"""The database file is its owner's alone; keys and names are given to one transaction at a time."""

import sqlite3
import stat
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import db
from service.db import Database
from service.errors import Unavailable
from service.store.models import Resource


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_embedded_database_and_its_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "heartsease.db"
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE it (works INTEGER)"))
        assert {each.name: _mode(each) for each in path.parent.iterdir()} == {
            "heartsease.db": 0o600,
            "heartsease.db-shm": 0o600,
            "heartsease.db-wal": 0o600,
        }
    database.close()
    assert _mode(path.parent) == 0o700


def test_the_modes_that_an_owner_chose_are_left_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    path = tmp_path / "heartsease.db"
    path.touch(mode=0o640)
    path.chmod(0o640)
    Database(f"sqlite:///{path}").close()
    assert (_mode(tmp_path), _mode(path)) == (0o750, 0o640)


def test_keys_that_are_asked_for_twice_before_any_row_is_added_differ(database: Database) -> None:
    resource = db.table(Resource)
    with database.transaction() as session:
        first = db.next_keys(session, resource, 3)
        second = db.next_keys(session, resource, 2, after=first[-1])
    assert len({*first, *second}) == 5
    assert [*first, *second] == sorted([*first, *second])


def test_many_names_are_held_until_the_end_of_the_transaction(database: Database) -> None:
    order: list[str] = []
    held, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with database.transaction() as session:
            db.lock(session, ["b", "a", "a"])
            held.set()
            go_on.wait(5)
            order.append("first")

    def second() -> None:
        held.wait(5)
        with database.transaction() as session:
            db.lock(session, ["a", "c"])
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    held.wait(5)
    time.sleep(0.2)
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]


def test_who_serves_waits_for_no_statement_for_ever(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    database.hurry(0.2)
    try:
        for seconds, is_given_up in ((20, True), (0, False)):
            with pytest.raises(Unavailable) if is_given_up else nullcontext(), database.transaction() as session:
                session.execute(sa.text(f"SELECT pg_sleep({seconds})"))
    finally:
        database.close()


@pytest.mark.parametrize("door", ["transaction", "reading"])
def test_a_fault_in_our_sql_is_not_its_own_cause(tmp_path: Path, door: str) -> None:
    """Whoever prints causes until there is none would print for ever."""
    database = Database(f"sqlite:///{tmp_path / 'heartsease.db'}")
    with pytest.raises(sqlite3.OperationalError, match="no such table") as found, getattr(database, door)() as session:
        session.execute(sa.text("SELECT 1 FROM nowhere"))
    database.close()
    assert (found.value.__cause__, found.value.__suppress_context__) == (None, True)
