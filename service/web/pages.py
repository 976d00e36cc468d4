"""The pages of the reports: for this machine itself, in development (`local_page`)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from service import audit
from service.actor import Actor, Sees
from service.config import Settings
from service.db import Database
from service.errors import Unreadable
from service.limits import Limits
from service.reports import evaluation, measure, outputs, snapshots, split, words
from service.reports.measure import Measure
from service.reports.report import Asked, Period, Report
from service.web import area_report, local_page, report_page, templating
from service.web.local_page import Page, Told
from service.web.pictures import chosen
from service.web.pictures.pictured import Compared

_READER: Final = Actor("report-page", "", Sees.NOBODY, frozenset())
_OF_REPORT: Final = ("on", "area", "period", "by", "source", "year", "target", "step", "note")
_FIRST_SPLIT: Final = "deprivation"
"""The page of several measures shows one split at a time: all of them are a file (`heartsease report equity`)."""
_OF_AREA: Final = ("on", "area", "period")

PERIODS: Final = {
    Period.YEAR: "twelve months",
    Period.THREE_YEARS: "three years",
    Period.QUARTER: "three months",
    Period.MONTH: "one month",
}

_FILES: Final = {
    "csv": ("text/csv; charset=utf-8", "csv", outputs.as_csv),
    "json": ("application/json", "json", outputs.as_json),
    "fhir": ("application/fhir+json", "json", outputs.as_fhir),
}
"""Media type, ending and writer of the files that a page leads to."""

Made = Callable[[Database, Settings, Request], Told]


def routes(database: Database, settings: Settings, limits: Limits) -> list[Route]:
    """The pages, and the one stylesheet that they use."""
    page = partial(_endpoint, database, settings, limits)
    return [
        Route("/reports", page(_index), methods=["GET"]),
        Route("/reports/area", page(_area), methods=["GET"]),
        Route("/reports/snapshot/{snapshot}", page(_snapshot), methods=["GET"]),
        Route("/reports/{name}", page(_report), methods=["GET"]),
        Route("/static/heartsease.css", _stylesheet, methods=["GET"]),
    ]


def _endpoint(database: Database, settings: Settings, limits: Limits, made: Made) -> Page:
    told = partial(made, database, settings)
    return local_page.endpoint(
        database, settings, limits, reader=_READER, action="report", resource_type="MeasureReport", told=told
    )


def _index(database: Database, settings: Settings, request: Request) -> Told:
    """Which reports there are; of nobody."""
    local_page.refuse_other_parameters(request, ())
    shown = templating.page("reports.html", measures=measure.all_measures().values())
    return Told(shown, [_event(request)])


def _report(database: Database, settings: Settings, request: Request) -> Told:
    """One measure: `?on=2026-03-31&area=05W&period=year&by=deprivation`, or `?source=qof&year=2020-21`."""
    local_page.refuse_other_parameters(request, _OF_REPORT)
    one = measure.named(request.path_params["name"])
    given = request.query_params
    asked = measure.asked(
        one,
        on=given.get("on", ""),
        areas=given.getlist("area"),
        source=given.get("source", "register"),
        year=given.get("year", ""),
        period=given.get("period", ""),
        by=given.get("by") or (_FIRST_SPLIT if one.name == chosen.SEVERAL else ""),
    )
    compared = report_page.compared(
        target=given.get("target", ""), step=given.get("step", ""), note=given.get("note", "")
    )
    with database.reading() as session:
        report = evaluation.evaluate(session, one, asked, settings)
    (report,) = report_page.kept(database, [report])
    return Told(_page(one, asked, report, compared), [_event(request)])


def _snapshot(database: Database, settings: Settings, request: Request) -> Told:
    """A report as it left, by its id: as a page, or `?format=csv`, `json` or `fhir` as a file."""
    local_page.refuse_other_parameters(request, ("format",))
    format_ = request.query_params.get("format", "html")
    if format_ not in ("html", *_FILES):
        raise Unreadable(f"The format is {words.listed(['html', *_FILES])}")
    with database.reading() as session:
        report = snapshots.read_published(session, request.path_params["snapshot"])
    if format_ in _FILES:
        return Told(_file(report, format_), [_event(request)])
    asked = Asked(on=report.on, areas=report.areas, source=report.source, by=report.split)
    return Told(_page(measure.named(report.measure), asked, report, Compared()), [_event(request)])


def _file(report: Report, format_: str) -> Response:
    media_type, ending, written = _FILES[format_]
    return local_page.file(written(report), f"{report.measure}-{report.on}-{report.snapshot}.{ending}", media_type)


def _area(database: Database, settings: Settings, request: Request) -> Told:
    """All measures of an area on one page."""
    local_page.refuse_other_parameters(request, _OF_AREA)
    given = request.query_params
    asked = area_report.asked(on=given.get("on", ""), areas=given.getlist("area"), period=given.get("period", ""))
    found = area_report.of(database, asked, settings)
    return Told(templating.page("area.html", area=found, periods=PERIODS), [_event(request)])


async def _stylesheet(request: Request) -> Response:
    return FileResponse(templating.STYLESHEET, media_type="text/css", headers={"Cache-Control": "public, no-cache"})


def _page(one: Measure, asked: Asked, report: Report, compared: Compared) -> Response:
    return templating.page(
        "report.html",
        page=report_page.of(one, asked, report, compared),
        periods=PERIODS,
        splits=split.all_splits().values(),
    )


def _event(request: Request) -> dict[str, Any]:
    """What was asked, which was understood."""
    query = request.url.query[:500]
    return audit.row("report", by=_READER, outcome=200, resource_type="MeasureReport", query=query)
