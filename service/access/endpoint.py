"""`POST /oauth2/token`, with errors as OAuth has them (RFC 6749 §5.2), and the SMART configuration."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service import audit, clock, incoming
from service.access import keys, policy, smart
from service.access.key_sets import KeySets, KeysWanted
from service.access.refusals import SlowDown, TokenRefused
from service.actor import Actor
from service.config import Settings
from service.db import Database
from service.errors import HeartseaseError, TooMany, TooSlow, Unavailable
from service.limits import Limits

Result = TypeVar("Result")

BODY_LIMIT = 32_768
"""Octets: an assertion of the longest kind and every scope that may be asked for fit well within."""

AT_ONCE = 2
"""Signatures checked at once: a flood of requests here leaves the threads and connections to those who care."""

MOST_WAITING = 100
"""Requests that wait for those; more are answered 503 at once, rather than later than their client waits."""

_BUSY: Final = "Too many ask for tokens at this moment; wait, then ask again"


def token(
    database: Database, settings: Settings, limits: Limits, published: KeySets | None = None
) -> Callable[[Request], Awaitable[Response]]:
    """The route. Every answer but 503 leaves an audit row called "token" before it goes out, or would but repeat one.

    `published` are the keys that clients publish at addresses of their own.
    """
    asking = _Asking(database, settings, limits, published or KeySets())

    async def answer(request: Request) -> Response:
        request_id = incoming.request_id(request)
        try:
            response = await asking.answered(request, request_id)
        except Unavailable as fault:
            response = _refusal(fault)
        response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache", "X-Request-ID": request_id})
        return response

    return answer


class _Asking:
    """What the requests for tokens to one process share."""

    def __init__(self, database: Database, settings: Settings, limits: Limits, published: KeySets) -> None:
        self._database = database
        self._token_url = settings.token_url
        self._limits = limits
        self._published = published
        self._at_once = anyio.CapacityLimiter(AT_ONCE)

    async def answered(self, request: Request, request_id: str) -> Response:
        address = incoming.address(request)
        try:
            self._check_queue(address)
            form = await _form(request)
            return _given(await self._issued(form, request_id))
        except Unavailable:
            raise
        except HeartseaseError as refusal:
            told = self._told(refusal, address)
            if not isinstance(told, SlowDown) or told.goes_on_record:
                await self._in_thread(_record_refusal, self._database, told, request_id)
            return _refusal(told)

    def _check_queue(self, address: str) -> None:
        """A stranger who was refused too often is looked at only while nobody waits. Raises SlowDown, Unavailable."""
        waiting = self._at_once.statistics().tasks_waiting
        if waiting and (refusal := self._limits.exhausted(address)):
            raise SlowDown(refusal, by=None)
        if waiting >= MOST_WAITING:
            raise Unavailable(_BUSY)

    async def _issued(self, form: dict[str, str], request_id: str) -> smart.Issued:
        work = partial(self._issued_in_thread, form, request_id)
        try:
            return await self._in_thread(work)
        except KeysWanted as wanted:
            await self._published.fetch(wanted.address)
        try:
            return await self._in_thread(work)
        except KeysWanted as wanted:
            raise Unavailable(_BUSY) from wanted

    def _issued_in_thread(self, form: dict[str, str], request_id: str) -> smart.Issued:
        with self._database.transaction() as session:
            return smart.issue(
                session,
                form,
                token_url=self._token_url,
                at=clock.now(),
                request_id=request_id,
                published=self._published,
                count=self._count,
            )

    def _count(self, by: Actor) -> None:
        try:
            self._limits.count_token(by.client_id)
        except TooMany as refusal:
            raise SlowDown(refusal, by=by) from refusal

    def _told(self, refusal: HeartseaseError, address: str) -> HeartseaseError:
        """The refusal, or SlowDown where there were too many: of a client that has signed, or of strangers."""
        by = _asker(refusal)
        if isinstance(refusal, SlowDown):
            return refusal
        if by is None:
            too_many = self._limits.strangers_wait(address)
            return SlowDown(too_many, by=None) if too_many else refusal
        try:
            self._limits.count_refused_token(by.client_id)
        except TooMany as too_often:
            return SlowDown(too_often, by=by)
        return refusal

    async def _in_thread(self, work: Callable[..., Result], *arguments: Any) -> Result:
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._at_once)


def smart_configuration(settings: Settings) -> dict[str, Any]:
    """What clients may find out for themselves (SMART App Launch 2.2, "Conformance")."""
    return {
        "token_endpoint": settings.token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(keys.KEY_TYPE),
        "scopes_supported": ["system/*.cruds", *policy.supported().split()],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def _asker(refusal: HeartseaseError) -> Actor | None:
    return refusal.by if isinstance(refusal, TokenRefused) else None


def _record_refusal(database: Database, refusal: HeartseaseError, request_id: str) -> None:
    """In a transaction of its own: the one that was refused is gone."""
    query = f"refused: {_oauth_error(refusal)}"
    row = audit.row("token", by=_asker(refusal), outcome=refusal.status, query=query, request_id=request_id)
    with database.transaction() as session:
        audit.record(session, row)


def _refusal(refusal: HeartseaseError) -> Response:
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    if isinstance(refusal, TooSlow):
        headers["Connection"] = "close"  # the rest of the body may still come
    body = {"error": _oauth_error(refusal), "error_description": refusal.message}
    return JSONResponse(body, refusal.status, headers=headers)


def _oauth_error(refusal: HeartseaseError) -> str:
    if isinstance(refusal, TokenRefused):
        return refusal.error
    return "temporarily_unavailable" if isinstance(refusal, Unavailable) else "invalid_request"


def _given(issued: smart.Issued) -> Response:
    return JSONResponse(
        {
            "access_token": issued.token,
            "token_type": "bearer",
            "expires_in": issued.expires_in,
            "scope": issued.scope,
        }
    )


async def _form(request: Request) -> dict[str, str]:
    pairs = await incoming.form(request, limit=BODY_LIMIT)
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise TokenRefused("invalid_request", "Send each field once")
    return fields
