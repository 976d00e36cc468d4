"""The answer to a batch or a transaction: one entry for each that came, in its order, stored bytes as they are."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from service.api.answer import Answer
from service.errors import HeartseaseError
from service.fhir import codec, outcomes
from service.fhir.resource_type import Body
from service.store.bundle import READS


def bundle(kind: str, entries: Iterable[bytes]) -> bytes:
    return b'{"resourceType":"Bundle","type":"%s","entry":[%s]}' % (kind.encode(), b",".join(entries))


def returned(prefer: str) -> str:
    """What `Prefer: return=` means inside a Bundle: nothing but the location, unless the resource is asked for."""
    return "representation" if prefer == "representation" else "minimal"


def entry(answer: Answer, method: str, prefer: str) -> bytes:
    """One entry. Its outcome carries warnings, and with `return=OperationOutcome` that all is well."""
    response: dict[str, Any] = {"status": _status(answer.status)}
    if location := answer.headers.get("Location", answer.headers.get("Content-Location")):
        response["location"] = location
    if tag := answer.headers.get("ETag"):
        response["etag"] = tag
    if answer.last_updated:
        response["lastModified"] = answer.last_updated.isoformat(timespec="milliseconds")
    if answer.warnings or (prefer == "operationoutcome" and method not in READS):
        response["outcome"] = outcomes.operation_outcome(answer.warnings)
    told = b'"response":' + codec.dumps(response)
    if answer.body and method != "HEAD":
        return b'{"resource":%s,%s}' % (answer.body, told)
    return b"{%s}" % told


def refused(refusal: HeartseaseError, request_id: str) -> bytes:
    """An entry that was refused, with what is wrong; of a fault of ours, the request id and nothing more."""
    is_fault = refusal.status == HTTPStatus.INTERNAL_SERVER_ERROR
    outcome: Body = outcomes.fault(request_id) if is_fault else outcomes.operation_outcome(refusal.issues)
    return b'{"response":%s}' % codec.dumps({"status": _status(refusal.status), "outcome": outcome})


def _status(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
