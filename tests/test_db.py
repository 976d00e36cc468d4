"""The database file is its owner's alone."""

import stat
from pathlib import Path

import sqlalchemy as sa

from service.db import Database


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
