"""Breaking the glass: somebody opens the record of a person who did not agree to it, for a reason, for a while.

What it opens is decided by `access_filter`: the record of this person, to this user of this organisation, until then.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Text, bindparam, func, select
from sqlmodel import Field, Session, SQLModel

from service import db
from service.actor import Actor
from service.errors import Forbidden
from service.store import known


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


def person(session: Session, nhs_number: str) -> int | None:
    """The key of who has or had this number, whoever may see them: no answer must tell whether there is such one."""
    found: int | None = session.execute(_PERSON, {"whose": nhs_number}).scalar_one()
    return found


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


def active(session: Session, person_pk: int, *, by: Actor, at: datetime) -> datetime | None:
    """Until when the record is open to this user; None where it is not, or not any more."""
    asked = {"person": person_pk, "organisation": by.organisation, "user": by.user, "at": at}
    until: datetime | None = session.execute(_ACTIVE, asked).scalar_one()
    return until


_PERSON: Final = select(known.person("nhs_number"))
_ACTIVE: Final = select(func.max(BREAK_GLASS.c.until)).where(
    BREAK_GLASS.c.person_pk == bindparam("person"),
    BREAK_GLASS.c.organisation == bindparam("organisation"),
    BREAK_GLASS.c.user_id == bindparam("user"),
    BREAK_GLASS.c.until > bindparam("at", type_=db.Instant()),
)
