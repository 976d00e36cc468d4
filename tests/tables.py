"""What stands in the tables, for tests that compare before with after."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from service import audit_guards
from service.db import Database

BESIDE = ("audit_event", "audit_head", "client", "access_token", "used_assertion")
"""Tables that tell of refusals too."""


def rows(database: Database, names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Every row of the named tables; of all but those BESIDE when none is named."""
    wanted = list(names) or [name for name in SQLModel.metadata.tables if name not in BESIDE]
    with database.reading() as session:
        return {name: sorted(map(repr, _all(session, SQLModel.metadata.tables[name]))) for name in wanted}


@contextmanager
def failing_at(number: int) -> Iterator[list[int]]:
    """The statement of this number, of those that sessions execute from here on, finds no disk. Tells how many ran."""
    execute, ran = Session.execute, [0]

    def breaks(self: Session, *arguments: Any, **named: Any) -> Any:
        ran[0] += 1
        if ran[0] == number:
            raise OSError("the disk is gone")
        return execute(self, *arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Session, "execute", breaks)
        yield ran


def _all(session: Any, table: sa.Table) -> Any:
    return session.execute(sa.select(table)).all()


def audit(database: Database) -> list[Any]:
    """The audit, oldest first."""
    with database.reading() as session:
        table = SQLModel.metadata.tables["audit_event"]
        return session.execute(sa.select(table).order_by(table.c.pk)).all()


_GUARDS = {
    "audit_event": ("audit_event_unchanged",),
    "audit_head": ("audit_head_forward", "audit_head_unremoved"),
}


@contextmanager
def unguarded(session: Any) -> Iterator[None]:
    """Does to the audit trail what its triggers refuse; only who owns the database can."""
    if session.get_bind().dialect.name == "postgresql":
        _switch(session, "DISABLE")
        yield
        _switch(session, "ENABLE ALWAYS")
        return
    lost = (
        session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"))
        .scalars()
        .all()
    )
    for name in lost:
        session.execute(sa.text(f"DROP TRIGGER {name}"))
    yield
    for statement in audit_guards.STATEMENTS["sqlite"]:
        session.execute(sa.text(statement))


def _switch(session: Any, how: str) -> None:
    for table, names in _GUARDS.items():
        for name in names:
            session.execute(sa.text(f"ALTER TABLE {table} {how} TRIGGER {name}"))
