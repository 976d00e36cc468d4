"""The signed assertion with which a client shows who it is (RFC 7523, as SMART Backend Services narrows it).

Until the signature is verified every reason for a refusal that depends on what the register holds gets one and the
same answer after the same work: nobody learns here which clients exist. (Where one publishes its keys itself, a key
that is not known makes the answer later, at most once a minute: that much can be learnt.)
"""

import base64
import json
import math
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key
from sqlmodel import Session

from service.access import claims, clients, keys
from service.access.claims import Spoken
from service.access.key_sets import KeySets
from service.access.models import Client
from service.access.refusals import NotAuthenticated, TokenRefused
from service.actor import Actor

LIFETIME: Final = timedelta(minutes=5)
"""The furthest ahead that `exp` may be (SMART App Launch 2.2, "Authentication JWT Claims")."""

LEEWAY: Final = timedelta(seconds=30)
"""How far a client's clock may run ahead of ours in `iat` and `nbf`; `exp` has none."""

SIZE: Final = 8192
"""The longest assertion that is read, in characters."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_JTI = re.compile(r"[\x20-\x7e]{1,200}")
_UNKNOWN = "The client is unknown or the assertion is not signed with a key registered for it"

_REGISTRY = jws.JWSRegistry(algorithms=list(keys.KEY_TYPE), strict_check_header=False)
_REGISTRY.max_header_length = SIZE


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an assertion says, believed only once verified."""

    compact: str
    alg: str
    kid: str | None
    claims: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that has shown who it is, for whom it speaks, and with which assertion."""

    client: Client
    spoken: Spoken
    by: Actor
    jti: str
    expires_at: datetime


def authenticated(session: Session, compact: str, *, token_url: str, at: datetime, published: KeySets) -> Authenticated:
    """The client that signed this assertion for this server. Raises NotAuthenticated, TokenRefused or KeysWanted."""
    assertion = _read(compact)
    client = _signer(session, assertion, published)
    by = clients.actor(client.client_id, Spoken(client.organisation, client.role), client.scopes)
    if client.disabled_at:
        raise TokenRefused("unauthorized_client", "This client is disabled; ask those who run the register", by=by)
    fault = _fault(assertion.claims, token_url, at.timestamp())
    if fault:
        raise NotAuthenticated(fault, by=by)
    expires_at = datetime.fromtimestamp(assertion.claims["exp"], UTC)
    spoken = claims.spoken(session, assertion.claims, client, by=by)
    by = clients.actor(client.client_id, spoken, client.scopes)
    return Authenticated(client, spoken, by, assertion.claims["jti"], expires_at)


def _read(compact: str) -> Assertion:
    if len(compact) > SIZE or not _COMPACT.fullmatch(compact):
        raise NotAuthenticated(f"The assertion is not a signed JWT in compact form, at most {SIZE} characters long")
    header, claims, _ = compact.split(".")
    alg, kid = (read := _json_object(header)).get("alg"), read.get("kid")
    if not isinstance(alg, str) or alg not in keys.KEY_TYPE:
        raise NotAuthenticated("Sign the assertion with RS384 or ES384")
    if "crit" in read or "b64" in read:
        raise NotAuthenticated("The assertion has critical header extensions, and none is understood here")
    if kid is not None and not isinstance(kid, str):
        raise NotAuthenticated("The kid of the assertion is not text")
    return Assertion(compact, alg, kid, _json_object(claims))


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode())
    except (ValueError, RecursionError) as error:
        raise NotAuthenticated("The assertion is not a signed JWT: a part of it is not JSON") from error
    if not isinstance(value, dict):
        raise NotAuthenticated("The assertion is not a signed JWT: a part of it is not a JSON object")
    return value


def _signer(session: Session, assertion: Assertion, published: KeySets) -> Client:
    issuer = assertion.claims.get("iss")
    # The shape is asked first: PostgreSQL refuses some characters, such as NUL, with an error.
    known = isinstance(issuer, str) and clients.CLIENT_ID.fullmatch(issuer)
    client = session.get(Client, issuer) if known else None
    key = keys.chosen(_jwks(client, assertion.kid, published), assertion.kid, assertion.alg) if client else None
    # Without a key there is a signature to check all the same, so that the time taken tells nothing.
    is_signed = _is_signed(assertion, key or _nobodys_key(assertion.alg))
    if client is None or key is None or not is_signed:
        raise NotAuthenticated(_UNKNOWN)
    return client


def _jwks(client: Client, kid: str | None, published: KeySets) -> str:
    return published.of(client.jwks_url, kid) if client.jwks_url else client.jwks


def _is_signed(assertion: Assertion, key: Key) -> bool:
    try:
        jws.deserialize_compact(assertion.compact, key, registry=_REGISTRY)
    except (JoseError, ValueError):
        return False
    return True


@cache
def _nobodys_key(alg: str) -> Key:
    """A key that nobody holds the other half of, of the size that clients commonly have."""
    if keys.KEY_TYPE[alg] == "EC":
        return ECKey.generate_key("P-384", private=False)
    modulus = (1 << 2047) | secrets.randbits(2047) | 1
    text = base64.urlsafe_b64encode(modulus.to_bytes(256)).decode().rstrip("=")
    return keys.imported({"kty": "RSA", "n": text, "e": "AQAB"})


def _fault(said: dict[str, Any], token_url: str, now: float) -> str:
    """What is wrong with the claims of a client whose signature is right, or nothing."""
    if said.get("sub") != said["iss"]:
        return "iss and sub must both be the client id"
    if said.get("aud") not in (token_url, [token_url]):
        return f"aud must be exactly {token_url}"
    if not _is_instant(said.get("exp")) or not now < said["exp"] <= now + LIFETIME.total_seconds():
        return "exp must be in the future and at most five minutes ahead (seconds since 1970, UTC)"
    for name in ("iat", "nbf"):
        if name in said and not (_is_instant(said[name]) and said[name] <= now + LEEWAY.total_seconds()):
            return f"{name} is in the future: check the clock"
    if not isinstance(said.get("jti"), str) or not _JTI.fullmatch(said["jti"]):
        return "jti must be 1 to 200 printable ASCII characters, new for each assertion"
    return ""


def _is_instant(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))
