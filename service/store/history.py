"""The versions of one resource, of a type, of everything: newest first, a page at a time, each seen through the filter.

Versions are numbered as they are written and never change, so that a page stays the same while others write: it
begins after the version that the page before it ended with.

The history of a type is read from its own index. An actor who sees the people of one organisation, or one person, is
answered from these instead, and the whole history from the types one by one: nobody's page costs a walk through
everybody's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, exists, func, select, tuple_, union_all

from service import db, expressions
from service.actor import Actor, Sees
from service.errors import NotFound
from service.fhir import redaction
from service.fhir.dates import Interval
from service.fhir.resource_type import ResourceType
from service.read_door import ReadDoor
from service.store import access_filter, deletion, judging, ownership
from service.store.models import Resource, ResourceVersion

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)
PERSON = access_filter.PERSON


class Version(NamedTuple):
    """A version as stored. `body` is empty where it is a deletion, for a `reason` if one was given.

    `is_partial` where the reader sees its person in part: the body is what is left for them.
    """

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    deleted: bool
    person_pk: int | None
    body: bytes
    reason: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Which versions: written at `since` or later, and standing at some moment of `at`; at most `count` of them.

    `before` is where the last page ended: the number of a version of one resource, or else the key of a version. Zero
    is the first page.
    """

    count: int
    since: datetime | None = None
    at: Interval | None = None
    before: int = 0

    @property
    def shape(self) -> tuple[bool, bool, bool]:
        return self.since is not None, self.at is not None, self.before > 0

    def parameters(self) -> dict[str, Any]:
        low, high = self.at or (None, None)
        given = {"since": self.since, "at_low": low, "at_high": high, "before": self.before or None}
        return {"limit": self.count + 1, **{name: value for name, value in given.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the `before` of the page after this one, zero where this is the last. `total` where it is known."""

    versions: Sequence[Version]
    next: int = 0
    total: int | None = None
    person_pk: int | None = None


async def of_resource(door: ReadDoor, type_name: str, resource_id: str, asked: Asked, *, by: Actor) -> Page:
    """Raises Forbidden, NotFound (also for what the actor may not see)."""
    by.require("r", type_name)
    key = {"resource_type": type_name, "id": resource_id, **access_filter.parameters(by), **deletion.parameters(by)}
    rows = await door.rows(_of_resource(by.sees, asked.shape), {**key, **asked.parameters()})
    if not rows:
        raise NotFound(f"There is no such {type_name} that you may see")
    newest, person_pk = rows[0][0], rows[0][1]
    found = [_told(Version(pk, type_name, resource_id, *row)) for _, _, pk, *row in rows if pk is not None]
    if asked.shape[0] or asked.shape[1]:  # who sees a person in part learns nowhere when something was written
        found = [version for version in found if not version.is_partial]
    versions = found[: asked.count]
    is_last = len(found) <= asked.count
    # Versions are counted on from 1 and never removed; those that are hidden were left out of `newest`.
    total = newest if asked.shape[:2] == (False, False) else len(versions) if is_last and not asked.before else None
    return Page(versions, 0 if is_last else versions[-1].version, total, person_pk)


async def of_types(door: ReadDoor, type_names: Iterable[str], asked: Asked, *, by: Actor) -> Page:
    """Of all resources of these types. Whether the actor may read the types was asked before."""
    statement = _of_types(by.sees, tuple(sorted(type_names)), asked.shape)
    rows = await door.rows(statement, {**access_filter.parameters(by), **deletion.parameters(by), **asked.parameters()})
    found = [_told(Version(*row)) for row in rows]
    versions = found[: asked.count]
    is_last = len(found) <= asked.count
    total = len(versions) if is_last and not asked.before else None
    return Page(versions, 0 if is_last else versions[-1].pk, total)


def _told(version: Version) -> Version:
    if not version.is_partial or version.deleted:
        return version
    return version._replace(body=redaction.redacted(version.resource_type, version.body))


@cache
def _of_resource(sees: Sees, shape: tuple[bool, bool, bool]) -> Select[Any]:
    """The resource is there even where none of its versions is asked for: an empty page is no 404."""
    wanted = [VERSION.c.resource_pk == RESOURCE.c.pk, *_conditions(shape)]
    if shape[2]:
        wanted.append(VERSION.c.version < bindparam("before"))
    versions = RESOURCE.outerjoin(VERSION, and_(*wanted))
    return (
        select(
            (RESOURCE.c.version - deletion.hidden(RESOURCE.c.pk)).label("newest"),
            RESOURCE.c.person_pk.label("owner"),
            VERSION.c.pk,
            VERSION.c.version,
            VERSION.c.last_updated,
            VERSION.c.deleted,
            RESOURCE.c.person_pk,
            VERSION.c.body,
            VERSION.c.reason,
            *access_filter.partial(sees),
        )
        .select_from(access_filter.joined(versions, RESOURCE.c.person_pk))
        .where(
            RESOURCE.c.resource_type == bindparam("resource_type"),
            RESOURCE.c.id == bindparam("id"),
            access_filter.visible(sees, RESOURCE),
        )
        .order_by(VERSION.c.version.desc())
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=1000)
def _of_types(sees: Sees, type_names: tuple[str, ...], shape: tuple[bool, bool, bool]) -> Select[Any]:
    """Keys first, in order; then the bodies of those on the page."""
    legs = [leg.subquery() for leg in _legs(sees, [judging.held(name) for name in type_names], shape)]
    keys = union_all(*(select(leg.c.pk) for leg in legs)).subquery("newest")
    rows = keys.join(VERSION, VERSION.c.pk == keys.c.pk).join(RESOURCE, RESOURCE.c.pk == VERSION.c.resource_pk)
    return (
        select(
            VERSION.c.pk,
            VERSION.c.resource_type,
            RESOURCE.c.id,
            VERSION.c.version,
            VERSION.c.last_updated,
            VERSION.c.deleted,
            RESOURCE.c.person_pk,
            VERSION.c.body,
            VERSION.c.reason,
            *access_filter.partial(sees),
        )
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .order_by(VERSION.c.last_updated.desc(), VERSION.c.pk.desc())
        .limit(bindparam("limit"))
    )


def _legs(sees: Sees, types: Sequence[ResourceType], shape: tuple[bool, bool, bool]) -> Iterable[Select[Any]]:
    """Statements of the newest keys, each of which finds its own by an index."""
    few = access_filter.finds(sees, RESOURCE.c.person_pk)
    by_person = [type_ for type_ in types if type_.person] if few is not None else []
    for type_ in types:
        if type_ not in by_person:
            rows = VERSION.join(RESOURCE, RESOURCE.c.pk == VERSION.c.resource_pk)
            yield _newest(sees, rows, shape).where(VERSION.c.resource_type == expressions.constant(type_.name))
    # By the type of the resource, hidden from its index: these legs begin with whose the resources are.
    type_of = func.coalesce(RESOURCE.c.resource_type, "")
    of_resources = RESOURCE.join(VERSION, VERSION.c.resource_pk == RESOURCE.c.pk)
    if by_person and few is not None:
        names = [expressions.constant(type_.name) for type_ in by_person]
        yield _newest(sees, of_resources, shape).where(few, type_of.in_(names))
    for type_ in by_person:
        if type_.person == ownership.TARGET:  # what tells of organisations only belongs to nobody
            wanted = (RESOURCE.c.person_pk.is_(None), type_of == expressions.constant(type_.name))
            yield _newest(sees, of_resources, shape).where(*wanted)


def _newest(sees: Sees, rows: FromClause, shape: tuple[bool, bool, bool]) -> Select[Any]:
    """Of people who are seen in part nothing: their place among what others wrote would tell when it was written."""
    place = tuple_(VERSION.c.last_updated, VERSION.c.pk)
    conditions = _conditions(shape)
    if shape[2]:
        conditions.append(place < tuple_(_WHEN_LAST, bindparam("before", type_=VERSION.c.pk.type)))
    return (
        select(VERSION.c.pk)
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(access_filter.in_full(sees, RESOURCE), *conditions)
        .order_by(VERSION.c.last_updated.desc(), VERSION.c.pk.desc())
        .limit(bindparam("limit"))
    )


def _conditions(shape: tuple[bool, bool, bool]) -> list[ColumnElement[bool]]:
    has_since, has_at, _ = shape
    found: list[ColumnElement[bool]] = [deletion.readable()]
    if has_since:
        found.append(VERSION.c.last_updated >= bindparam("since", type_=db.Instant()))
    if has_at:
        after = VERSION.alias("after")
        was_over = exists().where(
            after.c.resource_pk == VERSION.c.resource_pk,
            after.c.version == VERSION.c.version + 1,
            after.c.last_updated <= bindparam("at_low", type_=db.Instant()),
        )
        found += [VERSION.c.last_updated < bindparam("at_high", type_=db.Instant()), ~was_over]
    return found


_LAST = VERSION.alias("last")
_WHEN_LAST = select(_LAST.c.last_updated).where(_LAST.c.pk == bindparam("before")).scalar_subquery()
