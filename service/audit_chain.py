"""Chains of audit rows: each row's digest is keyed, and covers the row before it in its chain.

A chain is continued by one transaction at a time: whoever continues it holds its head. On SQLite whoever writes is
alone, so that one chain is enough; on PostgreSQL a transaction takes the first chain that nobody holds, or begins one.
Nothing is kept in memory: a transaction that is rolled back, or whose process is killed, leaves its chain as it was.

Now and then a row tells the heads of all chains (`anchor`), so that a chain cannot be shortened unseen even where its
head is moved back with it.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from service import db, expressions
from service.audit_keys import Key
from service.audit_models import AuditEvent, AuditHead
from service.read_door import Script

EVENT = db.table(AuditEvent)
HEAD = db.table(AuditHead)

ANCHORED_EVERY = 1000
"""Rows of a chain between two that tell the heads of all chains."""

START = bytes(32)
"""What the first row of a chain has for the digest of the row before it."""

_KEYS = expressions.next_keys(EVENT, "count")
_FREE = (
    select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest, _KEYS)
    .where(HEAD.c.key_id == bindparam("key_id"))
    .order_by(HEAD.c.chain)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEW_KEYS = select(_KEYS)
HEADS = select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest).order_by(HEAD.c.chain)
_ADD = insert(EVENT).values({column.name: bindparam(column.name, type_=column.type) for column in EVENT.columns})
_BEGIN = insert(HEAD).values({column.name: bindparam(column.name, type_=column.type) for column in HEAD.columns})
_MOVE = (
    update(HEAD)
    .where(HEAD.c.chain == bindparam("of"))
    .values({name: bindparam(name, type_=HEAD.c[name].type) for name in ("sequence", "digest", "at")})
)

_TEXT = {column.name for column in EVENT.columns if not column.nullable and column.type.python_type is str}
_ABSENT = {name: "" if name in _TEXT else None for name in sorted(EVENT.columns.keys()) if name != "digest"}
"""What every column holds where there is nothing to tell, which is left out: a column added later changes no digest."""


def canonical(row: Mapping[str, Any]) -> bytes:
    """A row as its digest covers it, the same on every database: JSON of what it tells, by name of column."""
    told = {name: row[name] for name, absent in _ABSENT.items() if row[name] != absent}
    return _ENCODER.encode(told).encode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    raise TypeError(f"A row of the audit trail cannot hold {type(value).__name__}")


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_as_text)


def instant(at: datetime) -> str:
    """An instant in UTC to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def digest(key: Key, before: bytes, row: Mapping[str, Any]) -> bytes:
    return key.digest(before + canonical(row))


def told(heads: Sequence[Sequence[Any]]) -> str:
    """Heads as an anchor tells them: chain, sequence and digest with colons between them, parted by spaces."""
    return " ".join(f"{chain}:{sequence}:{digest.hex()}" for chain, sequence, digest in heads)


def adding(key: Key, events: Sequence[Mapping[str, Any]]) -> Script:
    """Adds rows to a chain that nobody else is adding to, or to a new one, and moves its head."""
    found = yield _FREE, {"key_id": key.id, "count": len(events)}
    if found:
        chain, sequence, before, keys = found[0]
    else:
        chain, sequence, before = f"{key.id}-{secrets.token_hex(6)}", 0, START
        ((keys,),) = yield _NEW_KEYS, {"count": len(events)}
    anchor = ""
    if not sequence or sequence // ANCHORED_EVERY < (sequence + len(events)) // ANCHORED_EVERY:
        anchor = told((yield HEADS, {}))
    rows = []
    for pk, event in zip(expressions.numbered(keys, len(events)), events, strict=True):
        sequence += 1
        row = {**event, "pk": pk, "chain": chain, "sequence": sequence, "anchor": anchor}
        row["digest"] = before = digest(key, before, row)
        rows.append(row)
        anchor = ""
    yield _ADD, rows
    head = {"sequence": sequence, "digest": before, "at": rows[-1]["at"]}
    if found:
        yield _MOVE, [{"of": chain, **head}]
    else:
        yield _BEGIN, [{"chain": chain, "key_id": key.id, **head}]
