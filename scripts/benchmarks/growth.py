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
    """Copies the register until it holds that many resources. Returns how many it holds then."""
    with database.reading() as session:
        last = {
            table: session.execute(select(sa.func.max(table.c[key]))).scalar_one() for table, key in _KEY_OF.items()
        }
    offset = max(last.values())
    for copy in range(1, wanted // size(database)):
        with database.transaction() as session:
            for table, key in _KEY_OF.items():
                session.execute(_copying(table, key, last[table], copy, offset * copy))
    with database.transaction() as session:
        session.execute(sa.text("ANALYZE"))
    return size(database)


def _copying(table: Table, key: str, last: int, copy: int, offset: int) -> Insert:
    columns = [_copied(table, column, f"-{copy}", offset) for column in table.columns]
    return insert(table).from_select(list(table.columns), select(*columns).where(table.c[key] <= last))


def _copied(table: Table, column: sa.Column[object], suffix: str, offset: int) -> ColumnElement[object]:
    if column.name in _KEYS:
        return column + literal(offset)
    if column.name in ("id", "patient_id", "nhs_number"):
        return column.concat(suffix)
    if table is _INDEX and column.name == "value":
        return case((table.c.param.in_(_OWN_VALUES), column.concat(suffix)), else_=column)
    return column
