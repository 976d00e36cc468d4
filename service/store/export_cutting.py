"""Cutting an export into parts, step by step: by a worker that has claimed it, for as long as it is heard of.

An export tells the register as it stood at its transaction time. Versions are stamped when their transaction begins,
so one that began before that time may be committed after it. Nothing may fall between two exports, of which the second
begins where the first ended; so no export reads before each such transaction has ended. SQLite has one writer, who
looks at the clock while it writes: the transaction time is taken by such a writer. On PostgreSQL the first step waits
until no transaction runs that began by then, or within `db.CLOCKS_DIFFER` after it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.sql.expression import Executable
from sqlmodel import Session

from service import db
from service.read_door import Parameters, Row
from service.store import export_rows
from service.store.export_rows import Asked, Place
from service.store.exports import EXPORT_JOB, EXPORT_PART, ExportJob, Kind, State

PART: Final = 5_000
"""Resources after which a part is closed; the last step may bring up to as many again."""
STEP: Final = 1_000
"""Versions that one step looks at."""
LEASE: Final = timedelta(seconds=30)
"""How long a process that has not been heard of keeps an export to itself."""

Read = Callable[[Executable, Parameters], Sequence[Row]]
"""Runs the statement that finds candidates: on the read door, so that the caches stay as they are."""


class Step(Enum):
    """What became of a step: there is more to cut, nothing more for this worker, or a writer to wait for."""

    MORE = "more"
    OVER = "over"
    WAIT = "wait"


def waiting(session: Session, worker: str, *, at: datetime) -> str:
    """An export that this worker might take up, or go on with; empty when there is none."""
    found = session.execute(_WAITING, {"worker": worker, "at": at}).scalar_one_or_none()
    return found or ""


def claim(session: Session, job_id: str, worker: str, *, at: datetime) -> bool:
    """Whether the export is this worker's until `LEASE` after `at`; of two that ask at once, one is told so."""
    claimed = session.execute(_CLAIM, {"job": job_id, "worker": worker, "at": at, "until": at + LEASE})
    return _count(claimed) == 1


def release(session: Session, worker: str, *, at: datetime) -> None:
    """Lets another process, or this one once it has started again, go on at once."""
    session.execute(_RELEASE, {"worker": worker, "at": at})


def fail(session: Session, job_id: str, worker: str) -> None:
    session.execute(_FAIL, {"job": job_id, "worker": worker})


def clear(session: Session, *, at: datetime) -> None:
    """Forgets what has expired."""
    expired = select(EXPORT_JOB.c.id).where(EXPORT_JOB.c.expires_at <= at)
    session.execute(delete(EXPORT_PART).where(EXPORT_PART.c.job_id.in_(expired)))
    session.execute(delete(EXPORT_JOB).where(EXPORT_JOB.c.expires_at <= at))


def is_any_expired(session: Session, *, at: datetime) -> bool:
    return session.execute(select(EXPORT_JOB.c.id).where(EXPORT_JOB.c.expires_at <= at).limit(1)).first() is not None


def step(database: db.Database, job_id: str, worker: str, *, read: Read, at: datetime) -> Step:
    """Cuts a little further. The first step waits for whoever may still write what belongs into the export."""
    with database.reading() as session:
        found = session.get(ExportJob, job_id)
        if found is None or found.claimed_by != worker or found.state != State.WORKING:
            return Step.OVER
        if found.is_new and db.may_still_be_written(session, found.transaction_at, at=at):
            return Step.WAIT
        session.expunge(found)
    cut = _cut(read, found)
    with database.transaction() as session:
        if not claim(session, job_id, worker, at=at):
            return Step.OVER
        db.insert_many(session, {EXPORT_PART: cut})
        session.execute(update(EXPORT_JOB).where(EXPORT_JOB.c.id == job_id).values(_progress(found)))
    return Step.MORE if found.state == State.WORKING else Step.OVER


def _cut(read: Read, found: ExportJob) -> list[dict[str, Any]]:
    """Looks at the next candidates, notes them in the job, and gives the parts that are full with them."""
    type_name = found.type_names[found.type_at]
    asked = found.asked(type_name)
    after = asked.place(found.place) if found.place else asked.start
    statement, parameters = export_rows.page(
        asked, found.actor, after=after, until=asked.end, limit=STEP, with_bodies=False
    )
    seen = export_rows.candidates(read(statement, parameters))
    for one in seen:
        if one.is_wanted:
            found.deleted += one.is_deleted
            found.current += not one.is_deleted
            found.largest = max(found.largest, one.size)
    reached = seen[-1].place if seen else after
    is_last = len(seen) < STEP
    found.place = str(reached)
    made = _closed(found, asked, reached) if is_last or found.current + found.deleted >= PART else []
    if is_last:
        found.type_at, found.place, found.part_from = found.type_at + 1, "", ""
        found.state = State.READY if found.type_at == len(found.type_names) else State.WORKING
    return made


def _closed(found: ExportJob, asked: Asked, reached: Place) -> list[dict[str, Any]]:
    """The parts of what was found since the last were closed: what stands, and, in an export since, what is gone."""
    kinds = [(Kind.OUTPUT, found.current)] + ([(Kind.DELETED, found.deleted)] if found.since else [])
    made = []
    for kind, count in kinds:
        if count:
            found.parts += 1
            made.append(
                {
                    "job_id": found.id,
                    "number": found.parts,
                    "kind": kind,
                    "resource_type": asked.type_name,
                    "part_from": found.part_from or str(asked.start),
                    "part_to": str(reached),
                    "largest": found.largest,
                }
            )
    found.found += found.current
    found.part_from, found.current, found.deleted, found.largest = str(reached), 0, 0, 0
    return made


_MOVING = ("state", "type_at", "place", "part_from", "current", "deleted", "largest", "found", "parts")


def _progress(found: ExportJob) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _MOVING}


def _count(result: Any) -> int:
    count: int = result.rowcount
    return count


_at = bindparam("at", type_=db.Instant())
_worker = bindparam("worker", type_=EXPORT_JOB.c.claimed_by.type)
_is_working = EXPORT_JOB.c.state == State.WORKING.value
_is_free = or_(EXPORT_JOB.c.claimed_until <= _at, EXPORT_JOB.c.claimed_by == _worker)

_WAITING = (
    select(EXPORT_JOB.c.id)
    .where(_is_working, _is_free, EXPORT_JOB.c.expires_at > _at)
    .order_by(EXPORT_JOB.c.transaction_at)
    .limit(1)
)
_CLAIM = (
    update(EXPORT_JOB)
    .where(EXPORT_JOB.c.id == bindparam("job"), _is_working, _is_free)
    .values(claimed_by=_worker, claimed_until=bindparam("until", type_=db.Instant()))
)
_RELEASE = (
    update(EXPORT_JOB).where(EXPORT_JOB.c.claimed_by == _worker, _is_working).values(claimed_by="", claimed_until=_at)
)
_FAIL = (
    update(EXPORT_JOB)
    .where(EXPORT_JOB.c.id == bindparam("job"), EXPORT_JOB.c.claimed_by == _worker)
    .values(state=State.FAILED.value)
)
