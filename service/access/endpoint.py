"""`POST /oauth2/token`, with errors as OAuth has them (RFC 6749 §5.2), and the SMART configuration."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service import audit, clock, incoming
from service.access import keys, smart
from service.access.refusals import TokenRefused
from service.config import Settings
from service.db import Database
from service.errors import TooLarge, Unavailable, Unreadable, UnsupportedMedia
from service.fhir import resource_type

BODY_LIMIT = 32_768
"""Octets: an assertion of the longest kind and every scope that may be asked for fit well within."""

AT_ONCE = 2
"""Signatures checked at once: a flood of requests here leaves the threads and connections to those who care."""


class _WrongContentType(TokenRefused):
    status = 415


def token(database: Database, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    """The route. Every answer but 503 leaves an audit row called "token" before it goes out."""

    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def answer(request: Request) -> Response:
        request_id = incoming.request_id(request)
        try:
            response = await _answered(request, request_id)
        except Unavailable as error:
            body = {"error": "temporarily_unavailable", "error_description": error.message}
            response = JSONResponse(body, error.status, headers={"Retry-After": "1"})
        response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache", "X-Request-ID": request_id})
        return response

    async def _answered(request: Request, request_id: str) -> Response:
        try:
            form = await _form(request)
            work = partial(_issued, database, form, token_url=settings.token_url, request_id=request_id)
            return _given(await anyio.to_thread.run_sync(work, limiter=limiter))
        except TokenRefused as refusal:
            await anyio.to_thread.run_sync(_record_refusal, database, refusal, request_id, limiter=limiter)
            return JSONResponse({"error": refusal.error, "error_description": refusal.description}, refusal.status)

    return answer


def smart_configuration(settings: Settings) -> dict[str, Any]:
    """What clients may find out for themselves (SMART App Launch 2.2, "Conformance")."""
    names = ("*", *resource_type.all_types(), "Measure", "MeasureReport")
    return {
        "token_endpoint": settings.token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(keys.KEY_TYPE),
        "scopes_supported": [f"system/{name}.cruds" for name in names],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def _issued(database: Database, form: dict[str, str], *, token_url: str, request_id: str) -> smart.Issued:
    with database.transaction() as session:
        return smart.issue(session, form, token_url=token_url, at=clock.now(), request_id=request_id)


def _record_refusal(database: Database, refusal: TokenRefused, request_id: str) -> None:
    """In a transaction of its own: the one that was refused is gone."""
    query = f"refused: {refusal.error}"
    row = audit.row("token", by=refusal.by, outcome=refusal.status, query=query, request_id=request_id)
    with database.transaction() as session:
        audit.record(session, row)


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
    try:
        pairs = await incoming.form(request, limit=BODY_LIMIT)
    except UnsupportedMedia as error:
        raise _WrongContentType("invalid_request", error.message) from error
    except (TooLarge, Unreadable) as error:
        raise TokenRefused("invalid_request", error.message) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise TokenRefused("invalid_request", "Send each field once")
    return fields
