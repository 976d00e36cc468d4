"""Bulk exports: what was asked, how far the cutting into parts has come, and the parts. No file is ever kept.

What changed hands without being changed (a person who joins a practice, or permits sharing) is not "since".
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Text, bindparam, delete, func, select
from sqlmodel import Field, Session, SQLModel

from service import db
from service.actor import Actor, Sees
from service.errors import NotFound, TooMany
from service.store.export_rows import Asked

MOST_RUNNING: Final = 4
"""Exports of one client that are worked on at once."""


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


EXPORT_JOB, EXPORT_PART = db.table(ExportJob), db.table(ExportPart)


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
    """Raises NotFound also for another client's or organisation's, and for what has expired."""
    found = session.get(ExportJob, job_id)
    is_theirs = found is not None and (found.client_id, found.organisation) == (by.client_id, by.organisation)
    if found is None or not is_theirs or found.expires_at <= at:
        raise unknown()
    return found


def unknown() -> NotFound:
    return NotFound("There is no such export of yours: it may have been cancelled, or have expired")


def parts(session: Session, job_id: str) -> list[ExportPart]:
    rows = session.scalars(select(ExportPart).where(EXPORT_PART.c.job_id == job_id).order_by(EXPORT_PART.c.number))
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
    session.execute(delete(EXPORT_PART).where(EXPORT_PART.c.job_id == job_id))
    session.execute(delete(EXPORT_JOB).where(EXPORT_JOB.c.id == job_id))


_RUNNING = select(func.count()).where(
    EXPORT_JOB.c.client_id == bindparam("client"),
    EXPORT_JOB.c.state == State.WORKING.value,
    EXPORT_JOB.c.expires_at > bindparam("at", type_=db.Instant()),
)
