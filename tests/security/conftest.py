"""One register under attack for the whole folder, on each database; and what is asked of every attack alike.

After each test every exchange is looked at: a refusal has left its row in the audit, and nothing that identifies
anybody stands in a log line, a header, a link or an error, nor in what was answered to a caller who may not see them.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from service import app, audit, clock, db, migrations
from service.access import smart
from service.access.models import AccessToken
from service.config import Settings
from service.db import Database
from tests.security import people
from tests.security.people import ANNA, HEDWIG, VIOLA
from tests.security.witness import Exchange, Witness, found
from tests.systems import ALL, System, connect

TOKEN = db.table(AccessToken)
AUDIT = db.table(audit.AuditEvent)
TELLING = (*ANNA.telling, *HEDWIG.telling, *VIOLA.telling)
HIDDEN = (*HEDWIG.telling, *VIOLA.whereabouts)
"""What nobody may be told who cares for neither of the two."""


@dataclass
class World:
    """The register, its client systems, and the one who sees what passes.

    `integration` may see everyone; `practice` looks after Anna; `hospital` is shared with by all who did not refuse;
    neither of these two may know of Hedwig. The hospital sees Viola in part, the practice does not see her.
    """

    http: TestClient
    database: Database
    witness: Witness
    integration: System
    practice: System
    hospital: System

    @property
    def attackers(self) -> tuple[System, System]:
        return self.practice, self.hospital

    def connect(self, kind: str, *, hidden: tuple[str, ...] = HIDDEN, **named: Any) -> System:
        """Another system, which may not be told the words that are `hidden`."""
        system = connect(self.http, self.database, kind, **named)
        self.witness.blind(system.token, hidden)
        _outlast(self.database, system)
        return system

    def audited(self, *, after: int = 0) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(sa.select(AUDIT).where(AUDIT.c.pk > after).order_by(AUDIT.c.pk)))


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("security")
    with closing(Database(_url(request, folder))) as database, _served(folder, database) as http:
        witness: Any = http.app
        integration = connect(http, database, "integration")
        integration.keep(*people.directory())
        people.settle(integration, HEDWIG, sharing="deny")
        people.settle(integration, VIOLA, sharing="permit")
        # Linked to somebody hidden, so that there is a reference to follow.
        people.settle(integration, ANNA, sharing="permit", link=HEDWIG)
        practice = connect(http, database, "practice", organisation="Y99001")
        hospital = connect(http, database, "hospital", organisation="RX9", scope=ALL)
        for system in (integration, practice, hospital):
            _outlast(database, system)
        witness.blind(practice.token, (*HEDWIG.telling, *VIOLA.telling))
        witness.blind(hospital.token, HIDDEN)
        yield World(http, database, witness, integration, practice, hospital)


def _outlast(database: Database, system: System) -> None:
    """Lets a token live for as long as the attacks may take on a busy machine."""
    with database.transaction() as session:
        later = clock.now() + timedelta(hours=2)
        session.execute(sa.update(TOKEN).where(TOKEN.c.digest == smart.digest(system.token)).values(expires_at=later))


def _served(folder: Path, database: Database) -> TestClient:
    many = dict.fromkeys(("requests_per_minute", "tokens_per_minute", "refusals_per_minute"), 1_000_000)
    application = app.create(Settings(home=folder, **many), database)
    return TestClient(Witness(application), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))


def _url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        path = folder / "heartsease.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgresql")("security")
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    migrations.tables().create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(autouse=True)
def nothing_identifying_leaves(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """What holds for every attack, whatever it tries."""
    world.witness.taken()
    mark = _last(world)
    yield
    passed = world.witness.taken()
    said = "".join(capsys.readouterr())
    assert not found(TELLING, said + caplog.text), "A log line names somebody"
    check_lines(said)
    for exchange in passed:
        check(world, exchange)
    check_audit(world, passed, after=mark)


def _last(world: World) -> int:
    with world.database.reading() as session:
        return session.scalar(sa.select(sa.func.max(AUDIT.c.pk))) or 0


def check_lines(said: str) -> None:
    """A log line is one JSON object: what was sent has made no line of its own."""
    for line in said.splitlines():
        assert isinstance(json.loads(line), dict), line


def check(world: World, exchange: Exchange) -> None:
    assert exchange.status < 500 or exchange.status == 503, exchange
    headers = "\n".join(f"{name.decode()}: {value.decode('latin-1')}" for name, value in exchange.headers)
    assert not found(TELLING, headers), f"A header of {exchange} names somebody"
    assert not any(b"\r" in value or b"\n" in value for pair in exchange.headers for value in pair), exchange
    if exchange.is_refused:
        assert not found(TELLING, exchange.text), f"The refusal of {exchange} names somebody"
        return
    assert not found([ANNA.number, HEDWIG.number], "\n".join(_urls(exchange))), f"A link of {exchange} names somebody"
    hidden = world.witness.hidden_from(exchange.authorization)
    if hidden:
        assert not found(hidden, _told(exchange)), f"{exchange} was told of somebody hidden"


def _urls(exchange: Exchange) -> list[str]:
    """Where the links of an answer lead, of the Bundles inside it too."""
    return [one["url"] for bundle in _bundles(_json(exchange)) for one in bundle.get("link", [])]


def _told(exchange: Exchange) -> str:
    """An answer without the links of its Bundles: they repeat what the caller has just asked."""
    told = _json(exchange)
    for bundle in _bundles(told):
        bundle.pop("link", None)
    return json.dumps(told, ensure_ascii=False) if told else exchange.text


def _bundles(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if resource.get("resourceType") == "Bundle":
        yield resource
        for entry in resource.get("entry", []):
            yield from _bundles(entry.get("resource", {}))


def _json(exchange: Exchange) -> dict[str, Any]:
    if not exchange.body.startswith(b'{"resourceType"'):
        return {}
    told: dict[str, Any] = json.loads(exchange.body)
    return told


def check_audit(world: World, passed: list[Exchange], *, after: int) -> None:
    rows = {(row.request_id, row.outcome) for row in world.audited(after=after)}
    for exchange in passed:
        if exchange.is_audited:
            for status in exchange.refusals():
                assert (exchange.request_id, status) in rows, f"The refusal of {exchange} left no row"
