"""PostgreSQL goes away and comes back: 503 meanwhile, nothing told, and no restart needed."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from service import app, migrations
from service.config import Settings
from service.db import Database
from tests import builders
from tests.systems import connect


def _administer(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg", database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_while_the_database_is_away_answers_are_503_and_then_right_again(
    postgresql: Callable[[str], str], settings: Settings
) -> None:
    database = Database(postgresql("away"))
    migrations.upgrade(database)
    name = database.url.database
    with TestClient(app.create(settings, database), base_url="http://127.0.0.1:8000") as http:
        system = connect(http, database, "integration")
        assert system.put("Organization/leek", builders.organization(id="leek")).status_code == 201
        _administer(
            database.url,
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        answers: list[Any] = [
            system.get("Organization/leek"),
            system.put("Organization/leek", builders.organization(id="leek", name="New")),
            http.get("/readyz"),
        ]
        _administer(database.url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert [answer.status_code for answer in answers] == [503, 503, 503]
        assert answers[0].json()["resourceType"] == "OperationOutcome"
        assert answers[0].headers["retry-after"]
        assert "Example" not in answers[0].text
        assert system.get("Organization/leek").json()["name"] == "Example Surgery"
        assert http.get("/readyz").status_code == 200
    database.close()
