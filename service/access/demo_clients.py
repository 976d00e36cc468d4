"""The clients of the demonstration area. Their private keys lie in the home folder, so production refuses them."""

import json
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey
from sqlmodel import Session

from service.access import claims, clients, keys, smart
from service.access.models import Client
from service.access.smart import Issued
from service.actor import Actor
from service.config import Settings
from service.errors import Conflict, Forbidden, NotFound
from service.fhir import resource_type

_GP_SCOPES = " ".join(f"system/{name}.cruds" for name in sorted(resource_type.all_types()))

DEMO_CLIENTS: Final = {
    "gp-demo": ("Demonstration practice", "gp", _GP_SCOPES),
    "hospital-demo": ("Demonstration hospital", "hospital", "system/*.rs"),
    "ambulance-demo": ("Demonstration ambulance service", "ambulance", "system/*.rs"),
    "quality-demo": ("Demonstration quality lead", "quality-lead", "system/Measure.rs system/MeasureReport.rs"),
    "privacy-demo": ("Demonstration privacy officer", "privacy-officer", "system/*.rs"),
    "integration-demo": ("Demonstration integration", "system", "system/*.cruds"),
}

_ORGANISATIONS = {
    "hospital-demo": "XHOSP",
    "ambulance-demo": "XAMBU",
    "quality-demo": "XBOARD",
    "privacy-demo": "XHOSP",
    "integration-demo": "XENGINE",
}
PEOPLE = {
    "hospital-demo": ("demo-doctor", "TREAT"),
    "ambulance-demo": ("demo-paramedic", "ETREAT"),
    "privacy-demo": ("demo-officer", "HCOMPL"),
}
"""Who is at the keyboard of a system, and why they ask: of those that do not look after the people they ask about."""


def create(session: Session, home: Path, *, practice: str, at: datetime, by: Actor) -> None:
    """Makes the demo clients that are missing; `practice` is the ODS code of `gp-demo`. Again: changes nothing.

    A key that was lost is made anew. Raises Conflict when a client that is not a demo client has one of the ids.
    """
    for client_id, (name, role, scope) in DEMO_CLIENTS.items():
        public = json.dumps(_key(home, client_id).as_dict(private=False))
        organisation = _ORGANISATIONS.get(client_id, practice)
        client = session.get(Client, client_id)
        if client is None:
            clients.add(
                session,
                client_id,
                name=name,
                organisation=organisation,
                roles=[role],
                scope=scope,
                key_text=public,
                at=at,
                by=by,
                is_demo=True,
            )
        elif not client.is_demo:
            raise Conflict(f"{client_id} is the id of a client that is not for demonstration")
        else:
            client.jwks, client.organisations = keys.read(public), organisation
            session.add(client)


def demo_token(session: Session, settings: Settings, client_id: str, *, at: datetime, scope: str = "") -> Issued:
    """A token for a demo client, by the way that every client goes; without `scope`, all that the client may have.

    Raises Forbidden in production and for any other client, NotFound when there is no such client or no key.
    """
    if settings.environment == "production":
        raise Forbidden("Demonstration tokens are not given in production")
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound(f"There is no such client; the demonstration clients are {', '.join(DEMO_CLIENTS)}")
    if not client.is_demo:
        raise Forbidden("Only demonstration clients have their private keys here; this client signs for itself")
    path = _path(settings.home, client_id)
    if not path.exists():
        raise NotFound("The private key of this client is not in the home folder; heartsease demo makes it anew")
    said = {claims.B2B: _b2b(client)} if client_id in PEOPLE else {}
    assertion = signed(_read(path), client_id, token_url=settings.token_url, at=at, extensions=said)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": smart.ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": scope or client.scopes,
    }
    return smart.issue(session, form, token_url=settings.token_url, at=at)


def signed(key: ECKey, client_id: str, *, token_url: str, at: datetime, extensions: dict[str, Any]) -> str:
    """An assertion as a client makes it, good for one minute."""
    said = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "exp": int((at + timedelta(minutes=1)).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "extensions": extensions,
    }
    return jwt.encode({"alg": "ES384", "kid": key.kid}, said, key, algorithms=["ES384"])


def _b2b(client: Client) -> dict[str, Any]:
    user, purpose = PEOPLE[client.client_id]
    return {
        "version": "1",
        "subject_id": user,
        "subject_role": client.role,
        "organization_id": client.organisation,
        "purpose_of_use": [purpose],
    }


def _path(home: Path, client_id: str) -> Path:
    return home / "keys" / f"{client_id}.jwk"


def _key(home: Path, client_id: str) -> ECKey:
    path = _path(home, client_id)
    if not path.exists():
        _write(path, ECKey.generate_key("P-384", {"alg": "ES384", "use": "sig"}, auto_kid=True))
    return _read(path)


def _read(path: Path) -> ECKey:
    return ECKey.import_key(json.loads(path.read_text()))


def _write(path: Path, key: ECKey) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made with its mode, so that there is no moment at which others may read it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
