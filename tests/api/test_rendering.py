"""A long answer that is packed while it is sent: part by part, none of it kept."""

import gzip
from collections.abc import AsyncIterator

import anyio
from starlette.requests import Request

from service.api import rendering

LINE = b'{"resourceType":"Organization","name":"Example"}\n'
NDJSON = {"Content-Type": "application/fhir+ndjson"}


def request(method: str = "GET", *, coding: str = "gzip") -> Request:
    headers = [(b"accept-encoding", coding.encode())]
    return Request({"type": "http", "method": method, "path": "/", "query_string": b"", "headers": headers})


async def sent(asked: Request, headers: dict[str, str], *, lines: int) -> tuple[list[bytes], dict[str, str], list[int]]:
    """The parts of the body, the headers, and how many lines had been asked for when each part left."""
    read, parts, when = 0, [], []

    async def making() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(lines):
            read += 1
            yield LINE

    answer = rendering.stream(asked, 200, making(), dict(headers))

    async def send(message: dict) -> None:
        if message.get("body"):
            parts.append(message["body"])
            when.append(read)

    async def receive() -> dict:
        await anyio.sleep_forever()

    await answer({**asked.scope, "asgi": {"spec_version": "2.4"}}, receive, send)
    return parts, dict(answer.headers), when


def test_a_stream_is_packed_as_it_goes() -> None:
    parts, headers, when = anyio.run(lambda: sent(request(), NDJSON, lines=200_000))
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(b"".join(parts)) == LINE * 200_000
    assert when[0] < 200_000, "the first part left before the last line was read"


def test_a_stream_is_sent_as_it_is_to_a_client_that_takes_no_gzip_and_so_is_what_is_no_text() -> None:
    parts, headers, _ = anyio.run(lambda: sent(request(coding="identity"), NDJSON, lines=3))
    assert "content-encoding" not in headers
    assert parts == [LINE] * 3
    _, headers, _ = anyio.run(lambda: sent(request(), {"Content-Type": "application/pdf"}, lines=3))
    assert "content-encoding" not in headers


def test_head_of_a_stream_reads_none_of_it() -> None:
    parts, headers, _ = anyio.run(lambda: sent(request("HEAD"), NDJSON, lines=3))
    assert parts == []
    assert headers["content-encoding"] == "gzip"
    assert "content-length" not in headers
