"""Breaking the glass: somebody opens the record of a person who did not agree to it, for a reason, for a while.

What it opens is decided by `access_filter`: the record of this person, to this user of this organisation, until then.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, Session, SQLModel

from service import db
from service.actor import Actor
from service.errors import Forbidden


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


BREAK_GLASS: Final = db.table(BreakGlass)


def granted(
    session: Session, person_pk: int, *, by: Actor, reason: str, words: str, at: datetime, until: datetime
) -> None:
    """Opens a person's record to the user at the keyboard. Raises Forbidden for a system by itself."""
    if not by.user:
        raise Forbidden("The glass is broken by a person at the keyboard: sign the hl7-b2b extension with subject_id")
    row = {
        "person_pk": person_pk,
        "client_id": by.client_id,
        "organisation": by.organisation,
        "user_id": by.user,
        "reason": reason,
        "words": words,
        "at": at,
        "until": until,
    }
    db.insert_many(session, {BREAK_GLASS: [row]})
