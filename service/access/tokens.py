"""From the `Authorization` header of a request to its Actor, at about a hundredth of what a read costs."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select

from service import clock, db
from service.access import clients, smart
from service.access.claims import Spoken
from service.access.models import AccessToken, Client
from service.access.policy import SharingBasis
from service.actor import Actor
from service.errors import Unauthenticated
from service.read_door import ReadDoor

BELIEVED_FOR: Final = timedelta(seconds=5)
"""How long a token is believed without asking the database: disabling a client bites on every server within it."""

MOST: Final = 10_000
"""How many tokens are remembered; the one learnt first is forgotten first."""

_CLIENT = db.table(Client)
_TOKEN = db.table(AccessToken)
_BY_DIGEST = (
    select(
        _TOKEN.c.client_id,
        _TOKEN.c.organisation,
        _TOKEN.c.role,
        _TOKEN.c.scopes,
        _TOKEN.c.user_id,
        _TOKEN.c.purpose,
        _TOKEN.c.person_pk,
        _TOKEN.c.expires_at,
    )
    .join_from(_TOKEN, _CLIENT, _CLIENT.c.client_id == _TOKEN.c.client_id)
    .where(_TOKEN.c.digest == bindparam("digest"), _CLIENT.c.disabled_at.is_(None))
)


class Tokens:
    """The tokens seen by this process. Used from one event loop."""

    def __init__(self, door: ReadDoor, *, sharing: SharingBasis = "direct-care") -> None:
        self._door = door
        self._sharing = sharing
        self._believed: dict[str, tuple[datetime, datetime, Actor]] = {}

    async def actor(self, authorization_header: str) -> Actor:
        """Who shows this header. Raises Unauthenticated when it is none that stands."""
        scheme, _, token = authorization_header.partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise Unauthenticated("Send Authorization: Bearer and a token; POST /oauth2/token gives one")
        # Kept under its hash here too: a look into this process should lend nobody a token.
        digest, now = smart.digest(token), clock.now()
        believed = self._believed.get(digest)
        if believed and believed[0] <= now < believed[1]:
            return believed[2]
        return await self._looked_up(digest, now)

    async def _looked_up(self, digest: str, now: datetime) -> Actor:
        self._believed.pop(digest, None)
        rows = await self._door.rows(_BY_DIGEST, {"digest": digest})
        if not rows or rows[0][-1] <= now:
            raise Unauthenticated("This token is unknown, expired or withdrawn; POST /oauth2/token gives a new one")
        client_id, organisation, role, scopes, user, purpose, person_pk, expires_at = rows[0]
        spoken = Spoken(organisation, role, user, purpose, person_pk)
        actor = clients.actor(client_id, spoken, scopes, sharing=self._sharing)
        if len(self._believed) >= MOST:
            del self._believed[next(iter(self._believed))]
        self._believed[digest] = (now, min(now + BELIEVED_FOR, expires_at), actor)
        return actor
