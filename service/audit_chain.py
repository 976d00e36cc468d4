"""Chains of audit rows: each row's digest is keyed, and covers the row before it in its chain.

A chain is continued by one transaction at a time: whoever continues it holds its head. On SQLite whoever writes is
alone, so that one chain is enough; on PostgreSQL a transaction takes the first chain that nobody holds, or begins one.
Nothing is kept in memory: a transaction that is rolled back, or whose process is killed, leaves its chain as it was.

Now and then a row tells the heads of all chains (`anchor`), so that a chain cannot be shortened unseen even where its
head is moved back with it.
"""

import hashlib
import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, select, update

from service import db, expressions
from service.audit_keys import Key
from service.audit_models import AuditEvent, AuditHead
from service.read_door import Row, Script, Step

Found = TypeVar("Found")
_Finding = Generator[Step, list[Row], Found]
"""A piece of a script."""

EVENT = db.table(AuditEvent)
HEAD = db.table(AuditHead)

ANCHORED_EVERY = 1000
"""Rows of a chain between two that tell the heads of all chains."""

START = bytes(32)
"""What the first row of a chain has for the digest of the row before it."""

_KEYS = expressions.next_keys(EVENT, "count")
_FREE = (
    select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest, HEAD.c.event_pk, _KEYS)
    .where(HEAD.c.key_id == bindparam("key_id"))
    .order_by(HEAD.c.chain)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEW_KEYS = select(_KEYS)
_ANY_BEFORE = select(EVENT.c.pk).where(EVENT.c.chain == "").limit(1)
HEADS = select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest).order_by(HEAD.c.chain)
_MOVED = ("sequence", "digest", "event_pk", "at")
_ADD = insert(EVENT).values({column.name: bindparam(column.name, type_=column.type) for column in EVENT.columns})
_BEGIN = insert(HEAD).values({column.name: bindparam(column.name, type_=column.type) for column in HEAD.columns})
_MOVE = (
    update(HEAD)
    .where(HEAD.c.chain == bindparam("of"))
    .values({name: bindparam(name, type_=HEAD.c[name].type) for name in _MOVED})
)

_TEXT = {name for name, column in AuditEvent.model_fields.items() if column.annotation is str}
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


def sealed(count: int, digest: str) -> str:
    """What an anchor tells of the rows from before there were chains: how many, and one digest over them all."""
    return f"before:{count}:{digest}"


NOTHING_BEFORE = sealed(0, hashlib.sha256().hexdigest())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where rows are to be added: after the `sequence`-th of the chain, which has this digest, under these keys."""

    chain: str
    sequence: int
    digest: bytes
    keys: Sequence[int]


def adding(key: Key, events: Sequence[Mapping[str, Any]], *, seal: str = "") -> Script:
    """Adds rows to a chain that nobody else is adding to, or to a new one, and moves its head.

    `seal` is told in the first of them: see `sealed`.
    """
    place = yield from _found(key, len(events))
    anchor = yield from _anchor(place, len(events), seal)
    rows = _linked(key, place, events, anchor)
    yield _ADD, rows
    last = rows[-1]
    head = {"sequence": last["sequence"], "digest": last["digest"], "event_pk": last["pk"], "at": last["at"]}
    if place.sequence:
        yield _MOVE, [{"of": place.chain, **head}]
    else:
        yield _BEGIN, [{"chain": place.chain, "key_id": key.id, **head}]


def _found(key: Key, count: int) -> _Finding[_Place]:
    """The place after the head that is ours from here on, or at the start of a new chain."""
    found = yield _FREE, {"key_id": key.id, "count": count}
    if not found:
        return _Place(f"{key.id}-{secrets.token_hex(6)}", 0, START, (yield from _new_keys(count)))
    chain, sequence, before, last_pk, keys = found[0]
    numbered = expressions.numbered(keys, count)
    if numbered[0] <= last_pk:  # asked for before somebody else moved the head: keys rise along a chain
        numbered = yield from _new_keys(count)
    return _Place(chain, sequence, before, numbered)


def _new_keys(count: int) -> _Finding[Sequence[int]]:
    ((keys,),) = yield _NEW_KEYS, {"count": count}
    return expressions.numbered(keys, count)


def _anchor(place: _Place, count: int, seal: str) -> _Finding[str]:
    """What the first of the rows tells of all chains; nothing when one has told it not long ago."""
    after = place.sequence + count
    if not seal and place.sequence and place.sequence // ANCHORED_EVERY == after // ANCHORED_EVERY:
        return ""
    heads = yield HEADS, {}
    if not heads and not seal and not (yield _ANY_BEFORE, {}):
        return NOTHING_BEFORE
    return f"{seal} {told(heads)}".strip()


def _linked(key: Key, place: _Place, events: Sequence[Mapping[str, Any]], anchor: str) -> list[dict[str, Any]]:
    rows = []
    before = place.digest
    for nth, event in enumerate(events):
        row = {**event, "pk": place.keys[nth], "chain": place.chain, "sequence": place.sequence + nth + 1}
        row["anchor"] = "" if nth else anchor
        row["digest"] = before = digest(key, before, row)
        rows.append(row)
    return rows
