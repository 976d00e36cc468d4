"""Requests that no well-behaved client would send, given to the application as a server would give them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.testclient import TestClient
from starlette.types import Message


@dataclass
class Raw:
    """An answer as it left: `headers` in the order and spelling in which they were sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key.decode().lower() == name), "")


def request(
    http: TestClient,
    method: str,
    raw_path: str,
    *,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    parts: tuple[bytes, ...] = (),
    is_cut: bool = False,
) -> Raw:
    """`raw_path` as it stands in the request line, undone once as uvicorn does it; `parts` of a body as they arrive.

    `is_cut` ends the connection before the body is whole.
    """
    left: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    left += [{"type": "http.disconnect"} if is_cut else {"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("latin-1"),
        "root_path": "",
        "scheme": "http",
        "query_string": query,
        "headers": headers or [],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    assert http.portal is not None
    http.portal.call(http.app, scope, receive, send)
    start = next((one for one in sent if one["type"] == "http.response.start"), {"status": 0, "headers": []})
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    return Raw(start["status"], list(start["headers"]), body)


def bearer(token: str, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"127.0.0.1:8000"), (b"authorization", f"Bearer {token}".encode()), *more]
