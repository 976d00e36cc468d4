"""How long a record is kept, what holds it longer, and how it is disposed of."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel

from service import db


class LegalHold(SQLModel, table=True):
    """Keeps a person's record from being disposed of until it is released. `words` say why, without clinical text."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "legal_hold_standing",
            "person_pk",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    words: str = Field(sa_column=Column(Text, nullable=False))
    placed_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    released_at: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))


class Disposal(SQLModel, table=True):
    """That a record was disposed of, and nothing of whose it was.

    `highest_key` is the highest key of a resource by then: none is ever given again, since the audit still names those
    that are gone.
    """

    __tablename__ = "disposal"

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    highest_key: int = Field(sa_column=Column(db.Key, nullable=False))
