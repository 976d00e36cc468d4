"""The pages of the worklists: `/worklists`, and one of each for a practice. For this machine itself (`local_page`)."""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service import audit
from service.actor import Actor, Sees
from service.config import Settings
from service.db import Database
from service.errors import Unreadable
from service.limits import Limits
from service.reports import words, worklist
from service.reports.worklist import Listed
from service.web import local_page, templating
from service.web.local_page import Page, Told

_READER: Final = Actor("worklist-page", "", Sees.NOBODY, frozenset())
_Made = Callable[[Database, Request], Told]
_FORMATS: Final = ("html", "csv")


def routes(database: Database, settings: Settings, limits: Limits) -> list[Route]:
    page = partial(_endpoint, database, settings, limits)
    return [
        Route("/worklists", page(_index), methods=["GET"]),
        Route("/worklists/{name}", page(_of_practice), methods=["GET"]),
    ]


def _endpoint(database: Database, settings: Settings, limits: Limits, told: _Made) -> Page:
    made = partial(told, database)
    return local_page.endpoint(
        database, settings, limits, reader=_READER, action="worklist", resource_type="Patient", told=made
    )


def _index(database: Database, request: Request) -> Told:
    """Which worklists there are; of nobody."""
    local_page.refuse_other_parameters(request, ())
    shown = templating.page("worklists.html", worklists=worklist.all_worklists().values())
    return Told(shown, [audit.row("worklist", by=_READER, outcome=200)])


def _of_practice(database: Database, request: Request) -> Told:
    """`?practice=M83001`, and `&format=csv` for a file of it."""
    local_page.refuse_other_parameters(request, ("practice", "format"))
    format_ = request.query_params.get("format", "html")
    if format_ not in _FORMATS:
        raise Unreadable(f"The format is {words.listed(_FORMATS)}")
    chosen = worklist.named(request.path_params["name"])
    with database.reading() as session:
        listed = worklist.of_practice(session, chosen, request.query_params.get("practice", ""))
    shown = (
        _csv(listed)
        if format_ == "csv"
        else templating.page("worklist.html", listed=listed, in_words=worklist.in_words)
    )
    return Told(shown, worklist.audited(listed, by=_READER))


def _csv(listed: Listed) -> Response:
    name = f"{listed.worklist.name}-{listed.practice}-{listed.on}.csv"
    return local_page.file(worklist.as_csv(listed), name, "text/csv; charset=utf-8")
