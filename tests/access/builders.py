"""Keys, assertions and clients for the tests of access."""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from service import actor
from service.access import clients, smart
from service.access.models import Client
from service.access.smart import Issued
from service.db import Database

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
TOKEN_URL = "https://register.example/oauth2/token"
US = actor.everything("tests")


@cache
def ec_key(kid: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-384", {"kid": kid})


@cache
def rsa_key(kid: str = "rsa-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


def public(*keys: Key) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def add_client(database: Database, client_id: str = "leek-gp", **changes: Any) -> None:
    given = {
        "name": "Leek practice system",
        "organisation": "M83001",
        "roles": ["gp"],
        "scope": "system/Patient.cruds system/Observation.rs",
        "key_text": public(ec_key(), rsa_key()),
    }
    with database.transaction() as session:
        clients.add(session, client_id, **{**given, **changes}, at=AT, by=US)


def disable(database: Database, client_id: str = "leek-gp") -> None:
    with database.transaction() as session:
        clients.disable(session, client_id, at=AT, by=US)


def found(database: Database, client_id: str = "leek-gp") -> Client | None:
    with database.reading() as session:
        return session.get(Client, client_id)


def claims(**changes: Any) -> dict[str, Any]:
    """What a good assertion says; a change to None leaves the claim out."""
    good = {
        "iss": "leek-gp",
        "sub": "leek-gp",
        "aud": TOKEN_URL,
        "exp": int(AT.timestamp()) + 60,
        "jti": "one",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(said: dict[str, Any] | None = None, *, key: Key | None = None, **header: Any) -> str:
    """An assertion signed with `key` (the EC one by default); its kid is named unless the header says otherwise."""
    key = key or ec_key()
    alg = "RS384" if isinstance(key, RSAKey) else "ES384"
    full = {name: value for name, value in {"alg": alg, "kid": key.kid, **header}.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
    registry.max_header_length = 100_000
    return jws.serialize_compact(full, json.dumps(said or claims()), key, registry=registry)


def unsigned(header: Any, said: Any, signature: bytes = b"nothing") -> str:
    parts = (json.dumps(header).encode(), json.dumps(said).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def form(assertion: str, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": smart.ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": "system/Patient.rs",
        **changes,
    }


def issue(database: Database, assertion: str, *, at: datetime = AT, **changes: str) -> Issued:
    with database.transaction() as session:
        return smart.issue(session, form(assertion, **changes), token_url=TOKEN_URL, at=at)
