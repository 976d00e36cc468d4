"""Client systems: adding, listing and disabling them, and the Actor that each becomes."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from service import audit, db
from service.access import keys, policy, scopes
from service.access.claims import Spoken
from service.access.models import AccessToken, Client
from service.access.policy import SharingBasis
from service.actor import Actor, everything
from service.errors import Conflict, Invalid, Issue, NotFound
from service.register import organisations

COMMAND_LINE = everything("command-line")
"""Who adds and disables clients with `heartsease client`, in the audit."""

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_ACCESS_TOKEN = db.table(AccessToken)
_DELETE_TOKENS = _ACCESS_TOKEN.delete()


def actor(client_id: str, spoken: Spoken, granted: str, *, sharing: SharingBasis = "direct-care") -> Actor:
    """Who asks, with what the scopes `granted` leave of what the role may do."""
    role = policy.role(spoken.role)
    return Actor(
        client_id,
        spoken.organisation,
        policy.sees(role.name, spoken.purpose, sharing),
        policy.permissions(role.name, granted),
        role=spoken.role,
        user=spoken.user,
        purpose=spoken.purpose,
        person_pk=spoken.person_pk,
        barred=role.barred,
    )


def id_of(name: str) -> str:
    """The client id that a name gives: "Leek Health Centre" is `leek-health-centre`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].rstrip("-")


def add(
    session: Session,
    client_id: str,
    *,
    name: str,
    organisation: str,
    roles: Sequence[str],
    scope: str,
    at: datetime,
    by: Actor,
    key_text: str = "",
    jwks_url: str = "",
    acts_for: Sequence[str] = (),
    is_demo: bool = False,
) -> Client:
    """Registers a system with its public keys (JWKS, JWK or PEM), or with the https address where it publishes them.

    The first of its `roles` is its own, the others are those of people who work with it; it `acts_for` organisations
    beside its own. Raises Conflict when the id is taken, Invalid with every fault found.
    """
    speaks_for = tuple(dict.fromkeys((organisation, *acts_for)))
    allowed, jwks = _checked(client_id, name, speaks_for, roles, scope, key_text, jwks_url)
    if session.get(Client, client_id):
        raise Conflict("A client of this id exists already; choose another name")
    client = Client(
        client_id=client_id,
        name=name,
        roles=" ".join(dict.fromkeys(roles)),
        organisations=" ".join(speaks_for),
        scopes=allowed,
        jwks=jwks,
        jwks_url=jwks_url,
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


def change_keys(session: Session, client_id: str, *, by: Actor, key_text: str = "", jwks_url: str = "") -> Client:
    """From now on these keys count, and no others: a client that changes its key has both for a while.

    Raises NotFound, Invalid.
    """
    client = _found(session, client_id)
    client.jwks, client.jwks_url = _keys(key_text, jwks_url), jwks_url
    session.add(client)
    audit.record(session, audit.row("client-keys", by=by, outcome=200, resource_id=client_id))
    return client


def disable(session: Session, client_id: str, *, at: datetime, by: Actor) -> None:
    """From now on the client is given no token, and those it holds are void within five seconds. Raises NotFound."""
    client = _found(session, client_id)
    client.disabled_at = client.disabled_at or at
    session.add(client)
    session.execute(_DELETE_TOKENS.where(_ACCESS_TOKEN.c.client_id == client_id))
    audit.record(session, audit.row("client-disable", by=by, outcome=200, resource_id=client_id))


def _found(session: Session, client_id: str) -> Client:
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound("There is no client of this id; heartsease client list shows all")
    return client


def _keys(key_text: str, jwks_url: str) -> str:
    """The keys that are kept, none for a client that publishes its own. Raises Invalid."""
    from service import http_client  # loaded for who names an address, and not with every start

    if bool(key_text) == bool(jwks_url):
        raise Invalid("Give the public keys, or the address where the client publishes them: one of the two")
    if key_text:
        return keys.read(key_text)
    try:
        http_client.checked(jwks_url)
    except http_client.FetchFailed as error:
        raise Invalid(str(error)) from error
    return keys.NONE


def _checked(
    client_id: str,
    name: str,
    speaks_for: Sequence[str],
    roles: Sequence[str],
    scope: str,
    key_text: str,
    jwks_url: str,
) -> tuple[str, str]:
    issues = []
    if not CLIENT_ID.fullmatch(client_id):
        issues.append(Issue("value", "A client id is 2 to 64 of a-z, 0-9, dot, dash and underscore", "client_id"))
    if not name.strip() or len(name) > 200 or not name.isprintable():
        issues.append(Issue("value", "A name has 1 to 200 characters that can be printed", "name"))
    if not all(organisations.is_ods_code(one) for one in speaks_for):
        issues.append(Issue("value", "An ODS code is 3 to 12 capital letters and digits", "organisation"))
    if not roles or not set(roles) <= policy.all_roles().keys():
        issues.append(Issue("value", f"Each role is one of {', '.join(policy.all_roles())}", "role"))
    allowed = jwks = ""
    try:
        allowed = scopes.text(scopes.parse(scope))
    except Invalid as error:
        issues.append(Issue("value", error.message, "scope"))
    try:
        jwks = _keys(key_text, jwks_url)
    except Invalid as error:
        issues.append(Issue("value", error.message, "keys"))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
    return allowed, jwks
