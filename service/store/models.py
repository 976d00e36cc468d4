"""The store's tables: what is current, every version there ever was, and one search index for all types."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service import db


class Resource(SQLModel, table=True):
    """A resource as it stands. `body` is what a read returns, byte for byte; empty once deleted.

    `person_pk` is the Patient it belongs to (a Patient belongs to itself); none for organisations and practitioners.
    """

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("resource_type", "id", name="resource_type_id"),
        Index("resource_type_pk", "resource_type", "pk"),
        Index("resource_person", "person_pk"),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    resource_type: str
    id: str
    version: int
    last_updated: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    deleted: bool = False
    person_pk: int | None = Field(default=None, sa_column=Column(db.Key, nullable=True))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ResourceVersion(SQLModel, table=True):
    """A version, never changed and never removed. `pk` numbers all versions in the order in which they were written.

    `written_by` is the organisation (ODS code) whose system wrote it. `resource_type` repeats the resource's, so that
    the history of a type, newest first, is read from an index. `reason` is why it was deleted (`register.deletions`),
    empty where nobody said. What a merge or its undoing wrote says nothing new: `said_at` and `said_by` are when, and
    by which organisation, what it says was first written; for all other versions these are empty.
    """

    __tablename__ = "resource_version"
    __table_args__ = (
        UniqueConstraint("resource_pk", "version", name="resource_version_version"),
        Index("resource_version_type", "resource_type", "last_updated", "pk"),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    resource_pk: int = Field(sa_column=Column(db.Key, ForeignKey("resource.pk"), nullable=False))
    resource_type: str = Field(sa_column=Column(db.Sortable, nullable=False))
    version: int
    last_updated: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    deleted: bool = False
    written_by: str = ""
    reason: str = ""
    said_at: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))
    said_by: str = ""
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Disposal(SQLModel, table=True):
    """That a record was disposed of, and nothing of whose it was.

    `highest_key` is the highest key of a resource by then: none is ever given again, since the audit still names those
    that are gone.
    """

    __tablename__ = "disposal"

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    highest_key: int = Field(sa_column=Column(db.Key, nullable=False))


class SearchIndex(SQLModel, table=True):
    """One value of one search parameter of one resource. The order of the key is the order of every search.

    token: `value` the code, `system` its system · string: folded text, `system` the text as written · reference:
    `Type/id` · date: the first instant in `value` and the last in `high`, both as UTC text that sorts · number and
    quantity: the lowest and the highest as text that sorts, `system` the unit. A name with `:text` or `:identifier`
    holds the words beside a code and the identifier beside a reference.
    """

    __tablename__ = "search_index"
    __table_args__ = (
        Index("search_index_resource", "resource_pk", "param", "value"),
        Index(
            "search_index_high",
            "resource_type",
            "param",
            "high",
            sqlite_where=text("high IS NOT NULL"),
            postgresql_where=text("high IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    resource_type: str = Field(sa_column=Column(db.Sortable, primary_key=True))
    param: str = Field(sa_column=Column(db.Sortable, primary_key=True))
    value: str = Field(sa_column=Column(db.Sortable, primary_key=True))
    resource_pk: int = Field(sa_column=Column(db.Key, ForeignKey("resource.pk"), primary_key=True, autoincrement=False))
    system: str = Field(sa_column=Column(db.Sortable, primary_key=True))
    high: str | None = Field(default=None, sa_column=Column(db.Sortable, nullable=True))
