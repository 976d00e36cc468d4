"""Whether the audit trail is whole: every row as it was written, in its place, and none missing.

Each row is compared with its digest and with the row before it in its chain; the last of each chain with the chain's
head; and every chain with what anchors, and heads that were exported, once told of it. All in one snapshot, so that
what is written meanwhile raises no alarm, and page by page, so that a trail of any length can be read.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, select, type_coerce
from sqlalchemy.types import NullType
from sqlmodel import Session

from service import audit_chain
from service.audit_chain import EVENT, HEAD, START
from service.audit_keys import Key
from service.errors import Unreadable

PAGE = 1000
MOST_TOLD = 20
"""Faults that are told one by one; all are counted."""

# As the database holds them: a value that is not of its column's type is a fault of that row, and not of ours.
_ROWS = (
    select(*(type_coerce(column, NullType()).label(column.name) for column in EVENT.columns))
    .where(EVENT.c.pk > bindparam("after"))
    .order_by(EVENT.c.pk)
    .limit(PAGE)
)
_FIRST = select(func.min(EVENT.c.pk), func.max(EVENT.c.pk))
_HEADS = select(*(type_coerce(HEAD.c[name], NullType()) for name in ("chain", "sequence", "digest")))
_ANCHORS = select(EVENT.c.anchor).where(EVENT.c.anchor != "")

Claims = Mapping[str, Mapping[int, str]]
"""The digests, as hex, that rows of chains were told to have: by chain, and by place in it."""

_CLAIM = re.compile(r"([0-9a-f]{8}-[0-9a-f]{12}):([0-9]{1,18}):([0-9a-f]{64})")
_SEAL = re.compile(r"before:([0-9]{1,18}):([0-9a-f]{64})")


def claims(told: Iterable[str]) -> dict[str, dict[int, str]]:
    """What anchors claim."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for anchor in told:
        for chain, sequence, digest in _CLAIM.findall(str(anchor)):
            found[chain].setdefault(int(sequence), digest)
    return found


def exported(text: str) -> dict[str, dict[int, str]]:
    """What a file of heads claims (`heartsease audit heads`). Raises Unreadable."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not _CLAIM.fullmatch(line.strip()):
            raise Unreadable(f"Line {number} is no head of a chain: give a file that `heartsease audit heads` wrote")
    return claims(text.splitlines())


@dataclass(slots=True)
class Verifier:
    """Takes the rows in the order of their keys, and says of each what is wrong with it.

    `ends` are the sequence and digest of the last row taken of each chain; `before` counts the rows from before there
    were chains, which have no digest: one over all of them was told in the anchor that sealed them.
    """

    keys: Mapping[str, Key]
    claims: Claims
    ends: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    count: int = 0
    before: int = 0
    seal: tuple[int, str] | None = None
    _content: Any = field(default_factory=hashlib.sha256)

    def copy(self) -> "Verifier":
        """Where this one stands, to go on from twice."""
        made = Verifier(self.keys, self.claims, dict(self.ends), self.count, self.before, self.seal)
        made._content = self._content.copy()
        return made

    def take(self, row: Mapping[str, Any]) -> str:
        """What is wrong with this row or with what should stand before it, in words; empty for nothing."""
        self.count += 1
        chain = row["chain"]
        if chain == "":
            return self._take_unchained(row)
        key = self.keys.get(str(chain).partition("-")[0])
        if key is None:
            return "its chain is none that a known key made: see HEARTSEASE_AUDIT_OLD_KEYS"
        last, digest = self.ends.get(chain, (0, START))
        if not isinstance(row["sequence"], int) or not isinstance(row["digest"], bytes) or row["sequence"] <= last:
            return "it does not belong into this place of its chain"
        self.ends[chain] = row["sequence"], row["digest"]
        if row["sequence"] > last + 1:
            return f"rows {last + 1} to {row['sequence'] - 1} of its chain are missing"
        if not _is_right(key, digest, row):
            return "it was changed, or did not follow the row before it in its chain"
        claimed = self.claims.get(chain, {}).get(row["sequence"])
        if claimed is not None and claimed != row["digest"].hex():
            return "an anchor told of another row in its place"
        self._note_seal(row["anchor"])
        return ""

    def _take_unchained(self, row: Mapping[str, Any]) -> str:
        self.before += 1
        self._content.update(_unchained(row))
        if self.ends:
            return "it has no chain, and all that was written after the first that has one has one too"
        if row["sequence"] or row["anchor"] or row["digest"]:
            return "it has a place in a chain, but no chain"
        return ""

    def _note_seal(self, anchor: str) -> None:
        if anchor and self.seal is None and (found := _SEAL.search(anchor)):
            self.seal = int(found[1]), found[2]

    def finish(self, heads: Mapping[str, tuple[Any, Any]]) -> list[str]:
        """What is missing at the ends, in words."""
        wrong = [
            f"The chain {chain} ends with row {self.ends.get(chain, (0, b''))[0]}, and its head tells of row {end[0]}"
            for chain, end in sorted(heads.items())
            if self.ends.get(chain) != end
        ]
        wrong += [f"The chain {chain} has no head" for chain in sorted(self.ends.keys() - heads.keys())]
        for chain, told in sorted(self.claims.items()):
            last = self.ends.get(chain, (0, b""))[0]
            if max(told) > last:
                wrong.append(f"The chain {chain} ends with row {last}, and an anchor tells of row {max(told)}")
        if self.seal and self.seal != (self.before, self._content.hexdigest()):
            wrong.append(
                f"The {self.before} rows from before there were chains are not the {self.seal[0]} that were sealed"
            )
        return wrong


def _is_right(key: Key, before: bytes, row: Mapping[str, Any]) -> bool:
    try:
        return bool(audit_chain.digest(key, before, row) == row["digest"])
    except (TypeError, ValueError):  # SQLite keeps what it is given, whatever the column
        return False


def _unchained(row: Mapping[str, Any]) -> bytes:
    try:
        content = audit_chain.canonical(row)
    except (TypeError, ValueError):
        content = b"unreadable"
    return b"%d:%s" % (len(content), content)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. `faults` are sentences, the first broken row first; `broken` counts all of them."""

    rows: int
    chains: int
    before: int
    is_sealed: bool
    broken: int
    faults: tuple[str, ...]


