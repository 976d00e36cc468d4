"""The migrations lead to the tables that the models declare, and back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from service import migrations
from service.db import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    else:
        create: Callable[[str], str] = request.getfixturevalue("postgresql")
        opened = Database(create("migrations"))
    yield opened
    opened.close()


def test_migrations_lead_to_the_tables_of_the_models(bare: Database) -> None:
    migrations.upgrade(bare)
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert migrations.is_current(bare)


def test_migrations_can_be_taken_back(bare: Database) -> None:
    migrations.upgrade(bare)
    migrations.downgrade(bare, "base")
    assert set(sa.inspect(bare.engine).get_table_names()) <= {"alembic_version"}
    assert not migrations.is_current(bare)


def test_migrating_twice_changes_nothing(bare: Database) -> None:
    migrations.upgrade(bare)
    migrations.upgrade(bare)
    assert migrations.is_current(bare)


def test_migrations_are_numbered_and_linear(bare: Database) -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations._config(bare))
    found = list(script.walk_revisions())
    assert [revision.revision for revision in found] == [f"{number:04d}" for number in range(len(found), 0, -1)]
    assert [Path(revision.path).name[:4] for revision in found] == [revision.revision for revision in found]


KINDS = {
    "practice": "gp",
    "hospital": "hospital",
    "integration": "system",
    "reporting": "quality-lead",
    "other": "quality-lead",
}


def test_a_kind_of_system_becomes_a_role_and_back(bare: Database) -> None:
    migrations.upgrade(bare)
    migrations.downgrade(bare, "0004")
    same = {"name": "-", "organisation": "M83001", "scopes": "system/*.rs", "jwks": "{}", "is_demo": False}
    with bare.engine.begin() as connection:
        client = sa.Table("client", sa.MetaData(), autoload_with=connection)
        at = "2026-01-01T00:00:00Z" if bare.is_sqlite else datetime(2026, 1, 1, tzinfo=UTC)
        rows = [{"client_id": kind, "kind": kind, "created_at": at, **same} for kind in KINDS]
        connection.execute(client.insert(), rows)
    migrations.upgrade(bare)
    with bare.engine.begin() as connection:
        now = connection.execute(sa.text("SELECT client_id, roles, organisations FROM client")).all()
        connection.execute(sa.text("UPDATE client SET organisations = 'M83001 M83002'"))
    assert {kind: role for kind, role, _ in now} == KINDS
    assert {organisations for _, _, organisations in now} == {"M83001"}
    migrations.downgrade(bare, "0004")
    with bare.engine.connect() as connection:
        back = connection.execute(sa.text("SELECT client_id, kind, organisation FROM client")).all()
    assert {kind for client_id, kind, _ in back if client_id != "other"} == set(KINDS) - {"other"}
    assert {organisation for _, _, organisation in back} == {"M83001"}
