"""Bulk exports: what was asked, how far the cutting into parts has come, and the parts. No file is ever kept.

An export tells the register as it stood at its transaction time. Versions are stamped when their transaction begins,
so one that began before that time may be committed after it. Nothing may fall between two exports, of which the second
begins where the first ended; so no export reads before each such transaction has ended. SQLite has one writer, who
looks at the clock while it writes: the transaction time is taken by such a writer. On PostgreSQL the first step waits
until no transaction runs that began by then, or within `db.CLOCKS_DIFFER` after it.

What changed hands without being changed (a person who joins a practice, or permits sharing) is not "since".
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Index, Text, bindparam, delete, func, or_, select, update
from sqlalchemy.sql.expression import Executable
from sqlmodel import Field, Session, SQLModel

from service import db
from service.actor import Actor, Sees
from service.errors import NotFound, TooMany
from service.read_door import Parameters, Row
from service.store import export_rows
from service.store.export_rows import Asked, Place

MOST_RUNNING: Final = 4
"""Exports of one client that are worked on at once."""
PART: Final = 5_000
"""Resources after which a part is closed; the last step may bring up to as many again."""
STEP: Final = 1_000
"""Versions that one step looks at."""
LEASE: Final = timedelta(seconds=30)
"""How long a process that has not been heard of keeps an export to itself."""


class Step(Enum):
    """What became of a step: there is more to cut, nothing more for this worker, or a writer to wait for."""

    MORE = "more"
    OVER = "over"
    WAIT = "wait"


class State(StrEnum):
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


class Kind(StrEnum):
    """The list of the manifest that a part stands in."""

    OUTPUT = "output"
    DELETED = "deleted"


class ExportJob(SQLModel, table=True):
    """An export. `types` and `warnings` are one a line; `sees` and `organisation` are the client's when it asked.

    `type_at` is the number of the type that is being cut, `place` how far, `part_from` where its open part begins.
    """

    __tablename__ = "export_job"
    __table_args__ = (Index("export_job_client", "client_id", "state"), Index("export_job_state", "state"))

    id: str = Field(primary_key=True)
    client_id: str
    organisation: str
    sees: str
    request: str = Field(sa_column=Column(Text, nullable=False))
    group_code: str = ""
    types: str = Field(sa_column=Column(Text, nullable=False))
    warnings: str = Field(default="", sa_column=Column(Text, nullable=False))
    since: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))
    transaction_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    state: str = State.WORKING
    claimed_by: str = ""
    claimed_until: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    type_at: int = 0
    place: str = ""
    part_from: str = ""
    current: int = 0
    deleted: int = 0
    largest: int = 0
    found: int = 0
    parts: int = 0

    @property
    def is_new(self) -> bool:
        return not self.type_at and not self.place

    @property
    def type_names(self) -> list[str]:
        return self.types.split("\n")

    @property
    def actor(self) -> Actor:
        """The client as it was when it asked, for the cutting; what is sent is filtered by what it is then."""
        return Actor(self.client_id, self.organisation, Sees(self.sees), frozenset())

    def asked(self, type_name: str) -> Asked:
        return Asked(type_name, self.group_code, self.since, self.transaction_at)


class ExportPart(SQLModel, table=True):
    """One file of a manifest: the versions of a type after one place, up to and with another. `largest` in bytes."""

    __tablename__ = "export_part"

    job_id: str = Field(sa_column=Column(ForeignKey("export_job.id"), primary_key=True))
    number: int = Field(primary_key=True)
    kind: str
    resource_type: str
    part_from: str
    part_to: str
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kick-off understood. `request` is its URL, `warnings` what was asked for and left out."""

    request: str
    types: tuple[str, ...]
    group: str = ""
    since: datetime | None = None
    warnings: tuple[str, ...] = ()


Read = Callable[[Executable, Parameters], Sequence[Row]]
"""Runs the statement that finds candidates: on the read door, so that the caches stay as they are."""

_JOB, _PART = db.table(ExportJob), db.table(ExportPart)


