"""A register of an older schema, brought to the newest, finds and says what it did before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import clock, migrations
from service.actor import everything
from service.db import Database
from service.store import upgrade, write
from tests import builders, tables

DERIVED = ["search_index", "person", "relationship", "preference", "summary_item", "recorded_item"]


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, made by the migrations."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'migrated.db'}")
    else:
        create: Callable[[str], str] = request.getfixturevalue("postgresql")
        opened = Database(create("upgrade"))
    migrations.upgrade(opened)
    yield opened
    opened.close()


def _write(database: Database) -> None:
    with (
        database.transaction() as session,
        write.writing(session, by=everything("tests"), at=clock.now()) as changes,
    ):
        changes.update(builders.patient(id="anna"))
        changes.update(builders.observation(id="wish"))


def test_what_a_migration_emptied_is_derived_anew(migrated: Database) -> None:
    _write(migrated)
    before = tables.rows(migrated, DERIVED)
    migrations.downgrade(migrated, "0001")
    said: list[str] = []

    upgrade.upgrade(migrated, tell=said.append)

    assert tables.rows(migrated, DERIVED) == before
    assert len(said) == 1


def test_versions_of_an_older_schema_are_told_their_type(migrated: Database) -> None:
    _write(migrated)
    migrations.downgrade(migrated, "0001")

    upgrade.upgrade(migrated)

    with migrated.reading() as session:
        told = session.execute(sa.text("SELECT DISTINCT resource_type FROM resource_version ORDER BY 1")).scalars()
        assert list(told) == ["Observation", "Patient", "Provenance"]


def test_upgrading_twice_derives_nothing_anew(migrated: Database) -> None:
    _write(migrated)
    said: list[str] = []

    upgrade.upgrade(migrated, tell=said.append)

    assert said == []
