"""Sees every request and every answer of the application under attack, as they cross its edge."""

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access import smart

AUDITED = re.compile(r"/fhir/R4(/.*)?|/oauth2/token", re.DOTALL)
"""At these URLs every refusal leaves a row in the audit."""


@dataclass
class Exchange:
    """One request, and what was answered: `status` is 0 where the application answered nothing."""

    method: str
    path: str
    query: str
    authorization: str
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    sent: bytes = b""

    def header(self, name: str) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key.decode().lower() == name), "")

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.sent) if self.header("content-encoding") == "gzip" and self.sent else self.sent

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self) -> str:
        return self.header("x-request-id")

    @property
    def is_refused(self) -> bool:
        return self.status >= 400

    @property
    def is_audited(self) -> bool:
        """Whether this is one that leaves a row. 503 says that nothing could be written; 429 leaves one a minute."""
        return bool(AUDITED.fullmatch(self.path)) and self.status not in (429, 503)

    def refusals(self) -> list[int]:
        """The statuses of what was refused: the whole, or the entries of a batch."""
        if self.is_refused:
            return [self.status]
        if self.method != "POST" or b'"batch-response"' not in self.body[:200]:
            return []
        told = [entry["response"]["status"] for entry in json.loads(self.body).get("entry", [])]
        return [status for status in (int(one[:3]) for one in told) if status >= 400]

    def __repr__(self) -> str:
        return f"{self.method} {self.path}?{self.query} -> {self.status}"


class Witness:
    """The application, with everything that passes written down until it is asked for."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._exchanges: list[Exchange] = []
        self._sees: dict[str, tuple[str, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._application, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        exchange = Exchange(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers.get(b"authorization", b"").decode("latin-1"),
        )
        self._exchanges.append(exchange)

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status, exchange.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                exchange.sent += message.get("body", b"")
            await send(message)

        await self._application(scope, receive, seen)

    @staticmethod
    def digest(token: str) -> str:
        """A token as the register keeps it."""
        return smart.digest(token)

    def blind(self, token: str, words: Iterable[str]) -> None:
        """From now on nothing of these words may stand in what is answered to the holder of this token."""
        self._sees[self.digest(token)] = tuple(words)

    def hidden_from(self, authorization: str) -> tuple[str, ...] | None:
        """The words that the holder of a token may not be told; None for one that is not known here."""
        return self._sees.get(self.digest(authorization.partition(" ")[2]))

    def taken(self) -> list[Exchange]:
        """What passed since this was asked last."""
        passed, self._exchanges = self._exchanges, []
        return passed


def folded(text: str) -> str:
    """A text as it is looked through: small letters, percent-encoding and JSON's and HTML's undone, digits together."""
    plain = unquote_plus(text).lower().replace("&#39;", "'").replace("&amp;", "&")
    return re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", plain)


def found(words: Iterable[str], text: str) -> list[str]:
    """Which of the words stand in a text."""
    looked_through = folded(text)
    return [word for word in words if folded(word) in looked_through]
