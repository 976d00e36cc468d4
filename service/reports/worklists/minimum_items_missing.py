"""Who lacks an item of the minimum record (SCCI1580 section 4.4), or has a reason in its place why it is not known."""

from typing import Any

from sqlalchemy import Integer, Row, String, and_, cast, func, literal_column, select, union_all

from service import db, expressions
from service.register import items
from service.register.models import RecordedItem
from service.reports import caseload
from service.reports.caseload import PERSON, REGISTRATION
from service.reports.worklist import Cell, Column, Worklist

_ITEM = db.table(RecordedItem)
_WANTED = union_all(
    *(select(literal_column(str(item.number), Integer).label("item")) for item in items.MINIMUM)
).subquery("wanted")
_IS_IT = and_(_ITEM.c.person_pk == PERSON.c.pk, _ITEM.c.item == _WANTED.c.item)
_IS_THERE = (
    select(_ITEM.c.item)
    .where(_IS_IT, _ITEM.c.state == expressions.constant(items.PRESENT))
    .correlate(PERSON, _WANTED)
    .exists()
)
_REASON = func.coalesce(select(func.min(_ITEM.c.state)).where(_IS_IT).scalar_subquery(), items.MISSING)
_LACKING = (
    select(
        PERSON.c.pk.label("person_pk"),
        func.count().label("many"),
        expressions.listed(cast(_WANTED.c.item, String) + expressions.constant(":") + _REASON).label("lacking"),
    )
    .select_from(PERSON.join(_WANTED, ~_IS_THERE))
    .where(caseload.of_practice())
    .group_by(PERSON.c.pk)
    .subquery("lacking")
)


def _titles(row: Row[Any]) -> Cell:
    """`Usual address (missing); Main carer (not known)`, in the order of the standard."""
    lacking = sorted(
        (int(number), state) for number, _, state in (one.partition(":") for one in row.lacking.split(","))
    )
    return "; ".join(f"{items.ALL[number].title} ({items.STATES[state].lower()})" for number, state in lacking)


MINIMUM_ITEMS_MISSING = Worklist(
    name="minimum-items-missing",
    title="Minimum items missing",
    sentence="On the register with less than the minimum record of the information standard SCCI1580. Complete what is "
    "missing. Those who lack most come first, then whoever has been on the register longest.",
    columns=(
        *caseload.IDENTITY,
        Column("On the register since", lambda row: row.started_on),
        Column("Items", lambda row: row.many),
        Column("To complete", _titles),
    ),
    statement=select(*caseload.who(), REGISTRATION.c.started_on, _LACKING.c.many, _LACKING.c.lacking)
    .select_from(caseload.on_the_register().join(_LACKING, _LACKING.c.person_pk == PERSON.c.pk))
    .where(caseload.of_practice())
    .order_by(_LACKING.c.many.desc(), REGISTRATION.c.started_on, PERSON.c.name, PERSON.c.pk),
)
