"""What is turned away before there is a request, by a real server on a real socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn

from service import config, serving

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _application(scope, receive, send):
    """Answers at once, with as many octets as the path says, and reads no body."""
    length = int(scope["path"].strip("/") or 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(length).encode())]})
    for at in range(0, length, 65_536):
        part = b"ok" * (min(length - at, 65_536) // 2)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        options = serving.OPTIONS | {"timeout_graceful_shutdown": 1}
        server = uvicorn.Server(uvicorn.Config(_application, lifespan="off", **options))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        await task


async def _answer(port: int, *parts: bytes, pause: float = 0.02) -> bytes:
    """All that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
    found = b""
    with contextlib.suppress(ConnectionError):
        found = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return found


def told(*parts: bytes) -> bytes:
    async def ask() -> bytes:
        async with _served() as port:
            return await _answer(port, *parts)

    return asyncio.run(ask())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(serving, "TAKING_SECONDS", 0.2)


def test_a_whole_request_is_answered() -> None:
    answer = told(WHOLE.replace(b"Host", b"Connection: close\r\nHost"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"ok")
    assert b"uvicorn" not in answer


def test_what_is_no_http_is_not_quoted() -> None:
    answer = told(b"9990000018 is no HTTP\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-security-policy: default-src 'none'" in answer
    assert b"9990000018" not in answer


@pytest.mark.parametrize(
    "parts",
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * serving.LARGEST_HEAD + b"\r\n\r\n",),
        (b"GET / HTTP/1.1\r\n", *[b"X: " + b"x" * 10_000 + b"\r\n"] * 10),
        (b"GET / HTTP/1.1\r\nX: ", *[b"x" * 10_000] * 10),
        (b"GET /", *[b"x" * 10_000] * 10),
    ],
)
def test_a_head_without_end_is_refused(parts: tuple[bytes, ...]) -> None:
    assert told(*parts).startswith(b"HTTP/1.1 431 ")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("parts", "answer"), [((b"GET / HTTP/1.1\r\nHost:",), b"HTTP/1.1 408 "), ((), b""), ((b"\r\n",), b"")]
)
def test_a_head_that_does_not_come_is_waited_for_a_while(parts: tuple[bytes, ...], answer: bytes) -> None:
    assert told(*parts)[: len(answer) or None] == answer


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("after", [b"\r\n", b"GET / HT"])
def test_nor_is_a_second_one_waited_for_longer(after: bytes) -> None:
    answer = told(WHOLE, after)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (b"HTTP/1.1 408 " in answer) == (after != b"\r\n")


@pytest.mark.usefixtures("hurried")
def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for() -> None:
    answer = told(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", b"x", b"x")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.usefixtures("hurried")
def test_an_answer_that_nobody_takes_is_dropped() -> None:
    async def ask() -> int:
        async with _served() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(b"GET /100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(1.5)
            taken = 0
            with contextlib.suppress(ConnectionError):
                while part := await asyncio.wait_for(reader.read(1_000_000), 10):
                    taken += len(part)
            writer.close()
            return taken

    assert asyncio.run(ask()) < 100_000_000


def test_more_connections_than_may_be_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    few: Callable[[], config.Settings] = lambda: config.Settings(connections=2)  # noqa: E731  # as settings() is called
    monkeypatch.setattr(serving, "settings", few)

    async def ask() -> bytes:
        async with _served() as port:
            open_ = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            await asyncio.sleep(0.1)
            answer = await _answer(port)
            for _, writer in open_:
                writer.close()
            return answer

    answer = asyncio.run(ask())
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 5\r\n" in answer


def test_whom_a_proxy_says_that_it_speaks_for_is_not_believed() -> None:
    assert serving.OPTIONS["proxy_headers"] is False
