"""Audit trails for tests, and what somebody might do to one."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service import audit, audit_chain, audit_keys, audit_verification, read_door
from service.audit_keys import Key
from service.audit_verification import Verified
from service.db import Database

Row = dict[str, Any]
AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def event(number: int) -> Row:
    """One of many, no two the same, some with nothing in most columns."""
    told = audit.row(
        ("read", "search", "create", "refused get")[number % 4],
        by=None,
        outcome=(200, 200, 201, 403)[number % 4],
        resource_type="" if number % 5 == 0 else "Patient",
        resource_id="" if number % 5 == 0 else f"person-{number}",
        person_pk=None if number % 5 == 0 else number % 97,
        query='_count="2"&name=Ærø\\' if number % 4 == 1 else "",
        request_id=f"request-{number}",
    )
    return {**told, "at": AT + timedelta(milliseconds=number)}


def write(database: Database, rows: Iterable[Row], *, key: Key | None = None) -> None:
    """One transaction."""
    with database.transaction() as session:
        read_door.run(session, audit_chain.adding(key or audit_keys.current(), list(rows)))


def keys(*others: Key) -> dict[str, Key]:
    return {**audit_keys.known(), **{key.id: key for key in others}}


def verified(database: Database, *others: Key, heads: str = "") -> Verified:
    with database.reading() as session:
        return audit_verification.verify(session, keys(*others), known=audit_verification.exported(heads))


def heads(database: Database) -> str:
    with database.reading() as session:
        return "\n".join(audit_verification.heads(session))


def rows(database: Database) -> list[Row]:
    with database.reading() as session:
        return list(audit_verification._rows(session))


def run(database: Database, *statements: str, **values: Any) -> None:
    """SQL in one transaction, whatever the guards say of it."""
    from tests import tables

    with database.transaction() as session, tables.unguarded(session):
        for statement in statements:
            session.execute(sa.text(statement), values)
