"""A person by what they are known by now, or were known by: a number that was superseded, a record that was merged."""

from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlmodel import Session

from service import db, expressions
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
    found: int | None = session.execute(_BY_NUMBER, {"whose": nhs_number}).scalar_one()
    return found


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
_BY_NUMBER: Final = select(person("nhs_number"))
_PATIENT_ID: Final = select(RESOURCE.c.id).where(RESOURCE.c.pk == bindparam("this"))