def verify(session: Session, keys: Mapping[str, Key], *, known: Claims | None = None) -> Verified:
    """Verifies all that the snapshot of this session holds; `known` are heads that were exported."""
    told = claims(session.execute(_ANCHORS).scalars())
    for chain, of_chain in (known or {}).items():
        told.setdefault(chain, {}).update(of_chain)
    verifier = Verifier(keys, told)
    faults: list[str] = []
    broken = 0
    for row in _rows(session):
        if wrong := verifier.take(row):
            broken += 1
            if len(faults) < MOST_TOLD:
                faults.append(f"Row {row['pk']} of audit_event (chain {row['chain']}, {row['sequence']}): {wrong}")
    heads = {chain: (sequence, digest) for chain, sequence, digest in session.execute(_HEADS)}
    at_ends = verifier.finish(heads)
    is_sealed = verifier.seal is not None or not verifier.before
    return Verified(
        verifier.count,
        len(verifier.ends),
        verifier.before,
        is_sealed,
        broken + len(at_ends),
        (*faults, *at_ends[:MOST_TOLD]),
    )


def _rows(session: Session) -> Iterator[dict[str, Any]]:
    first, last = session.execute(_FIRST).one()
    after = first - 1 if first is not None else 0
    while first is not None and after < last:
        page = [dict(row) for row in session.execute(_ROWS, {"after": after}).mappings()]
        if not page:
            return
        yield from page
        after = page[-1]["pk"]


def heads(session: Session) -> list[str]:
    """The heads of all chains, a line each, to be kept elsewhere."""
    return audit_chain.told(list(session.execute(audit_chain.HEADS))).split()


def seal_of_before(session: Session) -> str:
    """What tells of all rows from before there were chains, for an anchor; empty where none are, or are sealed."""
    if any(_SEAL.search(anchor) for anchor in session.execute(_ANCHORS).scalars()):
        return ""
    count, content = 0, hashlib.sha256()
    for row in _rows(session):
        if row["chain"] == "":
            count += 1
            content.update(_unchained(row))
    return audit_chain.sealed(count, content.hexdigest()) if count else ""
