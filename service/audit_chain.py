"""Chains of audit rows: each row's digest is keyed, and covers the row before it in its chain.

A chain is continued by one transaction at a time: whoever continues it holds its head. On SQLite whoever writes is
alone, so that one chain is enough; on PostgreSQL a transaction takes the first chain that nobody holds, or begins one.
Nothing need be kept in memory: a transaction that is rolled back, or whose process is killed, leaves the chain be.

The process that discloses on PostgreSQL keeps to one chain of its own, and remembers where it ends: so it need not ask,
and adds to it in one statement (`continuing`) that does nothing where the head is not there any more. A chain that
nobody has continued for a while (`LEFT_AFTER`) is taken over by the next process.

Now and then a row tells the heads of all chains (`anchor`), so that a chain cannot be shortened unseen even where its
head is moved back with it.
"""

import hashlib
import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, or_, select, update

from service import db, expressions
from service.audit_keys import Key
from service.audit_models import AuditEvent, AuditHead
from service.read_door import Parameters, Row, Script, Step

Found = TypeVar("Found")
_Finding = Generator[Step, list[Row], Found]
"""A piece of a script."""

EVENT = db.table(AuditEvent)
HEAD = db.table(AuditHead)

ANCHORED_EVERY = 1000
"""Rows of a chain between two that tell the heads of all chains."""

START = bytes(32)
"""What the first row of a chain has for the digest of the row before it."""

CHANGE, DISCLOSURE = "change", "disclosure"
"""The kinds of chains: those that transactions share, and those of one process each."""

LEFT_AFTER = timedelta(minutes=10)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)

_KEYS = expressions.next_keys(EVENT, "count")
_FREE = (
    select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest, HEAD.c.event_pk, _KEYS)
    .where(HEAD.c.key_id == bindparam("key_id"), HEAD.c.kind == bindparam("kind"))
    .where(or_(HEAD.c.chain == bindparam("own"), HEAD.c.at < bindparam("left_at", type_=HEAD.c.at.type)))
    .order_by(HEAD.c.chain)
    .limit(1)
    .with_for_update(skip_locked=True)
)
NEW_KEYS = select(_KEYS)
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
class Place:
    """Where rows can be added: after the `sequence`-th of the chain, which has this digest and this key."""

    chain: str
    sequence: int
    digest: bytes
    last_pk: int


def adding(
    key: Key, events: Sequence[Mapping[str, Any]], *, kind: str = CHANGE, own: str = "", seal: str = ""
) -> Script:
    """Adds rows to a chain that nobody else is adding to, or to a new one, and moves its head. Returns the new end.

    Of the kind DISCLOSURE it may be the chain `own`, or one that was left. `seal` is told in the first row: see
    `sealed`.
    """
    left_at = events[0]["at"] - LEFT_AFTER if kind == DISCLOSURE else _LATEST
    place, keys = yield from _found(key, len(events), {"kind": kind, "own": own, "left_at": left_at})
    anchor = yield from _anchor(place, len(events), seal)
    rows = linked(key, place, keys, events, anchor)
    yield _ADD, rows
    end = end_of(rows)
    head = {"sequence": end.sequence, "digest": end.digest, "event_pk": end.last_pk, "at": rows[-1]["at"]}
    if place.sequence:
        yield _MOVE, [{"of": place.chain, **head}]
    else:
        yield _BEGIN, [{"chain": place.chain, "key_id": key.id, "kind": kind, **head}]
    return end


def _found(key: Key, count: int, wanted: Parameters) -> _Finding[tuple[Place, Sequence[int]]]:
    """The end of a chain whose head is ours from here on, or the start of a new one; and keys for the rows."""
    found = yield _FREE, {"key_id": key.id, "count": count, **wanted}
    if not found:
        return Place(f"{key.id}-{secrets.token_hex(6)}", 0, START, 0), (yield from _new_keys(count))
    chain, sequence, before, last_pk, keys = found[0]
    numbered = expressions.numbered(keys, count)
    if numbered[0] <= last_pk:  # asked for before somebody else moved the head: keys rise along a chain
        numbered = yield from _new_keys(count)
    return Place(chain, sequence, before, last_pk), numbered


def _new_keys(count: int) -> _Finding[Sequence[int]]:
    ((keys,),) = yield NEW_KEYS, {"count": count}
    return expressions.numbered(keys, count)


def is_anchored(place: Place, count: int) -> bool:
    """Whether so many rows more need tell of no other chain."""
    return place.sequence > 0 and place.sequence // ANCHORED_EVERY == (place.sequence + count) // ANCHORED_EVERY


def _anchor(place: Place, count: int, seal: str) -> _Finding[str]:
    """What the first of the rows tells of all chains; nothing when one has told it not long ago."""
    if not seal and is_anchored(place, count):
        return ""
    heads = yield HEADS, {}
    if not heads and not seal and not (yield _ANY_BEFORE, {}):
        return NOTHING_BEFORE
    return f"{seal} {told(heads)}".strip()


def linked(
    key: Key, place: Place, keys: Sequence[int], events: Sequence[Mapping[str, Any]], anchor: str = ""
) -> list[dict[str, Any]]:
    """The events as rows that continue a chain, under these keys."""
    rows = []
    before = place.digest
    for nth, event in enumerate(events):
        row = {**event, "pk": keys[nth], "chain": place.chain, "sequence": place.sequence + nth + 1}
        row["anchor"] = "" if nth else anchor
        row["digest"] = before = digest(key, before, row)
        rows.append(row)
    return rows


def end_of(rows: Sequence[Mapping[str, Any]]) -> Place:
    last = rows[-1]
    return Place(last["chain"], last["sequence"], last["digest"], last["pk"])
