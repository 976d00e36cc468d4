"""What an export sends: each resource's last version at or before the transaction time, in pages by key.

Versions are never changed, so the same place gives the same page on any day, in any process, and nothing is kept.
A page looks at so many candidates, wanted or not: however few a caller may see, no statement looks at a whole table.
There are two orders: all versions of a type by their time, and, for a Group, its people's resources by person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, bindparam, case, exists, func, select, tuple_

from service import db
from service.actor import Actor, Sees
from service.read_door import Row
from service.store import access_filter, deletion, group
from service.store.models import Resource, ResourceVersion

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_KEY: Final = 2**62


class Place(NamedTuple):
    """Where a page ends: the time of a version and its key; in a Group, the keys of a person and of a resource."""

    major: datetime | int
    minor: int

    def __str__(self) -> str:
        major = self.major.isoformat() if isinstance(self.major, datetime) else self.major
        return f"{major} {self.minor}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One type of one export. `group` is an organisation's code, empty for everyone."""

    type_name: str
    group: str
    since: datetime | None
    at: datetime

    @property
    def start(self) -> Place:
        """The place before the first page: what changed at `since` itself was in the export before."""
        if self.group:
            return Place(0, 0)
        return Place(self.since, _LAST_KEY) if self.since else Place(EARLIEST, 0)

    @property
    def end(self) -> Place:
        return Place(_LAST_KEY, _LAST_KEY) if self.group else Place(self.at, _LAST_KEY)

    def place(self, text: str) -> Place:
        """A place as it was written down."""
        major, _, minor = text.partition(" ")
        return Place(int(major) if self.group else datetime.fromisoformat(major), int(minor))


class Candidate(NamedTuple):
    """A version that was looked at. `is_wanted` where it is sent; `size` is that of its body, in bytes."""

    major: datetime | int
    minor: int
    is_wanted: bool
    is_deleted: bool
    size: int
    person_pk: int | None
    id: str
    body: bytes | None

    @property
    def place(self) -> Place:
        return Place(self.major, self.minor)


def page(
    asked: Asked, by: Actor, *, after: Place, until: Place, limit: int, with_bodies: bool
) -> tuple[Select[Any], Mapping[str, Any]]:
    """The statement whose rows `candidates` reads, and what it is run with."""
    built = _of_group if asked.group else _of_everyone
    parameters = {
        "type": asked.type_name,
        "group": asked.group,
        "since": asked.since or EARLIEST,
        "at": asked.at,
        "after_major": after.major,
        "after_minor": after.minor,
        "until_major": until.major,
        "until_minor": until.minor,
        "limit": limit,
        **access_filter.parameters(by),
        **deletion.parameters(by),
    }
    return built(access_filter.in_bulk(by.sees), with_bodies), parameters


def candidates(rows: Sequence[Row]) -> list[Candidate]:
    """In their order, which the database is not asked for: it would sort the bodies too."""
    return sorted((Candidate(*row) for row in rows), key=lambda one: one.place)


@cache
def _of_everyone(sees: Sees, with_bodies: bool) -> Select[Any]:
    key = tuple_(VERSION.c.last_updated, VERSION.c.pk)
    seen = (
        select(VERSION.c.last_updated.label("major"), VERSION.c.pk.label("minor"))
        .where(VERSION.c.resource_type == bindparam("type"), *_between(key, db.Instant()))
        .order_by(VERSION.c.last_updated, VERSION.c.pk)
        .limit(bindparam("limit"))
        .subquery("seen")
    )
    later = VERSION.alias("later")
    is_last = ~exists().where(
        later.c.resource_pk == VERSION.c.resource_pk,
        later.c.version > VERSION.c.version,
        later.c.last_updated <= _instant("at"),
    )
    rows = seen.join(VERSION, VERSION.c.pk == seen.c.minor).join(RESOURCE, RESOURCE.c.pk == VERSION.c.resource_pk)
    is_wanted = and_(is_last, access_filter.visible(sees, RESOURCE), deletion.readable())
    return select(*_columns(seen, is_wanted, with_bodies)).select_from(access_filter.joined(rows, RESOURCE.c.person_pk))


@cache
def _of_group(sees: Sees, with_bodies: bool) -> Select[Any]:
    member = group.members(sees).subquery("member")
    key = tuple_(member.c.pk, RESOURCE.c.pk)
    seen = (
        select(member.c.pk.label("major"), RESOURCE.c.pk.label("minor"))
        .join_from(member, RESOURCE, RESOURCE.c.person_pk == member.c.pk)
        .where(RESOURCE.c.resource_type == bindparam("type"), *_between(key, BigInteger()))
        .order_by(member.c.pk, RESOURCE.c.pk)
        .limit(bindparam("limit"))
        .subquery("seen")
    )
    later = VERSION.alias("later")
    last = (
        select(func.max(later.c.version))
        .where(later.c.resource_pk == seen.c.minor, later.c.last_updated <= _instant("at"))
        .scalar_subquery()
    )
    rows = seen.join(RESOURCE, RESOURCE.c.pk == seen.c.minor).outerjoin(
        VERSION, and_(VERSION.c.resource_pk == seen.c.minor, VERSION.c.version == last)
    )
    is_new = VERSION.c.last_updated > _instant("since")
    is_wanted = and_(is_new, access_filter.visible(sees, RESOURCE), deletion.readable())
    return select(*_columns(seen, is_wanted, with_bodies)).select_from(access_filter.joined(rows, RESOURCE.c.person_pk))


def _columns(seen: Subquery, is_wanted: ColumnElement[bool], with_bodies: bool) -> list[ColumnElement[Any]]:
    """Of what is not wanted, neither body nor id is read."""
    body = VERSION.c.body if with_bodies else bindparam("nothing", None, type_=VERSION.c.body.type)
    return [
        seen.c.major,
        seen.c.minor,
        is_wanted.label("is_wanted"),
        VERSION.c.deleted,
        func.coalesce(func.length(VERSION.c.body), 0).label("size"),
        RESOURCE.c.person_pk,
        case((is_wanted, RESOURCE.c.id), else_="").label("id"),
        case((is_wanted, body)).label("body"),
    ]


def _between(key: Any, major: Any) -> list[ColumnElement[bool]]:
    return [
        key > tuple_(bindparam("after_major", type_=major), bindparam("after_minor", type_=BigInteger())),
        key <= tuple_(bindparam("until_major", type_=major), bindparam("until_minor", type_=BigInteger())),
    ]


def _instant(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=db.Instant())
