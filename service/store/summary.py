"""What the summary of a person is made of: one statement from the person to its lines and their resources.

Whether a copy is still current is asked of the same lines by a narrow statement, which reads no words and no resource.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, String, cast, func, literal_column, select

from service import db, expressions
from service.actor import Actor, Sees
from service.fhir import redaction
from service.read_door import ReadDoor
from service.register import preferences
from service.register.models import RecordedItem, SummaryItem
from service.store import access_filter, known
from service.store.models import Resource

RESOURCE = db.table(Resource)
ITEM = db.table(SummaryItem)
RECORDED = db.table(RecordedItem)
PERSON = access_filter.PERSON


class Line(NamedTuple):  # made thirty times a summary: a frozen dataclass takes four times as long
    """One line of a summary, with the resource that it comes from.

    `is_partial` where the reader sees the person in part: the body is what is left for them.
    """

    person_pk: int
    patient_id: str
    kind: str
    effective_at: datetime
    review_on: date | None
    resource_pk: int
    resource_type: str
    version: int
    last_updated: datetime
    section: str
    recorded: str
    narrative: str
    resource_id: str
    body: bytes
    is_partial: bool = False


class Mark(NamedTuple):
    """What of a line decides whether it stands, and tells one state of it from another."""

    person_pk: int
    patient_id: str
    kind: str
    effective_at: datetime
    review_on: date | None
    resource_pk: int
    resource_type: str
    version: int
    last_updated: datetime
    is_partial: bool = False


class Whose(NamedTuple):
    """The person a summary is of: by a column of `person`, `nhs_number` or `patient_id`, and its value."""

    column: str
    value: str


async def lines(door: ReadDoor, whose: Whose, *, by: Actor) -> Sequence[Line]:
    """Every line of that person, newest first; none where the actor may not see the person."""
    found = [Line(*row) for row in await door.rows(_lines(by.sees, whose.column), _parameters(whose, by))]
    return [_told(line) for line in found] if by.sees in access_filter.PARTLY else found


async def marks(door: ReadDoor, whose: Whose, *, by: Actor) -> Sequence[Mark]:
    """The same lines in the same order, without what they say."""
    return [Mark(*row) for row in await door.rows(_marks(by.sees, whose.column), _parameters(whose, by))]


def _told(line: Line) -> Line:
    return line._replace(body=redaction.redacted(line.resource_type, line.body)) if line.is_partial else line


def _parameters(whose: Whose, by: Actor) -> dict[str, Any]:
    return {"whose": whose.value, **access_filter.parameters(by)}


_MARK: Final[tuple[ColumnElement[Any], ...]] = (
    PERSON.c.pk,
    PERSON.c.patient_id,
    ITEM.c.kind,
    ITEM.c.effective_at,
    ITEM.c.review_on,
    ITEM.c.resource_pk,
    RESOURCE.c.resource_type,
    RESOURCE.c.version,
    RESOURCE.c.last_updated,
)


_RECORDED: Final = func.coalesce(
    select(expressions.listed(cast(RECORDED.c.item, String) + expressions.constant(":") + RECORDED.c.state))
    .where(RECORDED.c.resource_pk == ITEM.c.resource_pk, ITEM.c.position == literal_column("0"))
    .correlate(ITEM)
    .scalar_subquery(),
    expressions.constant(""),
)
"""What the resource of a line records of SCCI1580, as `12:present,36:declined`, told once of a resource."""


@cache
def _lines(sees: Sees, column: str) -> Select[Any]:
    said = (ITEM.c.section, _RECORDED, ITEM.c.narrative, RESOURCE.c.id, RESOURCE.c.body)
    return _found(sees, column, *_MARK, *said)


@cache
def _marks(sees: Sees, column: str) -> Select[Any]:
    return _found(sees, column, *_MARK)


def _found(sees: Sees, column: str, *columns: ColumnElement[Any]) -> Select[Any]:
    rows = PERSON.join(ITEM, ITEM.c.person_pk == PERSON.c.pk).join(RESOURCE, RESOURCE.c.pk == ITEM.c.resource_pk)
    return (
        select(*columns, *access_filter.partial(sees))
        .select_from(rows)
        .where(PERSON.c.pk == known.person(column), access_filter.visible(sees, RESOURCE))
        .order_by(*preferences.latest_first(ITEM), ITEM.c.position)
    )
