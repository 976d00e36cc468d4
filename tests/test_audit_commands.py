"""`heartsease audit verify` and `heads`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.config import settings
from service.db import Database
from tests import trails


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    settings.cache_clear()
    trails.write(database, map(trails.event, range(30)))
    yield lambda *arguments: CliRunner().invoke(app, ["audit", *map(str, arguments)])
    settings.cache_clear()


def test_a_whole_trail_is_told_to_be_whole(run) -> None:
    result = run("verify")
    assert result.exit_code == 0
    assert result.stdout == "30 rows in 1 chains, 0 of them from before there were chains\nThe audit trail is whole.\n"


def test_the_first_broken_row_is_named(run, database: Database) -> None:
    trails.run(database, "UPDATE audit_event SET outcome = 418 WHERE pk = 12")
    trails.run(database, "DELETE FROM audit_event WHERE pk = 20")
    result = run("verify")
    assert result.exit_code == 1
    assert result.stderr.startswith("Row 12 of audit_event")
    assert "broken in 2 places" in result.stderr


def test_heads_are_printed_and_a_trail_cut_short_is_found_by_them(run, database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "heads"
    kept.write_text(run("heads").stdout)
    assert run("verify", "--heads", kept).exit_code == 0
    trails.run(database, "DELETE FROM audit_event", "DELETE FROM audit_head")
    assert run("verify").exit_code == 0  # nothing is left to tell of it
    assert run("verify", "--heads", kept).exit_code == 1


def test_what_is_no_file_of_heads_is_refused_in_a_sentence(run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\xff\xfe")
    result = run("verify", "--heads", wrong)
    assert result.exit_code == 1
    assert result.stderr.startswith("Line 1 is no head of a chain")
