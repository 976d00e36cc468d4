"""What every command has in common."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.config import settings
from service.fhir.profiles import library


@pytest.fixture
def run_without_a_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CliRunner]:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("HEARTSEASE_HOME", str(tmp_path))
    settings.cache_clear()
    yield CliRunner()
    settings.cache_clear()


@pytest.mark.parametrize(
    "words",
    [
        "serve",
        "migrate",
        "demo",
        "rebuild",
        "unmapped",
        "report identification",
        "token gp-demo",
        "client list",
        "client disable leek-gp",
    ],
)
def test_a_database_out_of_reach_is_one_sentence_and_exit_code_1(run_without_a_database: CliRunner, words: str) -> None:
    done = run_without_a_database.invoke(app, words.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "The database is busy or out of reach; send the same request again\n"


def test_a_package_that_cannot_be_read_keeps_the_server_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEARTSEASE_PROFILE_PACKAGES", str(tmp_path / "nowhere.tgz"))
    monkeypatch.setenv("HEARTSEASE_HOME", str(tmp_path))
    settings.cache_clear()
    library.known.cache_clear()
    done = CliRunner().invoke(app, ["serve"])
    settings.cache_clear()
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.replace("\n", "").endswith("nowhere.tgz")


@pytest.mark.parametrize("words", ["serve", "report identification", "client list"])
def test_a_database_without_its_tables_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", "")
    monkeypatch.setenv("HEARTSEASE_HOME", str(tmp_path))
    settings.cache_clear()
    done = CliRunner().invoke(app, words.split())
    settings.cache_clear()
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "The database is not at the newest schema: run `heartsease migrate` first.\n"
