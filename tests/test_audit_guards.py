"""However its tables were made, the audit trail has its guards."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import audit, migrations
from service.db import Database
from tests import trails

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%' ORDER BY name"
_POSTGRESQL = (
    "SELECT pg_get_triggerdef(t.oid), tgenabled, prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = tgfoid "
    "WHERE NOT tgisinternal AND tgname LIKE 'audit%' ORDER BY tgname"
)


def _guards(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(sa.text(_SQLITE if database.is_sqlite else _POSTGRESQL))]


@pytest.fixture
def migrated(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Database]:
    """A database of the same kind that migrations have made."""
    create: Callable[[str], str] = request.getfixturevalue("postgresql")
    opened = Database(f"sqlite:///{tmp_path / 'migrated.db'}" if database.is_sqlite else create("guards"))
    yield opened
    opened.close()


def test_migrations_leave_the_same_guards(database: Database, migrated: Database) -> None:
    """Also those that made the tables anew, as SQLite's must."""
    migrations.upgrade(migrated)
    assert _guards(migrated) == _guards(database)
    assert _guards(migrated)


def test_rows_of_before_are_kept_and_sealed_by_migrating(migrated: Database) -> None:
    from service.store import upgrade

    migrations.upgrade(migrated, "0003")
    with migrated.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO audit_event (at, action, outcome, client_id, organisation, resource_type, resource_id, "
                "request_id, query, disclosed) VALUES "
                "('2026-01-01T00:00:00.000000Z', 'read', 200, 'a', 'b', '', '', '', '', '')"
            )
        )
    upgrade.upgrade(migrated)
    upgrade.upgrade(migrated)
    with migrated.transaction() as session:
        audit.record(session, trails.event(1))
    told = trails.verified(migrated)
    assert (told.rows, told.before, told.is_sealed, told.faults) == (3, 1, True, ())


def test_a_new_database_is_sealed_by_its_first_row(migrated: Database) -> None:
    from service.store import upgrade

    upgrade.upgrade(migrated)
    assert trails.verified(migrated).rows == 0
    trails.write(migrated, [trails.event(1)])
    assert trails.rows(migrated)[0]["anchor"].startswith("before:0:")
