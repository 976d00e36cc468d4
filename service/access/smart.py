"""SMART Backend Services: a signed assertion in, a token of five minutes out (SMART App Launch 2.2, RFC 6749 §4.4).

The logic without HTTP; `endpoint.py` serves it. The assertion is spent, the token kept and the audit row written in
the caller's transaction, or none of them.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import audit, db
from service.access import assertions, scopes
from service.access.assertions import Authenticated
from service.access.key_sets import KeySets
from service.access.models import AccessToken, UsedAssertion
from service.access.refusals import NotAuthenticated, TokenRefused
from service.actor import Actor
from service.errors import Invalid

LIFETIME: Final = timedelta(minutes=5)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_KEPT_LONGER = timedelta(hours=1)  # the clock of another server may be behind, and it must still know what was used
_TOKEN = db.table(AccessToken)
_USED = db.table(UsedAssertion)
_USED_KEY = (_USED.c.client_id, _USED.c.jti)

# Rows that another transaction purges at this moment are left to it: two purges never wait for each other.
_PURGES = (
    _USED.delete().where(
        tuple_(*_USED_KEY).in_(
            select(*_USED_KEY)
            .where(_USED.c.expires_at < bindparam("before"))
            .limit(100)
            .with_for_update(skip_locked=True)
        )
    ),
    _TOKEN.delete().where(
        _TOKEN.c.digest.in_(
            select(_TOKEN.c.digest)
            .where(_TOKEN.c.expires_at < bindparam("before"))
            .limit(100)
            .with_for_update(skip_locked=True)
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as its client is told of it. `expires_in` is in seconds; `scope` is what was granted."""

    token: str
    expires_in: int
    scope: str


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so that a plain hash cannot be searched backwards."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    session: Session,
    form: Mapping[str, str],
    *,
    token_url: str,
    at: datetime,
    request_id: str = "",
    published: KeySets | None = None,
    count: Callable[[Actor], None] | None = None,
) -> Issued:
    """A new token for the client that signed `form["client_assertion"]`. Raises TokenRefused, KeysWanted.

    `count` is told who asks, once that is certain, and may refuse. A refusal leaves the session as it was, or
    fit only to be rolled back.
    """
    _check_request(form)
    published = published or KeySets()
    caller = assertions.authenticated(
        session, form["client_assertion"], token_url=token_url, at=at, published=published
    )
    if count:
        count(caller.by)
    scope = _granted(form.get("scope", ""), caller)
    _spend(session, caller)
    for purge in _PURGES:
        session.execute(purge, {"before": at - _KEPT_LONGER})
    token = secrets.token_urlsafe(32)
    _keep(session, token, caller, scope, at)
    audit.record(session, audit.row("token", by=caller.by, outcome=200, query=scope, request_id=request_id))
    return Issued(token, int(LIFETIME.total_seconds()), scope)


def _check_request(form: Mapping[str, str]) -> None:
    missing = [name for name in ("grant_type", "client_assertion_type", "client_assertion") if not form.get(name)]
    if missing:
        raise TokenRefused("invalid_request", f"Send {', '.join(missing)}")
    if form["grant_type"] != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
    if form["client_assertion_type"] != ASSERTION_TYPE:
        raise TokenRefused("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")


def _granted(asked: str, caller: Authenticated) -> str:
    try:
        granted = scopes.granted(scopes.parse(asked), caller.by.permissions)
    except Invalid as error:
        raise TokenRefused("invalid_scope", error.message, by=caller.by) from error
    if not granted:
        raise TokenRefused(
            "invalid_scope", "None of these scopes is granted to this client and this role", by=caller.by
        )
    return scopes.text(granted)


def _spend(session: Session, caller: Authenticated) -> None:
    """The primary key decides between two that use one assertion at once: the second waits, then is refused."""
    row = {"client_id": caller.client.client_id, "jti": caller.jti, "expires_at": caller.expires_at}
    try:
        session.execute(_USED.insert(), row)
    except IntegrityError as error:
        raise NotAuthenticated(
            "This assertion was used before: sign a new one, with a new jti", by=caller.by
        ) from error


def _keep(session: Session, token: str, caller: Authenticated, scope: str, at: datetime) -> None:
    session.execute(
        _TOKEN.insert(),
        {
            "digest": digest(token),
            "client_id": caller.client.client_id,
            "organisation": caller.spoken.organisation,
            "role": caller.spoken.role,
            "user_id": caller.spoken.user,
            "purpose": caller.spoken.purpose,
            "person_pk": caller.spoken.person_pk,
            "scopes": scope,
            "issued_at": at,
            "expires_at": at + LIFETIME,
        },
    )
