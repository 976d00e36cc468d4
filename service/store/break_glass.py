"""Breaking the glass: somebody opens the record of a person who did not agree to it, for a reason, for a while."""

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from service import db


class BreakGlass(SQLModel, table=True):
    """One opening of one person's record to one user of one organisation, from `at` on and before `until`.

    `reason` is its code, `words` what the user wrote of it.
    """

    __tablename__ = "break_glass"
    __table_args__ = (Index("break_glass_person", "person_pk", "organisation", "user_id"),)

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    client_id: str
    organisation: str
    user_id: str
    reason: str
    words: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    until: datetime = Field(sa_column=Column(db.Instant, nullable=False))
