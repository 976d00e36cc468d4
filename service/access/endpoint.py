"""`POST /oauth2/token`, with errors as OAuth has them (RFC 6749 §5.2), and the SMART configuration."""

import re
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service import audit, clock
from service.access import keys, smart
from service.access.refusals import TokenRefused
from service.config import Settings
from service.db import Database
from service.errors import Unavailable
from service.fhir import resource_type

BODY_LIMIT = 32_768
"""Octets: an assertion of the longest kind and every scope that may be asked for fit well within."""

FIELD_LIMIT = 20
AT_ONCE = 2
"""Signatures checked at once: a flood of requests here leaves the threads and connections to those who care."""

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class _WrongContentType(TokenRefused):
    status = 415


def token(database: Database, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    """The route. Every answer but 503 leaves an audit row called "token" before it goes out."""

    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def answer(request: Request) -> Response:
        request_id = _request_id(request)
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


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if _SAFE_ID.fullmatch(given) else str(uuid.uuid4())


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _WrongContentType("invalid_request", "Send application/x-www-form-urlencoded")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise TokenRefused("invalid_request", f"The body is longer than {BODY_LIMIT} octets")
    return _fields(bytes(body))


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELD_LIMIT)
    except ValueError as error:
        raise TokenRefused("invalid_request", f"The body is not a form of at most {FIELD_LIMIT} fields") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise TokenRefused("invalid_request", "Send each field once")
    return fields
