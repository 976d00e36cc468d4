"""The tables of the audit trail. What chains their rows is `audit_chain`."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from service import audit_guards, db


class AuditEvent(SQLModel, table=True):
    """One event about one person at most; several rows tell of a search that found several people.

    at             when, UTC
    action         what was done, such as "read", "search", "token", "break-glass", "refused get"
    outcome        the HTTP status
    client_id      the system that asked; `organisation` on whose behalf, an ODS code; empty where nobody was recognised
    user_id        the person at the keyboard, as their system names them; `role` theirs, or the system's own
    purpose        why, a code of v3-ActReason; `reason` the coded reason of a break-glass or a deletion
    basis          why this person's record was open to them: "looked-after", "claimed", "break-glass", "self",
                   "system"; empty where no person's record left
    person_pk      whose record; `resource_type` and `resource_id` what of it, where it was one thing
    query          what was asked; `disclosed` the resources that left, as "Type/id" parted by spaces
    chain          the chain that the row is a link of, and `sequence` its place in it, from 1; empty and 0 for what was
                   written before there were chains
    anchor         the heads of all chains as they stood: in the first row of a chain, and in every thousandth or so
    digest         HMAC-SHA256 of the row before it in the chain and of all these
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("audit_event_person", "person_pk"),
        Index("audit_event_at", "at"),
        Index("audit_event_organisation", "organisation", "at"),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    action: str
    outcome: int
    client_id: str
    organisation: str
    resource_type: str = ""
    resource_id: str = ""
    person_pk: int | None = Field(default=None, sa_column=Column(db.Key, nullable=True))
    request_id: str = ""
    query: str = ""
    disclosed: str = ""
    user_id: str = ""
    role: str = ""
    purpose: str = ""
    reason: str = ""
    basis: str = ""
    chain: str = ""
    sequence: int = Field(default=0, sa_column=Column(db.Key, nullable=False))
    anchor: str = ""
    digest: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))


class AuditHead(SQLModel, table=True):
    """The last row of a chain. Who moves it holds the chain; it only goes forward.

    `key_id` names the key of the chain's digests; `kind` is "change" where transactions share the chain, "disclosure"
    where one process keeps to it; `event_pk` is the row's, and `at` when the head was moved.
    """

    __tablename__ = "audit_head"

    chain: str = Field(sa_column=Column(db.Sortable, primary_key=True))
    key_id: str
    kind: str
    sequence: int = Field(sa_column=Column(db.Key, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    event_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))


# Tables without foreign keys between them are made in the order of their names: this is the later one.
audit_guards.guard(db.table(AuditHead))
