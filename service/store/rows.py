"""The rows of single resources within one transaction: keys for new ones, the current one held, changed, read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, func, select, update
from sqlmodel import Session

from service import db
from service.store.models import Disposal, Resource, ResourceVersion

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)


class Origin(NamedTuple):
    """When what a version says was first written, and by the system of which organisation (ODS code)."""

    at: datetime
    by: str


@dataclass
class Keys:
    """Keys of resources that are about to be added, asked for as many at once as are known to be needed."""

    session: Session
    _waiting: list[int] = field(default_factory=list)
    _last: int = 0

    def expect(self, count: int) -> None:
        """Sees to it that so many wait."""
        if (missing := count - len(self._waiting)) > 0:
            self._waiting += db.next_keys(self.session, RESOURCE, missing, after=self._last, gone=_GONE)
            self._last = self._waiting[-1]

    def next(self) -> int:
        """A key. Where none waits, two are asked for: what is made is told of by a Provenance, which needs one too."""
        if not self._waiting:
            self.expect(2)
        return self._waiting.pop(0)


def held(session: Session, type_name: str, resource_id: str, *, to_delete: bool = False) -> Row[Any] | None:
    """The resource as it stands, without its body, ours until the end of the transaction.

    Others may write references to it meanwhile, unless it is held `to_delete`.
    """
    statement = _HELD_TO_DELETE if to_delete else _HELD
    return session.execute(statement, {"resource_type": type_name, "resource_id": resource_id}).one_or_none()


def body(session: Session, pk: int) -> bytes:
    found: bytes = session.execute(_BODY, {"this": pk}).scalar_one()
    return found


def origin(session: Session, pk: int, version: int) -> Origin:
    """Of a version that only moved, the origin of the one before it."""
    found = session.execute(_ORIGIN, {"this": pk, "version": version}).one()
    return Origin(found.said_at, found.said_by) if found.said_at else Origin(found.last_updated, found.written_by)


def replace(session: Session, pk: int, person_pk: int | None, version: Mapping[str, Any]) -> None:
    """Makes `version` the current one: its number, when it was written, whether it is a deletion, and its body."""
    session.execute(_REPLACE, {"this": pk, "person_pk": person_pk, **version})


_GONE = select(func.max(db.table(Disposal).c.highest_key)).scalar_subquery()
_STANDING = select(
    RESOURCE.c.pk, RESOURCE.c.version, RESOURCE.c.last_updated, RESOURCE.c.deleted, RESOURCE.c.person_pk
).where(RESOURCE.c.resource_type == bindparam("resource_type"), RESOURCE.c.id == bindparam("resource_id"))
_HELD = _STANDING.with_for_update(key_share=True)
_HELD_TO_DELETE = _STANDING.with_for_update()
_BODY = select(RESOURCE.c.body).where(RESOURCE.c.pk == bindparam("this"))
_ORIGIN = select(VERSION.c.last_updated, VERSION.c.written_by, VERSION.c.said_at, VERSION.c.said_by).where(
    VERSION.c.resource_pk == bindparam("this"), VERSION.c.version == bindparam("version")
)
_REPLACE = (
    update(RESOURCE)
    .where(RESOURCE.c.pk == bindparam("this"))
    .values({name: bindparam(name) for name in ("version", "last_updated", "deleted", "person_pk", "body")})
)
