"""Derives the search index and the register tables anew, from the versions, in the order in which they were written."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlmodel import Session

from service import clock, db
from service.actor import everything
from service.fhir import codec, references
from service.fhir.resource_type import SELF
from service.register import people, stays
from service.register.models import Person, PracticeSpell
from service.store import derive, derived, following, judging, write
from service.store.models import Resource, ResourceVersion

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)
PERSON = db.table(Person)
PRACTICE_SPELL = db.table(PracticeSpell)

SUPERSEDED = "superseded"
"""The status, in the register's table alone, of an active plan that another active one came after."""
_SUPERSEDE = (
    derive.PLAN.update()
    .where(derive.PLAN.c.person_pk == bindparam("person"), derive.PLAN.c.status == "active")
    .values(status=SUPERSEDED)
)
_BATCH = 500
_VERSIONS = (
    select(
        VERSION.c.pk,
        VERSION.c.resource_pk,
        VERSION.c.last_updated,
        VERSION.c.deleted,
        VERSION.c.written_by,
        VERSION.c.said_at,
        VERSION.c.said_by,
        VERSION.c.body,
        RESOURCE.c.resource_type,
        RESOURCE.c.person_pk,
        (VERSION.c.version == RESOURCE.c.version).label("is_current"),
    )
    .join(RESOURCE, RESOURCE.c.pk == VERSION.c.resource_pk)
    .where(VERSION.c.pk > bindparam("after"))
    .order_by(VERSION.c.pk)
    .limit(_BATCH)
)


def count(session: Session) -> int:
    """How many versions there are to go through."""
    found: int = session.execute(select(func.count()).select_from(VERSION)).scalar_one()
    return found


def rebuild(session: Session, *, progress: Callable[[int], None] = lambda done: None) -> None:
    """Replaces all that is derived. One transaction: whoever reads meanwhile sees the old or the new, never a part."""
    db.hold_writers(session, VERSION)
    for table in (derive.SEARCH_INDEX, *derive.REGISTER_TABLES, stays.STAY, PRACTICE_SPELL, PERSON):
        session.execute(table.delete())
    for batch in _batches(session):
        rows = derive.no_rows()
        for version in batch:
            _replay(session, rows, version)
        _keep_one_active_plan(session, rows)
        db.insert_many(session, rows)
        progress(len(batch))
    following.follow_all(session)
    stays.derive_all(session)
    for person_pk in session.execute(select(PERSON.c.pk)).scalars().all():
        people.refresh_sharing(session, person_pk)
    _raise_alerts(session)


def _keep_one_active_plan(session: Session, rows: derive.Rows) -> None:
    """A register that was filled before that was a rule may hold several: the one written last stands for all."""
    latest: dict[int, dict[str, Any]] = {}
    for row in rows.get(derive.PLAN, ()):
        if row["status"] == "active":
            latest.get(row["person_pk"], {})["status"] = SUPERSEDED
            latest[row["person_pk"]] = row
    if latest:
        session.execute(_SUPERSEDE, [{"person": person_pk} for person_pk in latest])


def _raise_alerts(session: Session) -> None:
    """What older versions of us did not raise. Where all stands as it should, nothing is written."""
    for person_pk in derived.concerned(session):
        with write.writing(session, by=everything("heartsease"), at=clock.now()) as changes:
            changes.look_at(person_pk)


def _batches(session: Session) -> Iterator[list[Row[Any]]]:
    after = 0
    while batch := list(session.execute(_VERSIONS, {"after": after}).all()):
        yield batch
        after = batch[-1].pk


def _replay(session: Session, rows: derive.Rows, version: Row[Any]) -> None:
    """Every version of a person counts, since practices are dated by them; of the rest, only the current one."""
    type_ = judging.held(version.resource_type)
    if version.deleted:
        if type_.person == SELF:
            people.remove(session, version.resource_pk)
        return
    if not version.is_current and type_.person != SELF:
        return
    resource = codec.loads(version.body)
    kept = rows if version.is_current else derive.no_rows()
    derive.add(
        session,
        kept,
        type_,
        resource,
        pk=version.resource_pk,
        person_pk=version.person_pk,
        at=version.last_updated,
        said_at=version.said_at or version.last_updated,
        sender=version.said_by if version.said_at else version.written_by,
        refers_to=[target for _, target in references.references(resource)],
    )
