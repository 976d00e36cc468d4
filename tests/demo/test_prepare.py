"""`heartsease demo` on an embedded database of its own: the fixture of both databases has its tables already."""

import io
import json
import stat

import pytest
from pydantic import SecretStr
from rich.console import Console

from service import clock, migrations
from service.config import Settings
from service.db import Database
from service.demo import load, prepare
from service.demo.area import Scale
from service.errors import Conflict, Forbidden
from service.store import judging, write
from tests import builders

TINY = Scale(practices=2, people=7_000, on_register=14, deaths_a_year=77, in_full=3)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, database_url="")


def call(settings, *, first_run=True, stream=None):
    console = Console(file=stream or io.StringIO(), force_terminal=bool(stream))
    return prepare.prepare(settings, console, first_run=first_run, scale=TINY)


def state(settings):
    database = Database(settings.database)
    try:
        with database.reading() as session:
            return load.state(session)
    finally:
        database.close()


def somebody_elses_record(settings):
    database = Database(settings.database)
    migrations.upgrade(database)
    with database.transaction() as session, write.writing(session, by=load.LOADER, at=clock.now()) as writing:
        writing.create(judging.judged(builders.patient()))
    database.close()


def test_the_first_run_loads_the_area_and_prints_what_to_try(settings):
    printed = call(settings)

    assert state(settings) == "loaded"
    assert "token gp-demo" in printed


def test_the_first_run_leaves_the_requests_and_the_keys_in_the_home_folder(settings):
    call(settings)

    assert json.loads((settings.home / "demo" / "registration.json").read_text())["type"] == "transaction"
    assert json.loads((settings.home / "demo" / "ask.json").read_text())["resourceType"] == "Parameters"
    assert (settings.home / "keys" / "gp-demo.jwk").exists()


def test_the_home_folder_is_for_its_owner_only(settings):
    fresh = settings.model_copy(update={"home": settings.home / "home"})
    call(fresh)

    assert {stat.S_IMODE(path.stat().st_mode) for path in (fresh.home, fresh.home / "keys")} == {0o700}


def test_another_first_run_loads_nothing_and_prints_the_same(settings):
    assert call(settings) == call(settings)


def test_a_lost_request_is_written_again(settings):
    call(settings)
    (settings.home / "demo" / "ask.json").unlink()

    call(settings)

    assert (settings.home / "demo" / "ask.json").exists()


def test_loading_by_hand_into_an_area_that_is_there_is_refused_in_a_sentence(settings):
    call(settings)

    with pytest.raises(Conflict, match="loaded already"):
        call(settings, first_run=False)


def test_loading_by_hand_fills_an_empty_database(settings):
    call(settings, first_run=False)

    assert state(settings) == "loaded"


def test_records_of_others_are_never_mixed_with_the_area(settings):
    somebody_elses_record(settings)

    assert call(settings) == prepare.NOT_HERE
    with pytest.raises(Conflict, match="not empty"):
        call(settings, first_run=False)
    assert state(settings) == "other"


def test_a_database_of_the_deployers_own_is_brought_up_to_date_and_left_empty_on_first_run(settings, tmp_path):
    own = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path / 'own.db'}")})

    assert call(own) == prepare.NOT_HERE
    assert state(own) == "empty"


def test_in_production_the_first_run_does_nothing_and_loading_by_hand_is_refused(settings):
    production = settings.model_copy(update={"environment": "production"})

    assert call(production) == prepare.NOT_HERE
    assert not (settings.home / "heartsease.db").exists()
    with pytest.raises(Forbidden):
        call(production, first_run=False)


def test_the_progress_bar_is_for_terminals_only(settings, tmp_path):
    on_terminal, piped = io.StringIO(), io.StringIO()

    call(settings, stream=on_terminal)
    prepare.prepare(Settings(home=tmp_path / "other"), Console(file=piped), first_run=True, scale=TINY)

    assert "Loading the demonstration area" in on_terminal.getvalue()
    assert piped.getvalue() == ""
