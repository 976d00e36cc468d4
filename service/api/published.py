"""What anybody may read without a token, since it tells of nobody: what this server can do, and what its words mean.

Read only. Each answer has an ETag that is the same in every process, so that a client need not take it twice.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service import incoming
from service.api import errors, negotiation, rendering, requests
from service.errors import HeartseaseError, MethodNotAllowed, Unreadable
from service.fhir import codec
from service.fhir.conformance import Definitions
from service.fhir.resource_type import Body
from service.limits import Limits

Answer = Callable[[Request], "Document"]
METHODS: Final = ("GET", "HEAD")
_OPEN: Final = {
    "Cache-Control": "public, no-cache",
    "Vary": rendering.VARY,
}


@dataclass(frozen=True, slots=True)
class Document:
    """JSON that anybody may have. `media` only where it is not FHIR's."""

    body: bytes
    etag: str
    media: str = ""


def document(resource: Body, *, but_for: str = "", media: str = "") -> Document:
    """`but_for` is an element that changes from start to start, and of which the ETag says nothing."""
    lasting = {name: value for name, value in resource.items() if name != but_for}
    digest = hashlib.sha256(codec.dumps(lasting)).hexdigest()
    return Document(codec.dumps(resource), f'W/"{digest[:32]}"', media)


class Published:
    """One open URL, as a plain ASGI application. `template` is what is logged of the URL."""

    def __init__(self, template: str, answer: Answer, limits: Limits) -> None:
        self.template = template
        self._answer = answer
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = incoming.request_id(request)
        response = await self._answered(request, request_id)
        rendering.identify(response, request, request_id)
        await response(scope, receive, send)

    async def _answered(self, request: Request, request_id: str) -> Response:
        try:
            self._limits.count_open(incoming.address(request))
            return await self._response(request)
        except HeartseaseError as refusal:
            return await errors.outcome(refusal, request)
        except Exception:  # noqa: BLE001  # the edge: anything else is a bug of ours, and tells nothing but its id
            return await errors.bug(request, request_id, route=self.template)

    async def _response(self, request: Request) -> Response:
        if request.method not in METHODS:
            raise MethodNotAllowed(f"This URL takes {', '.join(METHODS)}", allowed=METHODS)
        is_pretty = negotiation.is_pretty(request)
        media = negotiation.media_type(request)
        found = self._answer(request)
        if media is None and not found.media:
            raise negotiation.not_acceptable()
        headers = {**_OPEN, "ETag": found.etag}
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers=headers)
        headers["Content-Type"] = found.media or media or negotiation.FHIR_JSON
        return await rendering.response(request, 200, found.body, headers, is_pretty=is_pretty)


def read(definitions: Callable[[], Definitions]) -> Answer:
    def answer(request: Request) -> Document:
        if requests.asked(request):
            raise Unreadable.not_supported(f"A read takes {' and '.join(negotiation.PARAMETERS)} only")
        named = request.path_params
        return document(definitions().read(named["type"], named["id"]), but_for="date")

    return answer


def search(definitions: Callable[[], Definitions], *, base: str) -> Answer:
    def answer(request: Request) -> Document:
        type_name, pairs = request.path_params["type"], requests.asked(request)
        found = definitions().found(type_name, pairs)
        url = f"{base}/{type_name}"
        entries = [{"fullUrl": f"{url}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in found]
        link = {"relation": "self", "url": f"{url}?{urlencode(pairs)}" if pairs else url}
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": [link]}
        return document(bundle | ({"entry": entries} if entries else {}))

    return answer


def plain(body: dict[str, object]) -> Document:
    """JSON that is not FHIR's, such as OpenAPI."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Document(text, f'W/"{hashlib.sha256(text).hexdigest()[:32]}"', "application/json; charset=utf-8")
