"""The load: requests whose bytes are ready, sent over connections that stay open, bounded in count and in time.

Runs in a process of its own, so that its work is not counted as the server's. It checks every status.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LONGEST_WAIT = 30.0
"""Seconds after the end of a window in which the last answers should be here; later is an error."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send to 127.0.0.1. `repeats` says whether the same bytes may be sent again when all have been sent."""

    port: int
    requests: Sequence[bytes]
    expected: frozenset[int]
    connections: int
    seconds: float
    repeats: bool
    most: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. `took` are the times of the answers in seconds, sorted; `wrong` counts statuses and failures."""

    seconds: float
    took: list[float]
    wrong: Counter[str]


def send(plan: Plan) -> Sent:
    return uvloop.run(_send(plan))


async def _send(plan: Plan) -> Sent:
    loop = asyncio.get_running_loop()
    source = cycle(plan.requests) if plan.repeats else iter(plan.requests)
    window = _Window(plan, source)
    for _ in range(plan.connections):
        await loop.create_connection(lambda: _Connection(window), "127.0.0.1", plan.port)
    window.begin()
    try:
        async with asyncio.timeout(plan.seconds + LONGEST_WAIT):
            await window.ended.wait()
    except TimeoutError:
        window.wrong["no answer"] += window.open
    return Sent(window.last - window.began, sorted(window.took), window.wrong)


class _Window:
    def __init__(self, plan: Plan, source: Iterator[bytes]) -> None:
        self.plan = plan
        self.connections: list[_Connection] = []
        self.took: list[float] = []
        self.wrong: Counter[str] = Counter()
        self.ended = asyncio.Event()
        self.began = self.last = 0.0
        self.open = 0
        self._source = source
        self._left = plan.most

    def begin(self) -> None:
        self.began = self.last = time.perf_counter()
        for connection in self.connections:
            self.open += 1
            connection.send_next()

    def next(self) -> bytes | None:
        """The next request, or None when time or requests have run out."""
        self._left -= 1
        if self._left < 0 or time.perf_counter() - self.began > self.plan.seconds:
            return None
        return next(self._source, None)

    def close_one(self) -> None:
        self.open -= 1
        if not self.open:
            self.ended.set()


class _Connection(asyncio.Protocol):
    def __init__(self, window: _Window) -> None:
        self._window = window
        self._head = b""
        self._left = -1
        self._status = 0
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # as asyncio gives it
        self._window.connections.append(self)

    def send_next(self) -> None:
        request = self._window.next()
        self._waits = request is not None
        if request is None:
            self._transport.close()
            self._window.close_one()
            return
        self._head, self._left = b"", -1
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, received: bytes) -> None:
        if self._left < 0:
            self._head += received
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._head, 0, end)
            self._status = int(self._head[9:12])
            self._left = end + 4 + (int(length[1]) if length else 0) - len(self._head)
        else:
            self._left -= len(received)
        if self._left <= 0:
            self._answered()

    def _answered(self) -> None:
        window = self._window
        window.last = time.perf_counter()
        window.took.append(window.last - self._sent_at)
        if self._status not in window.plan.expected:
            window.wrong[f"status {self._status}"] += 1
        self.send_next()

    def connection_lost(self, _: Exception | None) -> None:
        if self._waits:
            self._window.wrong["connection lost"] += 1
            self._window.close_one()
