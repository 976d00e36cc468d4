"""The tables of access: client systems, the tokens given to them, and the assertions they have already used."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Text
from sqlmodel import Field, SQLModel

from service import db


class Client(SQLModel, table=True):
    """A system that may ask for tokens.

    jwks           its public keys as a JSON Web Key Set; empty where `jwks_url`, an https address, publishes them
    roles          names of `policy.ROLES`, parted by spaces: first its own, then those of people who work with it
    organisations  ODS codes, parted by spaces: first its own, then others for which it may speak
    scopes         the most that it may be given, in SMART v2

    A client is never removed, because the audit names it: it is disabled.
    """

    __tablename__ = "client"

    client_id: str = Field(primary_key=True)
    name: str
    roles: str
    organisations: str = Field(sa_column=Column(Text, nullable=False))
    scopes: str = Field(sa_column=Column(Text, nullable=False))
    jwks: str = Field(sa_column=Column(Text, nullable=False))
    jwks_url: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))
    is_demo: bool = False

    @property
    def role(self) -> str:
        """Its own role: when nobody is at the keyboard."""
        return self.roles.split()[0]

    @property
    def organisation(self) -> str:
        """Its own organisation."""
        return self.organisations.split()[0]


class AccessToken(SQLModel, table=True):
    """A token that was given, known only by its SHA-256 in hexadecimal: reading this table lends nobody a token.

    organisation, role, user_id, purpose, person_pk  as `Actor` has them
    """

    __tablename__ = "access_token"
    __table_args__ = (Index("access_token_client", "client_id"), Index("access_token_expires", "expires_at"))

    digest: str = Field(primary_key=True)
    client_id: str = Field(sa_column=Column(String, ForeignKey("client.client_id"), nullable=False))
    organisation: str
    role: str
    user_id: str
    purpose: str
    person_pk: int | None = Field(default=None, sa_column=Column(db.Key, nullable=True))
    scopes: str = Field(sa_column=Column(Text, nullable=False))
    issued_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))


class UsedAssertion(SQLModel, table=True):
    """The `jti` of an assertion that bought a token: the primary key lets no assertion buy a second one."""

    __tablename__ = "used_assertion"
    __table_args__ = (Index("used_assertion_expires", "expires_at"),)

    client_id: str = Field(sa_column=Column(String, ForeignKey("client.client_id"), primary_key=True))
    jti: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
