"""The one SQL shape of every search: index rows joined on the resource key, the access filter, limit, then bytes.

One criterion drives: its rows come out of the index in the order of the key, so that a page costs the same wherever
it stands. The others are looked up for each row. Statements are built once for each shape of a search.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.expression import FromClause

from service import db
from service.actor import Actor, Sees
from service.store import access_filter, search
from service.store.models import Resource, SearchIndex

RESOURCE = db.table(Resource)
INDEX = db.table(SearchIndex)


class Match(NamedTuple):  # made a thousand times a page: a frozen dataclass takes four times as long
    """A resource that a search found, as it stands."""

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes


def place(match: Match) -> search.Place:
    """Where a page ends that ends with this match: `after` of the next one."""
    return (match.pk,)


RETURNED = (
    RESOURCE.c.pk,
    RESOURCE.c.resource_type,
    RESOURCE.c.id,
    RESOURCE.c.version,
    RESOURCE.c.last_updated,
    RESOURCE.c.person_pk,
    RESOURCE.c.body,
)
_DRIVES_BEST = ("identifier", "_id", "patient", "subject")
Shape = tuple[tuple[str, ...], ...]


def statement(query: search.Query, actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """The statement, and what it is run with: rows as of `Match`, in key order."""
    criteria = _ordered(query.criteria)
    finds_once = not criteria or criteria[0].finds_once
    parameters = {"type": query.type_name, "after": query.after[-1] if query.after else 0, "limit": query.count + 1}
    for at, criterion in enumerate(criteria):
        parameters[f"p{at}"] = criterion.param
        for nth, alternative in enumerate(criterion.alternatives):
            parameters |= {f"v{at}_{nth}_{place}": value for place, value in enumerate(alternative.values)}
    return _built(search.shape(criteria), finds_once, actor.sees), {**parameters, **access_filter.parameters(actor)}


def _ordered(criteria: Sequence[search.Criterion]) -> list[search.Criterion]:
    """The most telling criterion first: it drives."""
    return sorted(
        criteria,
        key=lambda criterion: (
            not criterion.finds_once,
            _DRIVES_BEST.index(criterion.param) if criterion.param in _DRIVES_BEST else len(_DRIVES_BEST),
        ),
    )


def by_identifiers(query: Sequence[search.Query], actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """One statement for many searches for one identifier each: rows of the query's place, then as of `Match`."""
    parameters = dict(access_filter.parameters(actor))
    for at, one in enumerate(query):
        value, system = one.criteria[0].alternatives[0].values
        parameters |= {f"type_{at}": one.type_name, f"value_{at}": value, f"system_{at}": system}
    return _by_identifiers(len(query), actor.sees), parameters


@lru_cache(maxsize=1000)
def _by_identifiers(count: int, sees: Sees) -> Select[Any]:
    found = union_all(
        *(
            select(literal_column(str(at), Integer).label("place"), INDEX.c.resource_pk).where(
                INDEX.c.resource_type == bindparam(f"type_{at}"),
                INDEX.c.param == "identifier",
                INDEX.c.value == bindparam(f"value_{at}"),
                INDEX.c.system == bindparam(f"system_{at}"),
            )
            for at in range(count)
        )
    ).subquery("found")
    rows = found.join(RESOURCE, RESOURCE.c.pk == found.c.resource_pk)
    return (
        select(found.c.place, *RETURNED)
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(access_filter.visible(sees, RESOURCE.c.person_pk))
    )


@lru_cache(maxsize=1000)
def _built(shape: Shape, finds_once: bool, sees: Sees) -> Select[Any]:
    rows, key, conditions = _driver(shape, finds_once)
    return (
        select(*RETURNED)
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(
            *conditions,
            *(_condition(at, alternatives, key) for at, alternatives in enumerate(shape) if at),
            access_filter.visible(sees, RESOURCE.c.person_pk),
        )
        .order_by(key)
        .limit(bindparam("limit"))
    )


def _driver(shape: Shape, finds_once: bool) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    if not shape or set(shape[0]) == {"id"}:
        by_id = [_condition(0, shape[0], RESOURCE.c.pk)] if shape else []
        of_type = [RESOURCE.c.resource_type == bindparam("type"), RESOURCE.c.deleted.is_(False)]
        return RESOURCE, RESOURCE.c.pk, [*of_type, RESOURCE.c.pk > bindparam("after"), *by_id]
    found = _rows_of(0, shape[0], INDEX).where(INDEX.c.resource_pk > bindparam("after"))
    driver = (found if finds_once else found.distinct()).subquery("driver")
    return driver.join(RESOURCE, RESOURCE.c.pk == driver.c.resource_pk), driver.c.resource_pk, [true()]


def _condition(at: int, alternatives: tuple[str, ...], key: ColumnElement[int]) -> ColumnElement[bool]:
    if set(alternatives) == {"id"}:
        return or_(*(RESOURCE.c.id == bindparam(f"v{at}_{nth}_0") for nth in range(len(alternatives))))
    also = INDEX.alias(f"index_{at}")
    return exists(_rows_of(at, alternatives, also).where(also.c.resource_pk == key))


def _rows_of(at: int, alternatives: tuple[str, ...], index: FromClause) -> Select[Any]:
    return select(index.c.resource_pk).where(
        index.c.resource_type == bindparam("type"),
        index.c.param == bindparam(f"p{at}"),
        or_(*(_matches(index, shape, f"v{at}_{nth}") for nth, shape in enumerate(alternatives))),
    )


def _matches(index: FromClause, shape: str, name: str) -> ColumnElement[bool]:
    """One alternative as a condition. Dates compare ranges: a resource's [value, high) with the one asked for."""
    low: ColumnElement[str] = index.c.value
    high: ColumnElement[str] = index.c.high
    system: ColumnElement[str] = index.c.system
    first = bindparam(f"{name}_0", type_=db.Sortable)
    second = bindparam(f"{name}_1", type_=db.Sortable)
    match shape:
        case "token":
            return and_(low == first, system == second)
        case "code" | "reference":
            return low == first
        case "system":
            return system == first
        case "string":
            return and_(low >= first, low < second)
        case "eq":
            return and_(low >= first, high <= second)
        case "ne":
            return or_(low < first, high > second)
        case "lt":
            return low < first
        case "le":
            return or_(low < first, high <= second)
        case "gt":
            return high > second
        case "ge":
            return or_(high > second, low >= first)
        case "sa":
            return low >= second
        case "eb":
            return high <= first
        case "ap":
            return and_(low < second, high > first)
    raise ValueError(f"No condition is known for {shape}")
