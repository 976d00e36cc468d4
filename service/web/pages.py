"""The report page. Until pages have sign-in it is shown in development only, and only to this machine itself."""

import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from service import audit, incoming
from service.actor import Actor, Sees
from service.config import Settings
from service.db import Database
from service.errors import HeartseaseError, NotFound, TooMany, Unavailable, Unreadable
from service.limits import Limits
from service.reports import measure, words
from service.reports.measure import Asked, Report
from service.web import charts, errors, templating

Page = Callable[[Request], Awaitable[Response]]

_STYLESHEET = Path(__file__).parent / "static" / "heartsease.css"
_READER = Actor("report-page", "", Sees.NOBODY, frozenset())
_PARAMETERS = ("on", "area", "source", "year")


def routes(database: Database, settings: Settings, limits: Limits) -> list[Route]:
    """The pages, and the one stylesheet that they use."""
    return [
        Route("/reports/identification", identification(database, settings, limits), methods=["GET"]),
        Route("/static/heartsease.css", _stylesheet, methods=["GET"]),
    ]


def identification(database: Database, settings: Settings, limits: Limits) -> Page:
    """The page of the identification report: `?on=YYYY-MM-DD&area=05W&area=05G&source=qof&year=2020-21`."""

    def answer(request: Request) -> Response:
        try:
            try:
                shown = answered(request)
            except HeartseaseError as refusal:
                return refused(refusal, request)
            _audit(database, shown.status_code, request)
        except Unavailable as fault:  # not even audited, and nothing is disclosed
            return errors.page(fault)
        return shown

    def answered(request: Request) -> Response:
        _require_this_machine(request, settings)
        asked = _asked(request)
        with database.reading() as session:
            report = measure.named("identification").evaluate(session, asked, settings)
        return _page(report, asked)

    def refused(refusal: HeartseaseError, request: Request) -> Response:
        told = limits.refusal_of_stranger(refusal, incoming.address(request))
        if not isinstance(told, TooMany) or told.goes_on_record:
            _audit(database, told.status, request)
        return errors.page(told)

    async def endpoint(request: Request) -> Response:
        return await to_thread.run_sync(answer, request)

    return endpoint


async def _stylesheet(request: Request) -> Response:
    return FileResponse(_STYLESHEET, media_type="text/css", headers={"Cache-Control": "public, no-cache"})


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


def _asked(request: Request) -> Asked:
    given = request.query_params
    if set(given) - set(_PARAMETERS):
        raise Unreadable(f"This page takes {words.listed(_PARAMETERS)}, and nothing else")
    return measure.asked(
        measure.named("identification"),
        on=given.get("on", ""),
        areas=given.getlist("area"),
        source=given.get("source", "register"),
        year=given.get("year", ""),
    )


def _page(report: Report, asked: Asked) -> Response:
    chart = charts.of(report.trend, report.baseline.rate)
    return templating.page("report.html", report=report, chart=chart, asked=asked)


def _audit(database: Database, outcome: int, request: Request) -> None:
    """Durable before the page leaves. What was asked is told only where it was understood."""
    query = request.url.query[:500] if outcome == 200 else ""
    event = audit.row("report", by=_READER, outcome=outcome, resource_type="MeasureReport", query=query)
    with database.transaction() as session:
        audit.record(session, event)
