"""Every refusal as an OperationOutcome: what is wrong, where, what to do. The only place where they are rendered."""

from collections.abc import Sequence

from starlette.responses import Response

from service.api.requests import FHIR_JSON
from service.errors import HeartseaseError, Issue
from service.fhir import codec, outcomes


def outcome(refusal: HeartseaseError) -> Response:
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.status in (429, 503):
        headers["Retry-After"] = "5"
    return _response(refusal.status, refusal.issues, headers)


def bug(request_id: str) -> Response:
    """A fault of ours: the request id, and nothing more."""
    issue = Issue("exception", f"Something went wrong on our side. Tell us the request id {request_id}")
    return _response(500, [issue], {"Cache-Control": "no-store"})


def _response(status: int, issues: Sequence[Issue], headers: dict[str, str]) -> Response:
    body = codec.dumps(outcomes.operation_outcome(issues))
    return Response(body, status, headers={**headers, "Content-Type": FHIR_JSON})
