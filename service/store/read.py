"""Reading by key, on the read door: one statement with the access filter in it, answered with stored bytes."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select

from service import db
from service.actor import Actor, Sees
from service.errors import Gone, NotFound
from service.fhir import redaction
from service.read_door import ReadDoor, Row
from service.store import access_filter, deletion
from service.store.models import Resource, ResourceVersion

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)


@dataclass(frozen=True, slots=True)
class Found:
    """A version as stored. `body` is empty where the version is a deletion.

    `is_partial` where the reader sees its person in part: the body is what is left for them.
    """

    version: int
    last_updated: datetime
    deleted: bool
    person_pk: int | None
    body: bytes
    is_partial: bool = False


async def current(door: ReadDoor, type_name: str, resource_id: str, *, by: Actor) -> Found:
    """The resource as it stands. Raises Forbidden, NotFound (also for what the actor may not see), Gone."""
    by.require("r", type_name)
    rows = await door.rows(_current(by.sees), _key(type_name, resource_id, by))
    if not rows and await door.rows(_DELETED_BY, _key(type_name, resource_id, by)):
        raise Gone(f"This {type_name} was deleted, by your organisation")
    found = _one(rows, type_name)
    if found.deleted:
        raise Gone(f"This {type_name} was deleted; its _history says why, and what of it can still be read")
    return found


async def version(door: ReadDoor, type_name: str, resource_id: str, number: str, *, by: Actor) -> Found:
    """One version. Raises Forbidden, NotFound, Gone for the version that is the deletion."""
    by.require("r", type_name)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound(f"This {type_name} has no such version")
    asked = {**_key(type_name, resource_id, by), **deletion.parameters(by), "version": int(number)}
    found = _one(await door.rows(_version(by.sees), asked), type_name)
    if found.deleted:
        raise Gone(f"This version of the {type_name} is its deletion")
    return found


def _one(rows: list[Row], type_name: str) -> Found:
    if not rows:
        raise _unknown(type_name)
    found = Found(*rows[0])
    if found.is_partial and not found.deleted:
        return replace(found, body=redaction.redacted(type_name, found.body))
    return found


def _unknown(type_name: str) -> NotFound:
    return NotFound(f"There is no such {type_name} that you may see")


def _key(type_name: str, resource_id: str, by: Actor) -> dict[str, object]:
    return {"resource_type": type_name, "id": resource_id, **access_filter.parameters(by)}


# Once a Patient is deleted there is no person left by whom the filter could tell who may see it. Whoever deleted it
# knows that it is gone: that, and nothing of it, is told to them.
_DELETED_BY = (
    select(VERSION.c.pk)
    .select_from(
        RESOURCE.join(VERSION, (VERSION.c.resource_pk == RESOURCE.c.pk) & (VERSION.c.version == RESOURCE.c.version))
    )
    .where(
        RESOURCE.c.resource_type == bindparam("resource_type"),
        RESOURCE.c.id == bindparam("id"),
        RESOURCE.c.person_pk == RESOURCE.c.pk,
        RESOURCE.c.deleted.is_(True),
        VERSION.c.written_by == bindparam("organisation"),
        VERSION.c.written_by != "",
    )
)


@cache
def _current(sees: Sees) -> Select[tuple[object, ...]]:
    columns = (RESOURCE.c.version, RESOURCE.c.last_updated, RESOURCE.c.deleted, RESOURCE.c.person_pk, RESOURCE.c.body)
    return (
        select(*columns, *access_filter.partial(sees))
        .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
        .where(
            RESOURCE.c.resource_type == bindparam("resource_type"),
            RESOURCE.c.id == bindparam("id"),
            access_filter.visible(sees, RESOURCE),
        )
    )


@cache
def _version(sees: Sees) -> Select[tuple[object, ...]]:
    columns = (VERSION.c.version, VERSION.c.last_updated, VERSION.c.deleted, RESOURCE.c.person_pk, VERSION.c.body)
    versions = RESOURCE.join(VERSION, VERSION.c.resource_pk == RESOURCE.c.pk)
    return (
        select(*columns, *access_filter.partial(sees))
        .select_from(access_filter.joined(versions, RESOURCE.c.person_pk))
        .where(
            RESOURCE.c.resource_type == bindparam("resource_type"),
            RESOURCE.c.id == bindparam("id"),
            VERSION.c.version == bindparam("version"),
            access_filter.visible(sees, RESOURCE),
            deletion.readable(),
        )
    )
