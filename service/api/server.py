"""What one process of the server holds open, and the frame that every FHIR request passes through.

The frame gives the request its id, recognises the caller, answers, and audits: a disclosure before it leaves, a
refusal too. A handler returns an `Answer` that says whose record it tells of.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service import audit, clock, db, doors, incoming, log
from service.access.tokens import Tokens
from service.actor import Actor
from service.api import errors, negotiation, refused, rendering, requests
from service.api.answer import Answer, events
from service.api.export_worker import ExportWorker
from service.config import Settings
from service.db import Database
from service.errors import HeartseaseError, Issue, MethodNotAllowed, NotFound, TooMany, Unavailable
from service.limits import Limits
from service.store import judging
from service.store.write import Writing, Written, writing

Result = TypeVar("Result")
Told = TypeVar("Told")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
METHODS = refused.METHODS
_ASKING = ("GET", "HEAD")
PRIVATE = {
    "Cache-Control": "private, no-cache",
    "Vary": f"{rendering.VARY}, Authorization, Prefer",
}


class Server:
    """The database through both doors, the tokens, the audit and export workers. Opened when the application starts."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.door = doors.of(database)
        self.limits = Limits(settings)
        self.tokens = Tokens(self.door, sharing=settings.sharing_basis)
        self.audit = audit.GroupCommit(self.door)
        self.exports = ExportWorker(database, self.door, self.in_thread)
        # As many transactions at once as there are connections: the others wait here and hold none.
        self._threads = anyio.CapacityLimiter(db.CONNECTIONS)

    async def __aenter__(self) -> "Server":
        async with AsyncExitStack() as stack:
            await self.door.open()
            stack.push_async_callback(self.door.close)
            await self.audit.start()
            stack.push_async_callback(self.audit.stop)
            await self.exports.start()
            stack.push_async_callback(self.exports.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def in_thread(self, work: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """Runs work of the transaction door beside the event loop."""
        return await anyio.to_thread.run_sync(partial(work, *arguments, **named), limiter=self._threads)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, by a caller who is known."""

    server: Server
    request: Request
    by: Actor
    request_id: str

    @property
    def base(self) -> str:
        """The base URL of the API."""
        return self.server.settings.fhir_url

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def named(self, type_name: str = "") -> tuple[str, str]:
        """The type and the id in the URL, or `type_name` and the id. Raises NotFound for what can be neither."""
        type_name, resource_id = judging.held(type_name or self.path("type")).name, self.path("id")
        if not _ID.fullmatch(resource_id):
            raise NotFound(f"There is no such {type_name}: an id is up to 64 letters, digits, dots and dashes")
        return type_name, resource_id

    async def write(self, work: Callable[[Writing], Written], found: Iterable[Issue] = ()) -> Written:
        """Runs `work` in one transaction, committed before this returns, and so before the answer leaves.

        `found` are the warnings about what was sent.
        """
        return await self.write_then(work, lambda changes, saved: changes.advised(saved, found))

    async def write_then(self, work: Callable[[Writing], Result], then: Callable[[Writing, Result], Told]) -> Told:
        """The same; `then` sees what the transaction has made of the register, and can still fail it."""

        def in_transaction() -> Told:
            told = requests.provenance(self.request, base=self.base)
            with self.server.database.transaction() as session:
                named = {"request_id": self.request_id, "base": self.base}
                with writing(session, by=self.by, at=clock.now(), told=told, **named) as changes:
                    result = work(changes)
                return then(changes, result)

        return await self.server.in_thread(in_transaction)


Handler = Callable[[Call], Awaitable[Answer]]


class Endpoint:
    """The handlers of one URL by method, as a plain ASGI application inside the frame.

    `template` is what is logged of the URL: the URL itself may identify a person. `writes` is the media type that it
    answers with where that is not FHIR's JSON.
    """

    @property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """Each method with the template, for /metadata: what is answered here."""
        return tuple((method, self.template) for method in self._handlers)

    def __init__(self, server: Server, template: str, writes: str = "", /, **handlers: Handler) -> None:
        self._server = server
        self.template = template
        self._writes = writes
        self._handlers = handlers
        if "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = incoming.request_id(request)
        response = await self._answered(request, request_id)
        rendering.identify(response, request, request_id)
        await response(scope, receive, send)

    async def _answered(self, request: Request, request_id: str) -> Response:
        try:
            return await self._audited(request, request_id)
        except Unavailable as fault:  # not even audited, and nothing is disclosed
            return await errors.outcome(fault, request)
        except Exception:  # noqa: BLE001  # the edge: anything else is a bug of ours, and tells nothing but its id
            return await errors.bug(request, request_id, route=self.template)

    async def _audited(self, request: Request, request_id: str) -> Response:
        by: Actor | None = None
        try:
            media, is_pretty = negotiation.media_type(request), negotiation.is_pretty(request)
            if media is None and not self._may_write_other(request):
                raise negotiation.not_acceptable()
            by = await self._server.tokens.actor(request.headers.get("authorization", ""))
            self._server.limits.count_request(by.client_id)
            handler = self.handler(request)
            requests.check_conditions(request)
            answer = await handler(Call(self._server, request, by, request_id))
            if media is None and answer.is_json and answer.status != 304:
                raise negotiation.not_acceptable()
            if not answer.audited:
                await self._server.audit.write(*await events(answer, self._server.door, by, request_id))
            return await _sent(answer, request, media, is_pretty=request.scope.get(negotiation.PRETTY, is_pretty))
        except HeartseaseError as refusal:
            return await self._refused(refusal, request, by, request_id)

    async def within(self, call: Call) -> Answer:
        """Answers an entry of a batch as a request of its own, counted and audited. Raises its refusal, audited too."""
        try:
            self._server.limits.count_request(call.by.client_id)
            answer = await self.handler(call.request)(call)
            if negotiation.media_type(call.request) is None or not answer.is_json or answer.stream is not None:
                raise negotiation.not_acceptable()
            if not answer.audited:
                await self._server.audit.write(*await events(answer, self._server.door, call.by, call.request_id))
            return answer
        except HeartseaseError as refusal:
            await self._audit_refusal(refusal, call.request, call.by, call.request_id)
            raise
        except Exception as bug:  # the edge: one entry's fault is no reason to fail the others
            structlog.contextvars.bind_contextvars(request_id=call.request_id)
            log.failure("batch entry failed", route=self.template)
            raise HeartseaseError("Something went wrong on our side. Tell us the request id") from bug

    async def _refused(self, refusal: HeartseaseError, request: Request, by: Actor | None, request_id: str) -> Response:
        if by is None:
            refusal = self._server.limits.refusal_of_stranger(refusal, incoming.address(request))
        await self._audit_refusal(refusal, request, by, request_id)
        return await errors.outcome(refusal, request)

    async def _audit_refusal(
        self, refusal: HeartseaseError, request: Request, by: Actor | None, request_id: str
    ) -> None:
        if isinstance(refusal, TooMany) and not refusal.goes_on_record:
            return
        row = await refused.event(refusal, request, self.template, by, request_id, door=self._server.door)
        await self._server.audit.write(row)

    def _may_write_other(self, request: Request) -> bool:
        """Whether the answer may be something else than JSON. A Binary says only once it was read."""
        return negotiation.takes(request, self._writes) if self._writes else request.method in _ASKING

    def handler(self, request: Request) -> Handler:
        try:
            return self._handlers[request.method]
        except KeyError:
            allowed = sorted(self._handlers)
            raise MethodNotAllowed(f"This URL takes {', '.join(allowed)}", allowed=allowed) from None


async def _sent(answer: Answer, request: Request, media: str | None, *, is_pretty: bool) -> Response:
    headers = {**PRIVATE, **answer.headers}
    if answer.stream is not None:
        return rendering.stream(request, answer.status, answer.stream, headers)
    is_indented = is_pretty and answer.is_json
    if answer.body and answer.is_json:
        headers["Content-Type"] = media or negotiation.FHIR_JSON
    return await rendering.response(request, answer.status, answer.body, headers, is_pretty=is_indented)
