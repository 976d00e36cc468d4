"""An answer put into the shape that its client asked for: indented JSON, gzip, headers only."""

import gzip
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service import incoming
from service.api import negotiation
from service.fhir import codec

VARY: Final = "Accept, Accept-Encoding"
LEAST_BYTES: Final = 1400
"""What fits one packet of a network gains nothing from being smaller."""
_LARGE_BYTES = 100_000
"""More than this is worked on beside the event loop: a few milliseconds, in which others are answered."""
_LEVEL = 1
"""The quickest: FHIR repeats itself so much that a fifth is left even so."""
_GZIP_WINDOW = 31  # the largest window, with gzip's header and checksum around it
_TEXT = ("application/fhir+json", "application/json", "text/", "application/fhir+ndjson", "application/ndjson")


async def response(
    request: Request, status: int, body: bytes, headers: dict[str, str], *, is_pretty: bool = False
) -> Response:
    """The body as JSON or as whatever its Content-Type says, with a Content-Length that HEAD tells too."""
    if body and is_pretty:
        body = await _worked(codec.indented, body)
    if len(body) >= LEAST_BYTES and _is_compressed(request, headers):
        body = await _worked(_gzip, body)
        headers["Content-Encoding"] = "gzip"
    answer = Response(body, status, headers=headers)
    if request.method == "HEAD":
        answer.body = b""
    return answer


def stream(request: Request, status: int, parts: AsyncIterable[bytes], headers: dict[str, str]) -> Response:
    """An answer of unknown length, part by part, none of it kept."""
    is_compressed = _is_compressed(request, headers)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    if request.method == "HEAD":
        answer = Response(None, status, headers=headers)
        del answer.headers["content-length"]  # nobody knows it yet
        return answer
    return StreamingResponse(_gzipped(parts) if is_compressed else parts, status, headers=headers)


def identify(answer: Response, request: Request, request_id: str) -> None:
    """Says which request this answers: what the client called it, where that may be told."""
    answer.headers["X-Request-ID"] = request_id
    if correlation := request.headers.get("x-correlation-id", ""):
        answer.headers["X-Correlation-ID"] = correlation if incoming.may_be_told(correlation) else request_id


def _is_compressed(request: Request, headers: dict[str, str]) -> bool:
    is_text = headers.get("Content-Type", "").startswith(_TEXT) and "Content-Encoding" not in headers
    return is_text and negotiation.takes_gzip(request.headers.get("accept-encoding", ""))


async def _worked(work: Callable[[bytes], bytes], body: bytes) -> bytes:
    if len(body) < _LARGE_BYTES:
        return work(body)
    return await anyio.to_thread.run_sync(work, body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


async def _gzipped(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP_WINDOW)
    async for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()
