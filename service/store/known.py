"""A person by what they are known by now, or were known by: a number that was superseded, a record that was merged."""

from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, select

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
