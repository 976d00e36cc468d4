"""An entry of a Bundle as a request of its own: found in the route table, and answered by the very same handlers.

In a transaction the handlers of reads answer from its own connection, in its own thread: they see what it has written.
A handler that needs more than that connection is refused there.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Message

from service import read_door
from service.api import negotiation, requests
from service.api.answer import Answer
from service.api.server import Call, Endpoint, Server
from service.errors import Invalid
from service.read_door import SessionDoor, WouldWait
from service.store.bundle import Entry

Result = TypeVar("Result")

_HEADERS = {
    "ifNoneExist": "If-None-Exist",
    "ifMatch": "If-Match",
    "ifNoneMatch": "If-None-Match",
    "ifModifiedSince": "If-Modified-Since",
}
_JSON = "application/fhir+json"
_NOT_INSIDE = "This cannot be read inside a transaction; ask for it on its own, or in a batch"


class Dispatched(NamedTuple):
    """A request and the endpoint that answers it."""

    endpoint: Endpoint
    request: Request


def dispatched(call: Call, entry: Entry, *, headers: Mapping[str, str], body: bytes = b"") -> Dispatched:
    """The entry as a request to this server. Raises Invalid for what is answered only on its own."""
    said = {"Accept": _JSON, "Content-Type": _JSON, "Content-Length": str(len(body)), **headers}
    said |= {_HEADERS[name]: _as_header(value) for name, value in entry.conditions.items()}
    path = f"{call.request.scope['path'].rstrip('/')}/{entry.url}"
    scope = {
        **call.request.scope,
        "method": entry.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": entry.query.encode("ascii"),
        requests.ENTRY: True,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in said.items()],
    }
    for route in call.request.app.router.routes:
        match, found = route.matches(scope)
        if match is Match.FULL:
            break
    if match is not Match.FULL or not isinstance(found["endpoint"], Endpoint):
        raise Invalid.not_supported("This is answered on its own only, not in a Bundle")
    return Dispatched(found["endpoint"], Request({**scope, **found}, _receiving(body)))


def _as_header(condition: str) -> str:
    """Letters that no header can hold, percent-encoded as in the search that they are part of."""
    return "".join(letter if letter.isascii() else quote(letter) for letter in condition)


def read(call: Call, one: Dispatched, session: Session) -> Answer:
    """What a read answers inside a transaction. Raises what the handler raises."""
    if negotiation.media_type(one.request) is None:
        raise negotiation.not_acceptable()
    inner = Call(_Inside(call.server, session), one.request, call.by, call.request_id)
    try:
        answer = read_door.at_once(_answering(one, inner))
    except WouldWait as waiting:
        raise Invalid.not_supported(_NOT_INSIDE) from waiting
    if not answer.is_json or answer.stream is not None:
        raise negotiation.not_acceptable()
    return answer


async def _answering(one: Dispatched, inner: Call) -> Answer:
    return await one.endpoint.handler(one.request)(inner)


class _Inside(Server):
    """The server as the reads of one transaction see it: one connection for a door, one thread for all."""

    def __init__(self, server: Server, session: Session) -> None:
        self.settings = server.settings
        self.door = SessionDoor(session)

    def __getattr__(self, name: str) -> NoReturn:
        # Whatever else a handler asks the server for leads out of the transaction, whose state it would not see.
        raise Invalid.not_supported(_NOT_INSIDE)

    async def in_thread(self, work: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        return work(*arguments, **named)


def _receiving(body: bytes) -> Callable[[], Coroutine[Any, Any, Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def preferences(given: Mapping[str, str]) -> str:
    """A Prefer header of these preferences."""
    return ", ".join(f"{name}={value}" for name, value in given.items() if value)
