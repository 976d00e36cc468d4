"""The database user that serves on PostgreSQL: a working day goes through, and nothing that only an owner may do."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from service import app, cli, clock, config, grants, migrations
from service.access import clients
from service.config import Settings
from service.db import Database
from service.errors import Conflict, Invalid
from service.store import rebuild
from tests import builders
from tests.systems import TYPES, System, connect

ROLE = f"heartsease_serves_{os.getpid()}"
BESIDES = " system/AuditEvent.rs system/Measure.rs system/MeasureReport.rs system/Group.rs"


@pytest.fixture(scope="module")
def owned(postgresql: Callable[[str], str]) -> Iterator[Database]:
    """A database with every table, as its owner; the role that serves has been granted what it needs."""
    owner = Database(postgresql("grants"))
    migrations.upgrade(owner)
    _run(owner, f"CREATE ROLE {ROLE} LOGIN PASSWORD 'serves'", *grants.statements(ROLE, owner.url.database or ""))
    yield owner
    _run(owner, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")
    owner.close()


@pytest.fixture
def serving(owned: Database) -> Iterator[Database]:
    url = owned.url.set(username=ROLE, password="serves", drivername="postgresql")
    database = Database(url.render_as_string(hide_password=False))
    yield database
    database.close()


def _run(database: Database, *statements: str) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(sa.text(statement.replace(":", r"\:")))


def _exported(system: System) -> int:
    asked = system.get("$export", Prefer="respond-async")
    place = asked.headers["content-location"].partition("/fhir/R4/")[2]
    for _ in range(200):
        if (answer := system.get(place)).status_code != 202:
            break
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text
    files = [system.get(file["url"].partition("/fhir/R4/")[2]) for file in answer.json()["output"]]
    return sum(file.text.count("\n") for file in files)


def test_a_working_day_goes_through(serving: Database, settings: Settings) -> None:
    grants.require_no_owner(serving)
    scope = " ".join(f"system/{name}.cruds" for name in TYPES) + BESIDES
    with TestClient(app.create(settings, serving), base_url="http://127.0.0.1:8000") as http:
        system = connect(http, serving, "integration", scope=scope)
        system.register()
        anna = system.get("Patient").json()["entry"][0]["resource"]
        path = f"Patient/{anna['id']}"
        written = [
            system.put(path, {**anna, "active": True}),
            system.patch(path, {"op": "add", "path": "/language", "value": "en-GB"}),
            system.put("Organization/leek", builders.organization(id="leek")),
            system.delete("Organization/leek"),
        ]
        assert [answer.status_code // 100 for answer in written] == [2, 2, 2, 2], [one.text for one in written]
        read = [
            "metadata",
            path,
            f"{path}/_history",
            f"{path}/$everything",
            "_history",
            "Patient?_sort=family",
            "AuditEvent",
            "Measure/register-prevalence/$evaluate-measure?periodStart=2026-03-01&periodEnd=2026-03-31",
        ]
        answers = {where: system.get(where) for where in read}
        assert {where: answer.status_code for where, answer in answers.items()} == dict.fromkeys(read, 200)
        assert system.summary(builders.NHS_NUMBER).status_code == 200
        assert system.search("Observation", code="http://snomed.info/sct|1").status_code == 200
        assert _exported(system) > 1
        assert system.get("AuditEvent/absent").status_code == 404
        assert http.get("/readyz").status_code == 200
    with serving.transaction() as session:
        rebuild.rebuild(session, progress=lambda done: None)
        client_id = clients.listed(session)[0].client_id
        clients.disable(session, client_id, at=clock.now(), by=clients.COMMAND_LINE)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 200",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "ALTER TABLE audit_event DISABLE TRIGGER audit_event_unchanged",
        "DROP TRIGGER audit_event_unchanged ON audit_event",
        "DROP TABLE resource",
        "ALTER TABLE person ADD COLUMN mine text",
        "CREATE TABLE mine (pk int)",
        "CREATE INDEX mine ON person (pk)",
        "TRUNCATE resource",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP FUNCTION audit_is_only_added_to()",
        "CREATE ROLE mine",
    ],
)
def test_nothing_goes_through_that_only_an_owner_may_do(serving: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused, serving.transaction() as session:
        session.execute(sa.text(statement))
    assert refused.value.orig.sqlstate == "42501"  # insufficient_privilege


def test_granting_again_takes_back_what_was_granted_besides(owned: Database, serving: Database) -> None:
    _run(owned, f"GRANT DELETE ON audit_event TO {ROLE}")
    with pytest.raises(Conflict, match="owns nothing"):
        grants.require_no_owner(serving)
    _run(owned, *grants.statements(ROLE, owned.url.database or ""))
    grants.require_no_owner(serving)


def test_an_owner_may_not_serve_in_production(owned: Database) -> None:
    with pytest.raises(Conflict, match="heartsease grants ROLE"):
        grants.require_no_owner(owned)


@pytest.fixture
def run(owned: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Runs a command in production, as the owner."""
    for name, value in {
        "ENVIRONMENT": "production",
        "DATABASE_URL": owned.url.render_as_string(hide_password=False),
        "BASE_URL": "https://register.example",
        "SECRET": "s" * 32,
        "AUDIT_KEY": "a" * 32,
    }.items():
        monkeypatch.setenv(f"HEARTSEASE_{name}", value)
    config.settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli.app, words)
    config.settings.cache_clear()


def test_serve_says_so_before_it_listens(run: Callable[..., Result]) -> None:
    refused = run("serve")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "heartsease grants ROLE" in refused.stderr


def test_the_command_prints_the_sql(run: Callable[..., Result], owned: Database) -> None:
    printed = run("grants", ROLE).stdout.splitlines()
    assert printed == list(grants.statements(ROLE, owned.url.database or ""))
    assert f"GRANT SELECT, INSERT ON audit_event TO {ROLE};" in printed
    assert run("grants", "no role").exit_code == 1


def test_a_member_of_the_owner_may_not_either(owned: Database, serving: Database) -> None:
    owner = f"owner_{os.getpid()}"
    _run(owned, f"CREATE ROLE {owner}", f"CREATE TABLE theirs (pk int); ALTER TABLE theirs OWNER TO {owner}")
    try:
        grants.require_no_owner(serving)
        _run(owned, f"GRANT {owner} TO {ROLE}")
        with pytest.raises(Conflict):
            grants.require_no_owner(serving)
    finally:
        _run(owned, "DROP TABLE theirs", f"DROP ROLE {owner}")


def test_a_file_of_sqlite_has_no_owner_but_of_the_file(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    grants.require_no_owner(database)
    database.close()


@pytest.mark.parametrize("role", ["", "Heartsease", "a b", "a;b", 'a"b', "1a", "a" * 64])
def test_a_role_is_a_plain_name(role: str) -> None:
    with pytest.raises(Invalid):
        list(grants.statements(role, "heartsease"))
