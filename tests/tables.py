"""What stands in the tables, for tests that compare before with after."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from service.db import Database

BESIDE = ("audit_event", "audit_head", "client", "access_token", "used_assertion")
"""Tables that tell of refusals too."""


def rows(database: Database, names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Every row of the named tables; of all but those BESIDE when none is named."""
    wanted = list(names) or [name for name in SQLModel.metadata.tables if name not in BESIDE]
    with database.reading() as session:
        return {name: sorted(map(repr, _all(session, SQLModel.metadata.tables[name]))) for name in wanted}


def _all(session: Any, table: sa.Table) -> Any:
    return session.execute(sa.select(table)).all()


def audit(database: Database) -> list[Any]:
    """The audit, oldest first."""
    with database.reading() as session:
        table = SQLModel.metadata.tables["audit_event"]
        return session.execute(sa.select(table).order_by(table.c.pk)).all()
