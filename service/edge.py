"""The outermost frame of the application: what every answer carries, and what is turned away unseen.

Every answer, whoever made it and however it went wrong, says that nothing in it may run, be framed or be guessed at. An
answer that is more open than this says so itself, as a page does that loads its stylesheet.
"""

from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import audit, incoming
from service.api import errors as api_errors
from service.api import refused, rendering
from service.api.server import Server
from service.config import Settings
from service.errors import Forbidden, HeartseaseError, TooLong, TooMany, Unavailable
from service.web import errors as web_errors

LONGEST_URL: Final = 65_000
"""Octets, which is as much as clients send: the link to the next page of the longest search fits, sealed as it is."""

_API: Final = ("/fhir/", "/oauth2/")
"""What is asked by systems, each with a token or a signature of its own: nothing that a browser sends by itself."""
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_CONTENT_POLICY: Final = b"content-security-policy"
_CACHE: Final = b"cache-control"

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOTHING_RUNS: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""Of what is not a page. `sandbox` holds for a Binary too, which is sent as whatever its sender said that it is."""
A_YEAR: Final = "max-age=31536000"

Raw = list[tuple[bytes, bytes]]


class Edge:
    """Around the whole application. `server` audits what is turned away here."""

    def __init__(self, application: ASGIApp, settings: Settings, server: Server) -> None:
        self._application = application
        self._server = server
        self._origin = settings.public_url
        is_https = self._origin.startswith("https://")
        self._always = _raw(_HEADERS | ({"Strict-Transport-Security": A_YEAR} if is_https else {}))
        self._closed = (_CONTENT_POLICY, NOTHING_RUNS.encode())
        self._uncached = (_CACHE, b"no-store")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._guarded(message.get("headers", ()))
            await send(message)

        is_api = scope["path"].startswith(_API)
        refusal = self._refusal(Request(scope), is_api) if _is_suspect(scope, is_api) else None
        if refusal is None:
            return await self._application(scope, receive, guarded)
        response = await self._turned_away(Request(scope, receive), refusal, is_api)
        await response(scope, receive, guarded)

    def _guarded(self, headers: Iterable[tuple[bytes, bytes]]) -> Raw:
        found = [*headers, *self._always]
        names = [name for name, _ in found]
        if _CONTENT_POLICY not in names:
            found.append(self._closed)
        if _CACHE not in names:
            found.append(self._uncached)
        return found

    def _refusal(self, request: Request, is_api: bool) -> HeartseaseError | None:
        if _url_length(request.scope) > LONGEST_URL:
            return TooLong(f"The URL is longer than {LONGEST_URL:,} characters; send a search as POST")
        if is_api or self._comes_from_here(request):
            return None
        return Forbidden("This was not sent by a page of this site; open the page and send it from there")

    def _comes_from_here(self, request: Request) -> bool:
        """Whether a page of ours sent this, as the browser says, which no page of another site can make it say."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        return request.headers.get("origin") == self._origin

    async def _turned_away(self, request: Request, refusal: HeartseaseError, is_api: bool) -> Response:
        request_id = incoming.request_id(request)
        refusal = self._server.limits.refusal_of_stranger(refusal, incoming.address(request))
        try:
            if not isinstance(refusal, TooMany) or refusal.goes_on_record:
                row = audit.row(refused.action(request), by=None, outcome=refusal.status, request_id=request_id)
                await self._server.audit.write(row)
        except Unavailable as fault:
            refusal = fault
        response = await api_errors.outcome(refusal, request) if is_api else web_errors.page(refusal)
        rendering.identify(response, request, request_id)
        return response


def _is_suspect(scope: Scope, is_api: bool) -> bool:
    return _url_length(scope) > LONGEST_URL or not (is_api or scope["method"] in _SAFE_METHODS)


def _url_length(scope: Scope) -> int:
    return len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])


def _raw(headers: dict[str, str]) -> Raw:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
