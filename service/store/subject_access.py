"""Everything that is kept of one person: every version of every resource of theirs, and under whose key who looked.

What was deleted because it was recorded of the wrong person is another person's, and is left out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, bindparam, select, tuple_

from service import db
from service.actor import Actor
from service.errors import Forbidden
from service.read_door import ReadDoor
from service.store import deletion, grounds
from service.store.audit_events import EARLIEST, LATEST
from service.store.history import Version
from service.store.merges import Merge
from service.store.models import Resource, ResourceVersion

RESOURCE: Final = db.table(Resource)
VERSION: Final = db.table(ResourceVersion)
MERGE: Final = db.table(Merge)

ITEM: Final = "subject-access"
"""The item of `access/policy` that a role reads which may export all of somebody."""
PAGE: Final = 200


class Span(NamedTuple):
    """While a person's record stood under a key, the audit tells of it under that key."""

    person_pk: int
    since: datetime
    until: datetime


def refuse_barred(by: Actor) -> None:
    """Raises Forbidden for a role that may not export all of somebody."""
    if ("read", ITEM) in by.barred:
        raise Forbidden("All of a record is exported by the practice or the privacy officer of the person")


async def refuse_not_theirs(door: ReadDoor, person_pk: int, *, by: Actor) -> None:
    """Raises Forbidden where the actor sees the person without an organisation that looks after them."""
    if not await grounds.is_given(door, person_pk, by=by):
        raise Forbidden("Only who looks after this person may do this: your organisation does not")


async def versions(door: ReadDoor, person_pk: int, after: tuple[int, int]) -> Sequence[Version]:
    """A page of versions by resource and version, after the last one of the page before; `pk` is the resource's key."""
    asked = {"person": person_pk, "after_pk": after[0], "after_version": after[1]}
    return [Version(*row) for row in await door.rows(_VERSIONS, {**asked, "investigates": 0, "limit": PAGE})]


async def keys(door: ReadDoor, person_pk: int) -> list[int]:
    """The keys under which a person stands: theirs, and of the records that are merged into it."""
    return [person_pk, *(span.person_pk for span in await _from(door, person_pk))]


async def spans(door: ReadDoor, person_pk: int) -> Sequence[Span]:
    """Under which keys, and when, the audit tells of this person: of what was merged into their record, and of the
    records in which theirs stood for a while."""
    return [*await _into(door, Span(person_pk, EARLIEST, LATEST)), *await _from(door, person_pk)]


async def _into(door: ReadDoor, span: Span) -> list[Span]:
    found = [span]
    for target, at, undone_at in await door.rows(_MERGED_INTO, {"this": span.person_pk}):
        since, until = max(at, span.since), min(undone_at or LATEST, span.until)
        if since < until:
            found += await _into(door, Span(target, since, until))
    return found


async def _from(door: ReadDoor, person_pk: int) -> list[Span]:
    found: list[Span] = []
    for (source,) in await door.rows(_MERGED_FROM, {"this": person_pk}):
        found += [Span(source, EARLIEST, LATEST), *await _from(door, source)]
    return found


_VERSIONS: Final = (
    select(
        RESOURCE.c.pk,
        RESOURCE.c.resource_type,
        RESOURCE.c.id,
        VERSION.c.version,
        VERSION.c.last_updated,
        VERSION.c.deleted,
        RESOURCE.c.person_pk,
        VERSION.c.body,
        VERSION.c.reason,
    )
    .join(VERSION, VERSION.c.resource_pk == RESOURCE.c.pk)
    .where(
        RESOURCE.c.person_pk == bindparam("person"),
        tuple_(RESOURCE.c.pk, VERSION.c.version)
        > tuple_(bindparam("after_pk", type_=BigInteger()), bindparam("after_version", type_=BigInteger())),
        deletion.readable(),
    )
    .order_by(RESOURCE.c.pk, VERSION.c.version)
    .limit(bindparam("limit"))
)
_MERGED_INTO: Final = select(MERGE.c.target_pk, MERGE.c.at, MERGE.c.undone_at).where(
    MERGE.c.source_pk == bindparam("this"), MERGE.c.undone_at.is_not(None)
)
_MERGED_FROM: Final = select(MERGE.c.source_pk).where(
    MERGE.c.target_pk == bindparam("this"), MERGE.c.undone_at.is_(None)
)
