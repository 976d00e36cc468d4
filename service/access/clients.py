"""Client systems: adding, listing and disabling them, and the Actor that each becomes."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from service import audit, db
from service.access import keys, scopes
from service.access.models import AccessToken, Client
from service.actor import Actor, Sees, everything
from service.errors import Conflict, Invalid, Issue, NotFound
from service.register import organisations

COMMAND_LINE = everything("command-line")
"""Who adds and disables clients with `heartsease client`, in the audit."""

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_ACCESS_TOKEN = db.table(AccessToken)
_DELETE_TOKENS = _ACCESS_TOKEN.delete()


class Kind(StrEnum):
    """What sort of system a client is; whose records it sees follows from it."""

    PRACTICE = "practice"
    HOSPITAL = "hospital"
    INTEGRATION = "integration"
    REPORTING = "reporting"
    OTHER = "other"


_SEES: dict[str, Sees] = {
    Kind.PRACTICE: Sees.OWN_PATIENTS,
    Kind.HOSPITAL: Sees.SHARED,
    Kind.INTEGRATION: Sees.EVERYONE,
}


def actor(client_id: str, organisation: str, kind: str, granted: str) -> Actor:
    """Who asks, with the scopes `granted`. A kind that is not known here sees nobody."""
    return Actor(client_id, organisation, _SEES.get(kind, Sees.NOBODY), scopes.parse(granted))


def id_of(name: str) -> str:
    """The client id that a name gives: "Leek Health Centre" is `leek-health-centre`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].rstrip("-")


def add(
    session: Session,
    client_id: str,
    *,
    name: str,
    organisation: str,
    kind: str,
    scope: str,
    key_text: str,
    at: datetime,
    by: Actor,
    is_demo: bool = False,
) -> Client:
    """Registers a system with its public keys (JWKS, JWK or PEM).

    Raises Conflict when the id is taken, Invalid with every fault found.
    """
    allowed, jwks = _checked(client_id, name, organisation, kind, scope, key_text)
    if session.get(Client, client_id):
        raise Conflict("A client of this id exists already; choose another name")
    client = Client(
        client_id=client_id,
        name=name,
        organisation=organisation,
        kind=kind,
        scopes=allowed,
        jwks=jwks,
        created_at=at,
        is_demo=is_demo,
    )
    session.add(client)
    session.flush()
    audit.record(session, audit.row("client-add", by=by, outcome=201, resource_id=client_id))
    return client


def listed(session: Session) -> Sequence[Client]:
    """Every client, by id; the disabled ones too."""
    return session.exec(select(Client).order_by(Client.client_id)).all()


def disable(session: Session, client_id: str, *, at: datetime, by: Actor) -> None:
    """From now on the client is given no token, and those it holds are void within five seconds. Raises NotFound."""
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound("There is no client of this id; heartsease client list shows all")
    client.disabled_at = client.disabled_at or at
    session.add(client)
    session.execute(_DELETE_TOKENS.where(_ACCESS_TOKEN.c.client_id == client_id))
    audit.record(session, audit.row("client-disable", by=by, outcome=200, resource_id=client_id))


def _checked(client_id: str, name: str, organisation: str, kind: str, scope: str, key_text: str) -> tuple[str, str]:
    issues = []
    if not CLIENT_ID.fullmatch(client_id):
        issues.append(Issue("value", "A client id is 2 to 64 of a-z, 0-9, dot, dash and underscore", "client_id"))
    if not name.strip() or len(name) > 200 or not name.isprintable():
        issues.append(Issue("value", "A name has 1 to 200 characters that can be printed", "name"))
    if not organisations.is_ods_code(organisation):
        issues.append(Issue("value", "An ODS code is 3 to 12 capital letters and digits", "organisation"))
    if kind not in set(Kind):
        issues.append(Issue("value", f"The kind is one of {', '.join(Kind)}", "kind"))
    allowed = jwks = ""
    try:
        allowed = scopes.text(scopes.parse(scope))
    except Invalid as error:
        issues.append(Issue("value", error.message, "scope"))
    try:
        jwks = keys.read(key_text)
    except Invalid as error:
        issues.append(Issue("value", error.message, "keys"))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
    return allowed, jwks
