"""Every refusal as an OperationOutcome: what is wrong, where, what to do. The only place where they are rendered."""

from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from service import log
from service.api import rendering
from service.api.negotiation import FHIR_JSON
from service.errors import HeartseaseError, MethodNotAllowed, TooSlow
from service.fhir import codec, outcomes
from service.fhir.resource_type import Body

_HEADERS: Final = {
    "Content-Type": FHIR_JSON,
    "Cache-Control": "no-store",
    "Vary": rendering.VARY,
}


async def outcome(refusal: HeartseaseError, request: Request) -> Response:
    headers = {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after:
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, TooSlow):
        headers["Connection"] = "close"  # the rest of the body may still come
    if isinstance(refusal, MethodNotAllowed) and refusal.allowed:
        headers["Allow"] = ", ".join(refusal.allowed)
    return await _response(request, refusal.status, outcomes.operation_outcome(refusal.issues), headers)


async def bug(request: Request, request_id: str, *, route: str) -> Response:
    """A fault of ours: the request id, and nothing more. What is logged names the route, and not the URL."""
    structlog.contextvars.bind_contextvars(request_id=request_id)
    log.failure("request failed", route=route)
    return await _response(request, 500, outcomes.fault(request_id), {})


async def _response(request: Request, status: int, told: Body, headers: dict[str, str]) -> Response:
    is_pretty = b"_pretty=true" in request.scope["query_string"]
    return await rendering.response(request, status, codec.dumps(told), {**_HEADERS, **headers}, is_pretty=is_pretty)
