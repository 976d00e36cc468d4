"""`heartsease audit queue`, and what a report on the command line leaves in the audit."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from service import cli, config
from service.db import Database
from service.fhir import audit_events
from service.register import codes
from tests import builders, tables
from tests.systems import System, connect


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Runs a command on the database of the test."""
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli.app, list(words))
    config.settings.cache_clear()


@pytest.fixture
def nurse(http: TestClient, database: Database, integration: System) -> System:
    integration.keep(*builders.people_of_two_practices())
    return connect(http, database, "hospital", organisation="RX9", user="n.nurse", purpose="TREAT")


def test_it_lists_what_was_claimed_of_all_or_of_one_organisation(
    run: Callable[..., Any], nurse: System, database: Database
) -> None:
    nurse.get("Patient/anna")
    nurse.get("Patient/bert")
    everything = run("audit", "queue")
    assert (everything.exit_code, everything.exception) == (0, None)
    for word in ("anna", "bert", "RX9", "n.nurse", "TREAT", "claimed", "2 to look at"):
        assert word in everything.stdout
    assert "1 to look at" in run("audit", "queue", "--organisation", "Y99001").stdout
    assert "0 to look at" in run("audit", "queue", "--organisation", "Y99009").stdout
    row = tables.audit(database)[-1]
    assert (row.action, row.client_id, row.query) == ("review-queue", "command-line", "organisation=Y99009&days=90")


def test_ids_and_words_are_printed_whole_where_the_queue_goes_into_a_file(
    run: Callable[..., Any], integration: System, nurse: System, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Found unconscious by a neighbour who has no telephone number of anybody"
    integration.keep(builders.sharing("deny", id="no"))
    parts = [
        {"name": "identifier", "valueString": builders.NHS_NUMBER},
        {"name": "reason", "valueCoding": {"system": codes.ACT_REASON, "code": "ETREAT"}},
        {"name": "text", "valueString": words},
    ]
    assert nurse.post("Patient/$break-glass", {"resourceType": "Parameters", "parameter": parts}).status_code == 200
    event = tables.audit(database)[-1]
    monkeypatch.setenv("COLUMNS", "80")
    listed = run("audit", "queue").stdout
    assert audit_events.event_id(event.chain, event.sequence, event.at) in listed
    assert words in listed


def test_a_report_that_is_printed_is_audited_and_one_that_is_refused_prints_nothing(
    run: Callable[..., Any], database: Database
) -> None:
    assert run("report", "identification", "--on", "2023-03-31").exit_code == 0
    row = tables.audit(database)[-1]
    asked, _, snapshot = row.query.partition("&snapshot=")
    assert (row.action, row.client_id, asked) == (
        "report",
        "command-line",
        "name=identification&on=2023-03-31&source=register",
    )
    assert len(snapshot) == 20
