"""The report page: for this machine itself, in development (`local_page`)."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from service import audit
from service.actor import Actor, Sees
from service.config import Settings
from service.db import Database
from service.errors import Unreadable
from service.limits import Limits
from service.reports import evaluation, measure, words
from service.reports.report import Asked, Report
from service.web import local_page, pictures, templating
from service.web.local_page import Page, Told

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

    def told(request: Request) -> Told:
        asked = _asked(request)
        with database.reading() as session:
            report = evaluation.evaluate(session, measure.named("identification"), asked, settings)
        query = request.url.query[:500]
        event = audit.row("report", by=_READER, outcome=200, resource_type="MeasureReport", query=query)
        return Told(_page(report, asked), [event])

    return local_page.endpoint(
        database, settings, limits, reader=_READER, action="report", resource_type="MeasureReport", told=told
    )


async def _stylesheet(request: Request) -> Response:
    return FileResponse(_STYLESHEET, media_type="text/css", headers={"Cache-Control": "public, no-cache"})


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
    return templating.page("report.html", report=report, chart=pictures.trend(report), asked=asked)
