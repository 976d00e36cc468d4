"""`heartsease worklist`."""

import pytest
from typer.testing import CliRunner

from service import config
from service.cli import app
from service.db import Database
from tests.reports.test_worklist import PRACTICE, person, registered
from tests.store.test_write import put_all


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(app, list(arguments))
    config.settings.cache_clear()


def test_worklists_are_listed_and_printed_as_table_and_csv(run, database: Database) -> None:
    put_all(database, *registered(person("anna", 0)))
    assert "no-preferred-place: On the register" in run("worklist").stdout
    assert "ANNA, Pat" in run("worklist", "no-preferred-place", "--practice", PRACTICE).stdout
    csv = run("worklist", "no-preferred-place", "--practice", PRACTICE, "--csv").stdout
    assert csv.startswith("NHS number,Name,Date of birth")
    assert "Nobody is on this list." in run("worklist", "deaths-to-complete", "--practice", PRACTICE).stdout


def test_a_worklist_without_its_practice_is_refused_in_words(run) -> None:
    found = run("worklist", "mdt")
    assert (found.exit_code, "Name the practice by its ODS code" in found.stderr) == (1, True)
