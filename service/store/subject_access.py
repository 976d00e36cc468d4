"""Everything that is kept of one person: every version of every resource of theirs, and under whose key who looked.

What was deleted because it was recorded of the wrong person is another person's, and is left out.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, bindparam, select, tuple_

from service import db
from service.actor import Actor
from service.errors import Forbidden
from service.read_door import ReadDoor
from service.store import deletion, grounds
from service.store.history import Version
from service.store.models import Resource, ResourceVersion

RESOURCE: Final = db.table(Resource)
VERSION: Final = db.table(ResourceVersion)

ITEM: Final = "subject-access"
"""The item of `access/policy` that a role reads which may export all of somebody."""
PAGE: Final = 200


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