def start(session: Session, wanted: Wanted, *, by: Actor, at: datetime, kept_for: timedelta) -> ExportJob:
    """A new export, as of the last millisecond before `at`: one in which nobody can write any more.

    Raises TooMany while the client has as many under way as it may.
    """
    db.lock(session, [f"export {by.client_id}"])
    if session.execute(_RUNNING, {"client": by.client_id, "at": at}).scalar_one() >= MOST_RUNNING:
        raise TooMany(f"{MOST_RUNNING} exports of this client are under way; wait for one, or DELETE its status URL")
    transaction_at = at.replace(microsecond=at.microsecond // 1000 * 1000) - timedelta(milliseconds=1)
    job = ExportJob(
        id=secrets.token_urlsafe(24),
        client_id=by.client_id,
        organisation=by.organisation,
        sees=by.sees,
        request=wanted.request,
        group_code=wanted.group,
        types="\n".join(wanted.types),
        warnings="\n".join(wanted.warnings),
        since=wanted.since,
        transaction_at=transaction_at,
        expires_at=at + kept_for,
        claimed_until=at,
    )
    session.add(job)
    session.flush()
    session.expunge(job)
    return job


def job(session: Session, job_id: str, *, by: Actor, at: datetime) -> ExportJob:
    """Raises NotFound also for another client's, and for what has expired."""
    found = session.get(ExportJob, job_id)
    if found is None or found.client_id != by.client_id or found.expires_at <= at:
        raise unknown()
    return found


def unknown() -> NotFound:
    return NotFound("There is no such export of yours: it may have been cancelled, or have expired")


def parts(session: Session, job_id: str) -> list[ExportPart]:
    rows = session.scalars(select(ExportPart).where(_PART.c.job_id == job_id).order_by(_PART.c.number))
    return list(rows)


def part(session: Session, job_id: str, number: int) -> ExportPart:
    """Raises NotFound."""
    found = session.get(ExportPart, (job_id, number))
    if found is None:
        raise NotFound("This export has no such file; its manifest lists those that it has")
    return found


def cancel(session: Session, job_id: str, *, by: Actor, at: datetime) -> None:
    """Raises what `job` raises. A worker that is at it finds nothing to go on with."""
    job(session, job_id, by=by, at=at)
    session.execute(delete(_PART).where(_PART.c.job_id == job_id))
    session.execute(delete(_JOB).where(_JOB.c.id == job_id))


def clear(session: Session, *, at: datetime) -> None:
    """Forgets what has expired."""
    expired = select(_JOB.c.id).where(_JOB.c.expires_at <= at)
    session.execute(delete(_PART).where(_PART.c.job_id.in_(expired)))
    session.execute(delete(_JOB).where(_JOB.c.expires_at <= at))


def is_any_expired(session: Session, *, at: datetime) -> bool:
    return session.execute(select(_JOB.c.id).where(_JOB.c.expires_at <= at).limit(1)).first() is not None


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
        db.insert_many(session, {_PART: cut})
        session.execute(update(_JOB).where(_JOB.c.id == job_id).values(_progress(found)))
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
_worker = bindparam("worker", type_=_JOB.c.claimed_by.type)
_is_working = _JOB.c.state == State.WORKING.value
_is_free = or_(_JOB.c.claimed_until <= _at, _JOB.c.claimed_by == _worker)

_RUNNING = select(func.count()).where(_JOB.c.client_id == bindparam("client"), _is_working, _JOB.c.expires_at > _at)
_WAITING = select(_JOB.c.id).where(_is_working, _is_free, _JOB.c.expires_at > _at).order_by(_JOB.c.transaction_at)
_WAITING = _WAITING.limit(1)
_CLAIM = (
    update(_JOB)
    .where(_JOB.c.id == bindparam("job"), _is_working, _is_free)
    .values(claimed_by=_worker, claimed_until=bindparam("until", type_=db.Instant()))
)
_RELEASE = update(_JOB).where(_JOB.c.claimed_by == _worker, _is_working).values(claimed_by="", claimed_until=_at)
_FAIL = update(_JOB).where(_JOB.c.id == bindparam("job"), _JOB.c.claimed_by == _worker).values(state=State.FAILED.value)
