"""How uvicorn serves the application, and what it turns away before there is a request.

Who connects may be slow without end at each step. The application limits a body (`incoming`); here stand the limits of
what comes before it, the head of a request, and of what comes after it, an answer that nobody takes. Nothing of this is
audited: nobody was recognised, nothing was asked, and nothing told.
"""

import asyncio
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.config import settings
from service.edge import LONGEST_URL, NOTHING_RUNS

LARGEST_HEAD: Final = LONGEST_URL + 32_768
"""Octets of a request before its body: the longest URL, and headers."""
HEAD_SECONDS: Final = 10.0
"""How long a head may take to arrive, from the connection or from its first octet."""
TAKING_SECONDS: Final = 60.0
"""How long nothing of an answer may be taken."""
KEEP_ALIVE_SECONDS: Final = 30
"""How long a connection stays open on which nothing is asked; a proxy in front lets its own go sooner."""
ENDING_SECONDS: Final = 30
"""How long answers that are under way may take when the process is asked to end."""
LONGEST_STATEMENT_SECONDS: Final = 300
"""Of a transaction on PostgreSQL: what takes longer is stuck. Reads of the API are given up sooner (`read_door`)."""

OPTIONS: Final[dict[str, Any]] = {
    "http": "service.serving:GuardedProtocol",
    "ws": "none",
    "proxy_headers": False,  # anybody can send X-Forwarded-For
    "access_log": False,  # it would log whole URLs
    "server_header": False,
    "log_config": None,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": ENDING_SECONDS,
}
"""For `uvicorn.run`."""


class HeadTooLarge(Exception):
    """Inside the parser, which passes it on as a fault of its own."""


class _Reading(Enum):
    NOTHING = 0
    HEAD = 1
    BODY = 2


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's own protocol within limits. A request that comes whole, as most do, starts no timer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self._reading = _Reading.NOTHING
        self._octets = 0
        self._fault = HTTPStatus.BAD_REQUEST
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None
        if len(self.connections) > settings().connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        _stop(self._head_timer)
        _stop(self._taking_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._reading is _Reading.BODY or self.transport.is_closing():
            return
        self._octets += len(data) if self._reading is _Reading.HEAD else 0
        if self._octets > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading = _Reading.HEAD

    def on_headers_complete(self) -> None:
        self._reading, self._octets = _Reading.BODY, 0
        _stop(self._head_timer)
        self._head_timer = None
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > LARGEST_HEAD:
            self._fault = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadTooLarge
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What comes after this is a new head, or the rest of a body that nobody reads: neither for ever."""
        if self.cycle.response_complete:
            self._reading = _Reading.NOTHING
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking_timer = self.loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        _stop(self._taking_timer)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Of what is no HTTP, which is not quoted, and of a head that is too large."""
        self._refuse(self._fault)

    def _head_is_late(self) -> None:
        if self._reading is _Reading.HEAD:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answers without the application, and hangs up."""
        if self.transport.is_closing():
            return
        body = f"{status.phrase}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: text/plain; charset=utf-8",
            f"content-length: {len(body)}",
            f"content-security-policy: {NOTHING_RUNS}",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            *(("retry-after: 5",) if status is HTTPStatus.SERVICE_UNAVAILABLE else ()),
            "connection: close",
        )
        self.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        self.transport.close()


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
