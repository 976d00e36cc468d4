"""All that the register holds of one person, a page at a time, and then what the record refers to that is nobody's.

The record comes in the order of its keys; after it the organisations, practitioners, roles, locations and
questionnaires that it leads to, each once. A page costs the same few statements wherever it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, bindparam, case, func, literal_column, or_, select

from service import db, expressions
from service.actor import Actor, Sees
from service.read_door import ReadDoor
from service.store import access_filter, judging, search_sql
from service.store.models import Resource, SearchIndex
from service.store.search_sql import Match

RESOURCE = db.table(Resource)
INDEX = db.table(SearchIndex)

SHARED: Final = tuple(name for name, type_ in judging.TYPES.items() if not type_.person)
"""The types that belong to nobody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose record, by the key of the person; at most `count` resources of the types that are `wanted`.

    `readable` are the types that the actor may read: what is referred to is looked for in these, wanted or not.
    `since` keeps what changed at this instant or later, and what that refers to. `after` is the `next` of a page.
    """

    person_pk: int
    wanted: tuple[str, ...]
    readable: tuple[str, ...]
    count: int
    since: datetime | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the `after` of the page after this one: a key in the record, or below zero among what it refers to."""

    record: Sequence[Match]
    referred: Sequence[Match]
    next: int = 0


async def page(door: ReadDoor, asked: Asked, *, by: Actor) -> Page:
    """Whether the actor may see the person, and may read the types, was asked before."""
    record = await _rows(door, asked, by, limit=asked.count + 1) if asked.after >= 0 else []
    if len(record) > asked.count:
        record = record[: asked.count]
        return Page(record, (), record[-1].pk)
    room = asked.count - len(record)
    referred = await _referred_rows(door, asked, by, limit=room + 1)
    if len(referred) <= room:
        return Page(record, referred)
    referred = referred[:room]
    return Page(record, referred, _below_zero(referred[-1].pk if referred else max(-asked.after - 1, 0)))


def _below_zero(pk: int) -> int:
    """The place after a key among what the record refers to; the first one has no key before it."""
    return -pk - 1


async def _rows(door: ReadDoor, asked: Asked, by: Actor, *, limit: int) -> list[Match]:
    statement = _record(by.sees, asked.wanted, asked.since is not None)
    rows = await door.rows(statement, _parameters(asked, by, asked.after, limit))
    return search_sql.found(rows, by=by)


async def _referred_rows(door: ReadDoor, asked: Asked, by: Actor, *, limit: int) -> list[Match]:
    wanted = tuple(name for name in asked.wanted if name in SHARED)
    if not wanted:
        return []
    statement = _referred(by.sees, wanted, asked.readable, asked.since is not None)
    after = max(-asked.after - 1, 0)
    return search_sql.found(await door.rows(statement, _parameters(asked, by, after, limit)), by=by)


def _parameters(asked: Asked, by: Actor, after: int, limit: int) -> dict[str, Any]:
    given = {"person": asked.person_pk, "after": after, "limit": limit, **access_filter.parameters(by)}
    return {**given, "since": asked.since} if asked.since else given


@lru_cache(maxsize=1000)
def _record(sees: Sees, wanted: tuple[str, ...], has_since: bool) -> Select[Any]:
    return (
        select(*search_sql.returned(sees))
        .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
        .where(
            *_of_the_person(RESOURCE, wanted),
            RESOURCE.c.pk > bindparam("after"),
            # When something was written is told to nobody who sees the person in part.
            *([_is_new(RESOURCE), access_filter.in_full(sees, RESOURCE)] if has_since else []),
            access_filter.visible(sees, RESOURCE),
        )
        .order_by(RESOURCE.c.pk)
        .limit(bindparam("limit"))
    )


def _of_the_person(rows: FromClause, types: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [rows.c.person_pk == bindparam("person"), rows.c.deleted.is_(False), _is_of(rows, types)]


def _is_of(rows: FromClause, types: tuple[str, ...]) -> ColumnElement[bool]:
    """Found otherwise, and looked at for its type: hidden from the index of types, each of which has many more."""
    return func.coalesce(rows.c.resource_type, "").in_([expressions.constant(name) for name in types])


def _is_new(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.last_updated >= bindparam("since", type_=db.Instant())


@lru_cache(maxsize=1000)
def _referred(sees: Sees, wanted: tuple[str, ...], readable: tuple[str, ...], has_since: bool) -> Select[Any]:
    """`is_new` is 1 where what refers to a resource is among what is asked for since."""
    lead = _leads(sees, readable, has_since)
    found = select(lead.c.pk, func.max(lead.c.is_new).label("is_new")).group_by(lead.c.pk).subquery("found")
    rows = found.join(RESOURCE, RESOURCE.c.pk == found.c.pk)
    conditions = [or_(found.c.is_new == 1, _is_new(RESOURCE))] if has_since else []
    return (
        select(*search_sql.returned(sees))
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(
            _is_of(RESOURCE, wanted),
            found.c.pk > bindparam("after"),
            access_filter.visible(sees, RESOURCE),
            *conditions,
        )
        .order_by(found.c.pk)
        .limit(bindparam("limit"))
    )


def _leads(sees: Sees, readable: tuple[str, ...], has_since: bool) -> CTE:
    """The keys that the record leads to, through the search index, and from there on: a role to its practitioner.

    The record of somebody who is seen in part leads nowhere: who treats them tells where they are.
    """
    source, person = RESOURCE.alias("source"), access_filter.PERSON.alias("whose")
    is_new = case((_is_new(source), 1), else_=0) if has_since else literal_column("1")
    begun = (
        select(source.c.pk, is_new.label("is_new"))
        .select_from(access_filter.joined(source, source.c.person_pk, person=person))
        .where(*_of_the_person(source, readable), access_filter.in_full(sees, source, person=person))
        .cte("record")
    )
    shared = tuple(name for name in SHARED if name in readable)
    lead = _targets(begun, shared).union(_by_url(begun)).cte("direct")
    leads = select(lead.c.pk, lead.c.is_new).cte("leads", recursive=True)
    return leads.union(_targets(leads, shared))


def _targets(sources: FromClause, types: tuple[str, ...]) -> Select[Any]:
    """What the resources with these keys refer to as Type/id."""
    index, target = INDEX.alias(), RESOURCE.alias()
    mark = expressions.position(index.c.value, literal_column("'/'"))
    is_target = and_(
        target.c.resource_type == func.substr(index.c.value, 1, mark - 1),
        target.c.id == func.substr(index.c.value, mark + 1),
    )
    return (
        select(target.c.pk, sources.c.is_new)
        .select_from(sources.join(index, index.c.resource_pk == sources.c.pk).join(target, is_target))
        .where(mark > 1, target.c.deleted.is_(False), target.c.person_pk.is_(None), _is_of(target, types))
    )


def _by_url(sources: FromClause) -> Select[Any]:
    """The questionnaires whose canonical URLs they name."""
    index, url = INDEX.alias(), INDEX.alias()
    is_named = and_(
        url.c.resource_type == literal_column("'Questionnaire'"),
        url.c.param == literal_column("'url'"),
        url.c.value == index.c.value,
    )
    return (
        select(url.c.resource_pk, sources.c.is_new)
        .select_from(sources.join(index, index.c.resource_pk == sources.c.pk).join(url, is_named))
        .where(index.c.param == literal_column("'questionnaire'"))
    )
