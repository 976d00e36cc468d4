"""What the summary of a person is made of: one statement from the NHS number to its lines and their resources."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from service import db
from service.actor import Actor, Sees
from service.read_door import ReadDoor
from service.register.models import SummaryItem
from service.store import access_filter
from service.store.models import Resource

RESOURCE = db.table(Resource)
ITEM = db.table(SummaryItem)
PERSON = access_filter.PERSON


class Line(NamedTuple):  # made thirty times a summary: a frozen dataclass takes four times as long
    """One line of a summary, with the resource that it comes from."""

    person_pk: int
    patient_id: str
    section: str
    kind: str
    effective_at: datetime
    review_on: date | None
    narrative: str
    resource_pk: int
    resource_type: str
    resource_id: str
    body: bytes


async def lines(door: ReadDoor, nhs_number: str, *, by: Actor) -> Sequence[Line]:
    """Every line of the person with that NHS number, newest first; none where the actor may not see the person."""
    rows = await door.rows(_lines(by.sees), {"nhs_number": nhs_number, **access_filter.parameters(by)})
    return [Line(*row) for row in rows]


@cache
def _lines(sees: Sees) -> Select[Any]:
    return (
        select(
            PERSON.c.pk,
            PERSON.c.patient_id,
            ITEM.c.section,
            ITEM.c.kind,
            ITEM.c.effective_at,
            ITEM.c.review_on,
            ITEM.c.narrative,
            ITEM.c.resource_pk,
            RESOURCE.c.resource_type,
            RESOURCE.c.id,
            RESOURCE.c.body,
        )
        .join(ITEM, ITEM.c.person_pk == PERSON.c.pk)
        .join(RESOURCE, RESOURCE.c.pk == ITEM.c.resource_pk)
        .where(PERSON.c.nhs_number == bindparam("nhs_number"), access_filter.visible(sees, PERSON.c.pk))
        .order_by(ITEM.c.effective_at.desc(), ITEM.c.issued_at.desc(), ITEM.c.resource_pk.desc(), ITEM.c.position)
    )
