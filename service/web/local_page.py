"""A page for this machine itself, in development only: until pages have sign-in, none is shown to anybody else.

What it discloses, and what it refuses, is on record before it leaves.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from service import audit, incoming
from service.actor import Actor
from service.config import Settings
from service.db import Database
from service.errors import HeartseaseError, NotFound, TooMany, Unavailable, Unreadable
from service.limits import Limits
from service.reports import words
from service.web import errors

Page = Callable[[Request], Awaitable[Response]]


class Told(NamedTuple):
    """A page, and the rows of the audit (`audit.row`) that tell whom it tells of."""

    page: Response
    events: Sequence[dict[str, Any]]


def endpoint(
    database: Database,
    settings: Settings,
    limits: Limits,
    *,
    reader: Actor,
    action: str,
    resource_type: str,
    told: Callable[[Request], Told],
) -> Page:
    """The page that `told` makes, which may raise any refusal: that one is on record as `action` on `resource_type`."""

    def answer(request: Request) -> Response:
        try:
            try:
                _require_this_machine(request, settings)
                found = told(request)
            except HeartseaseError as refusal:
                return refused(refusal, request)
            _record(database, *found.events)
        except Unavailable as fault:  # not even audited, and nothing is disclosed
            return errors.page(fault)
        return found.page

    def refused(refusal: HeartseaseError, request: Request) -> Response:
        shown = limits.refusal_of_stranger(refusal, incoming.address(request))
        if not isinstance(shown, TooMany) or shown.goes_on_record:
            _record(database, audit.row(action, by=reader, outcome=shown.status, resource_type=resource_type))
        return errors.page(shown)

    async def page(request: Request) -> Response:
        return await to_thread.run_sync(answer, request)

    return page


def refuse_other_parameters(request: Request, known: Sequence[str]) -> None:
    """Raises Unreadable for a parameter that the page does not take."""
    if set(request.query_params) - set(known):
        raise Unreadable(f"This page takes {words.listed(known) or 'no parameters'}, and nothing else")


def file(text: str, name: str, media_type: str) -> Response:
    """What a page leads to, to be kept under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type=media_type, headers=headers)


def _record(database: Database, *events: dict[str, Any]) -> None:
    with database.transaction() as session:
        audit.record(session, *events)


def _require_this_machine(request: Request, settings: Settings) -> None:
    """Raises NotFound unless the caller and the name called are this machine's own.

    The name matters too: a foreign site may let its name point at this machine to read what it serves. A forwarded
    request comes from somewhere else, whatever its last address.
    """
    forwarded = {"forwarded", "x-forwarded-for"} & set(request.headers)
    here = request.client is not None and _is_loopback(request.client.host)
    called_here = request.url.hostname == "localhost" or _is_loopback(request.url.hostname or "")
    if settings.environment != "development" or forwarded or not (here and called_here):
        raise NotFound("There is no page here")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
