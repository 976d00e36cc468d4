"""What the register tables and the search index hold of a resource. One way, for live writing and for rebuilding."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam
from sqlmodel import Session

from service import db
from service.fhir import dates, definitions, index_conversions, index_values, intake, narrative
from service.fhir.relationships import RELATIONSHIP
from service.fhir.resource_type import Body, ResourceType
from service.fhir.traits import TRAIT
from service.register import people
from service.register.models import Death, Person, Plan, Preference, Registration, SharingDecision
from service.store import recorded_items
from service.store.models import SearchIndex

PERSON = db.table(Person)
SEARCH_INDEX = db.table(SearchIndex)
REGISTRATION = db.table(Registration)
PLAN = db.table(Plan)
SHARING_DECISION = db.table(SharingDecision)
REGISTER_TABLES = (
    REGISTRATION,
    PLAN,
    db.table(Preference),
    db.table(Death),
    SHARING_DECISION,
    narrative.SUMMARY_ITEM,
    recorded_items.RECORDED_ITEM,
    RELATIONSHIP,
    TRAIT,
)
_FORGET = {
    table: table.delete().where(table.c.resource_pk == bindparam("pk")) for table in (SEARCH_INDEX, *REGISTER_TABLES)
}

REFERS_TO = "_refers-to"
"""The search parameter of references that no R4 parameter covers, so that what is referred to is never deleted."""

_OF_REPLACED = ("active", "link")
"""What finds a record that was merged into another."""

Rows = defaultdict[Table, list[dict[str, Any]]]


def no_rows() -> Rows:
    return defaultdict(list)


def add(
    session: Session,
    rows: Rows,
    type_: ResourceType,
    resource: Body,
    *,
    pk: int,
    person_pk: int | None,
    at: datetime,
    said_at: datetime,
    sender: str,
    refers_to: Iterable[str],
) -> str:
    """Adds what one current resource stands for to `rows`; a person is saved at once, since others refer to it.

    What was meant is derived from (`intake`). `at` is when this version was written; `said_at` and `sender` are when
    what it says was first written, and by which organisation's system; `refers_to` is every reference in it. Returns
    the practice code, where a person has one.
    """
    practice = ""
    resource, _ = intake.normalised(resource)
    rows[SEARCH_INDEX] += _index_rows(type_, resource, pk, at, refers_to)
    if type_.is_replaced(resource):
        people.leave(session, pk)
        return practice
    derived = list(type_.register_rows(resource, said_at))
    for table, row in derived:
        if table is PERSON:
            people.save(session, pk=pk, facts=row, on=at.date())
            practice = row["practice_code"]
        else:
            if table is narrative.SUMMARY_ITEM:
                row["narrative"] = narrative.signed(row["narrative"], sender)
            rows[table].append({**row, "resource_pk": pk, "person_pk": person_pk})
    rows[recorded_items.RECORDED_ITEM] += [
        {"resource_pk": pk, "item": item, "person_pk": person_pk, "state": state}
        for item, state in recorded_items.states(type_, resource, derived).items()
    ]
    return practice


def forget(session: Session, type_: ResourceType, pk: int) -> set[Table]:
    """Takes away all that was derived from a resource, before it is derived anew or because it is deleted.

    Returns the tables in which something was.
    """
    tables = (SEARCH_INDEX, *REGISTER_TABLES) if type_.person else (SEARCH_INDEX,)
    forgotten = set()
    for table in tables:
        result = session.execute(_FORGET[table], {"pk": pk})
        if result.rowcount:  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
            forgotten.add(table)
    return forgotten


def _index_rows(
    type_: ResourceType, resource: Body, pk: int, at: datetime, refers_to: Iterable[str]
) -> list[dict[str, Any]]:
    values = index_values.rows(resource, type_)
    if type_.is_replaced(resource):  # whoever looks for that person finds the record in whose place this one stood
        values = [value for value in values if value[0] in _OF_REPLACED]
    instant = dates.sortable(at)
    covered = {value for _, value, _, _ in values}
    others = {index_conversions.key(reference.partition("/_history/")[0]) for reference in refers_to} - covered
    values = [
        *values,
        ("_lastUpdated", instant, "", instant),
        *((REFERS_TO, other, "", "") for other in sorted(others)),
    ]
    return [_index_row(type_.name, pk, value) for value in values]


def _index_row(type_name: str, pk: int, value: Sequence[str]) -> dict[str, Any]:
    return {
        "resource_type": type_name,
        "param": value[0],
        "value": value[1],
        "resource_pk": pk,
        "system": value[2],
        "high": value[3] or None,
    }


def reference_params(types: Iterable[ResourceType]) -> list[tuple[str, str]]:
    """Every pair of type and search parameter under which a reference stands in the index."""
    return [
        (type_.name, name)
        for type_ in types
        for name in (*index_values.indexed(type_.name, type_.person), REFERS_TO)
        if name == REFERS_TO or definitions.search_parameter(type_.name, name).type == "reference"
    ]
