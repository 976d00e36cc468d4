"""Which records were merged into which, what each merge moved, and by whom it was taken apart again.

A merge moves all that belongs to one person, the source, to another, the target, the Patient of the source too. What
is derived follows from the versions alone; these rows say what has to be put back.
"""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from service import db


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
