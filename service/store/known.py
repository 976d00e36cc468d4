"""A person by what they are known by now, or were known by: a number that was superseded, a record that was merged."""

from typing import Final, cast

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlmodel import Session

from service import db, expressions
from service.read_door import ReadDoor
from service.register import nhs_number
from service.register.models import Person
from service.store.models import Resource, SearchIndex

PERSON: Final = db.table(Person)
RESOURCE: Final = db.table(Resource)


def person(column: str) -> ColumnElement[int]:
    """The key of the person who is known by `whose` now, or else was: by a number that was superseded (of one person
    alone), or by a record that was merged into theirs."""
    now = select(_NOW.c.pk).where(_NOW.c[column] == bindparam("whose")).scalar_subquery()
    return func.coalesce(now, _BEFORE[column])


def by_number(session: Session, nhs_number: str) -> int | None:
    """The key of who has or had this number, whoever may see them: no answer must tell whether there is such one."""
    found: int | None = session.execute(_ASKED_FOR["nhs_number"], {"whose": nhs_number}).scalar_one()
    return found


async def asked_for(door: ReadDoor, column: str, value: str) -> int | None:
    """Whose record was asked for and refused, for the audit: by "nhs_number" or "patient_id", whoever may see them."""
    ((found,),) = await door.rows(_ASKED_FOR[column], {"whose": value})
    return cast(int | None, found)


async def belongs_to(door: ReadDoor, type_name: str, resource_id: str) -> int | None:
    """The same of a resource, by its type and its id."""
    rows = await door.rows(_BELONGS_TO, {"resource_type": type_name, "id": resource_id})
    return rows[0][0] if rows else None


def patient_id(session: Session, person_pk: int) -> str:
    """The id of the Patient that a person has or had."""
    found: str = session.execute(_PATIENT_ID, {"this": person_pk}).scalar_one()
    return found


_NOW: Final = PERSON.alias("now")
_KNOWN: Final = db.table(SearchIndex)
_MERGED: Final = RESOURCE.alias("merged")
_BEFORE: Final = {
    "nhs_number": select(func.max(_KNOWN.c.resource_pk))
    .where(
        _KNOWN.c.resource_type == expressions.constant("Patient"),
        _KNOWN.c.param == expressions.constant("identifier"),
        _KNOWN.c.value == bindparam("whose"),
        _KNOWN.c.system == expressions.constant(nhs_number.SYSTEM),
    )
    .having(func.min(_KNOWN.c.resource_pk) == func.max(_KNOWN.c.resource_pk))
    .scalar_subquery(),
    "patient_id": select(_MERGED.c.person_pk)
    .where(_MERGED.c.resource_type == expressions.constant("Patient"), _MERGED.c.id == bindparam("whose"))
    .scalar_subquery(),
}
_ASKED_FOR: Final = {column: select(person(column)) for column in _BEFORE}
_BELONGS_TO: Final = select(RESOURCE.c.person_pk).where(
    RESOURCE.c.resource_type == bindparam("resource_type"), RESOURCE.c.id == bindparam("id")
)
_PATIENT_ID: Final = select(RESOURCE.c.id).where(RESOURCE.c.pk == bindparam("this"))
