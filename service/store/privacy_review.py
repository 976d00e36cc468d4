"""What privacy officers look at: records that were opened by a claim to care for somebody, or by breaking the glass.

One entry tells of one person, whom one user of one organisation looked at on one day. A privacy officer sees the
entries of their own organisation's users, and those of the people whom their organisation looks after; whoever reviews
one does it for their own organisation alone. What was found to be justified or not is done with, until the same user
looks again; what is to be investigated stays.
"""

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from service import db


class PrivacyReview(SQLModel, table=True):
    """What was found of one entry: `person_pk` (0 where nobody was found), whom, and `on_day` (UTC, as 2026-03-31).

    `outcome` is "justified", "unjustified" or "to-investigate"; `words` say more; `by_...` who reviewed it.
    """

    __tablename__ = "privacy_review"
    __table_args__ = (Index("privacy_review_of", "by_organisation", "organisation", "person_pk"),)

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    organisation: str
    user_id: str
    on_day: str
    outcome: str
    words: str = Field(sa_column=Column(Text, nullable=False))
    by_organisation: str
    by_client: str
    by_user: str
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
