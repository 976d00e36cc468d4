"""Makes a register larger by copying its rows, straight in the tables: writing so many resources would take hours.

Every copy has keys, ids, NHS numbers and identifiers of its own and refers to its own, so that a person keeps as many
resources as before; codes, dates and names repeat, so that as large a share of everything is found as before.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Table, case, insert, literal, select

from service import db
from service.db import Database
from service.register.models import Person, SummaryItem
from service.store import derive, judging
from service.store.models import Resource, ResourceVersion, SearchIndex

_RESOURCE, _INDEX, _PERSON = db.table(Resource), db.table(SearchIndex), db.table(Person)
_KEYS = {"pk", "resource_pk", "person_pk"}
_OWN_VALUES = {"identifier", "url", *(param for _, param in derive.reference_params(judging.TYPES.values()))}
_KEY_OF = {
    _RESOURCE: "pk",
    db.table(ResourceVersion): "pk",
    _INDEX: "resource_pk",
    _PERSON: "pk",
    db.table(SummaryItem): "resource_pk",
}


def size(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(select(sa.func.count()).select_from(_RESOURCE)).scalar_one())


def grow(database: Database, wanted: int) -> int:
    """Doubles the register until it holds at least that many resources. Returns how many it holds then."""
    indexes = [index for table in _KEY_OF for index in table.indexes]
    with database.transaction() as session:
        for index in indexes:  # made anew at the end, which takes a tenth of the time
            index.drop(session.connection())
    doubling = 0
    while size(database) < wanted:
        doubling += 1
        _double(database, f"-{doubling}")
    with database.transaction() as session:
        for index in indexes:
            index.create(session.connection())
        session.execute(sa.text("ANALYZE"))
    return size(database)


def _double(database: Database, suffix: str) -> None:
    with database.transaction() as session:
        offset = max(session.execute(select(sa.func.max(table.c[key]))).scalar_one() for table, key in _KEY_OF.items())
        for table in _KEY_OF:
            session.execute(_copying(table, suffix, offset))


def _copying(table: Table, suffix: str, offset: int) -> Insert:
    columns = [_copied(table, column, suffix, offset) for column in table.columns]
    return insert(table).from_select(list(table.columns), select(*columns))


def _copied(table: Table, column: sa.Column[object], suffix: str, offset: int) -> ColumnElement[object]:
    if column.name in _KEYS:
        return column + literal(offset)
    if column.name in ("id", "patient_id", "nhs_number"):
        return column.concat(suffix)
    if table is _INDEX and column.name == "value":
        return case((table.c.param.in_(_OWN_VALUES), column.concat(suffix)), else_=column)
    return column
