"""Which records were merged into which, what each merge moved, and by whom it was taken apart again.

A merge moves all that belongs to one person, the source, to another, the target, the Patient of the source too. What
is derived follows from the versions alone; these rows say what has to be put back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, bindparam, select, text
from sqlmodel import Field, SQLModel

from service import db
from service.read_door import ReadDoor
from service.store.audit_events import EARLIEST, LATEST


class Merge(SQLModel, table=True):
    """One merge: `source_pk` and `target_pk` are people, by the keys of their Patients.

    `target_version` is the version of the target's Patient that it wrote. `undone_at` is when it was taken apart.
    """

    __tablename__ = "merge"
    __table_args__ = (
        Index("merge_target", "target_pk"),
        # A record stands in one other at most, whoever merges at the same time.
        Index(
            "merge_standing",
            "source_pk",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    source_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    target_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    target_version: int
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    undone_at: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))


class MergedResource(SQLModel, table=True):
    """What a merge moved: every resource of the source, with the version that it had before."""

    __tablename__ = "merged_resource"

    merge_pk: int = Field(sa_column=Column(db.Key, ForeignKey("merge.pk"), primary_key=True, autoincrement=False))
    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    version: int


MERGE: Final = db.table(Merge)


class Span(NamedTuple):
    """While a person's record stood under a key, the audit tells of it under that key."""

    person_pk: int
    since: datetime
    until: datetime


async def keys(door: ReadDoor, person_pk: int) -> list[int]:
    """The keys under which a person stands: theirs, and of the records that are merged into it."""
    return [person_pk, *(span.person_pk for span in await _from(door, person_pk))]


async def spans(door: ReadDoor, person_pk: int) -> Sequence[Span]:
    """Under which keys, and when, the audit tells of this person: of what was merged into their record, and of the
    records in which theirs stood for a while."""
    return [*await _into(door, Span(person_pk, EARLIEST, LATEST)), *await _from(door, person_pk)]


async def _into(door: ReadDoor, span: Span) -> list[Span]:
    found = [span]
    for target, at, undone_at in await door.rows(_MERGED_INTO, {"this": span.person_pk}):
        since, until = max(at, span.since), min(undone_at or LATEST, span.until)
        if since < until:
            found += await _into(door, Span(target, since, until))
    return found


async def _from(door: ReadDoor, person_pk: int) -> list[Span]:
    found: list[Span] = []
    for (source,) in await door.rows(_MERGED_FROM, {"this": person_pk}):
        found += [Span(source, EARLIEST, LATEST), *await _from(door, source)]
    return found


_MERGED_INTO: Final = select(MERGE.c.target_pk, MERGE.c.at, MERGE.c.undone_at).where(
    MERGE.c.source_pk == bindparam("this"), MERGE.c.undone_at.is_not(None)
)
_MERGED_FROM: Final = select(MERGE.c.source_pk).where(
    MERGE.c.target_pk == bindparam("this"), MERGE.c.undone_at.is_(None)
)
