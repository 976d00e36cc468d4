"""A report in a terminal, as CSV, JSON and MeasureReport. These and the page print the same figures."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table

from service.reports import measure, measure_report, snapshots, spreadsheet, words
from service.reports.report import Figure, Level, Report, Shown

if TYPE_CHECKING:
    from rich.console import Console

NAMED: Final = ("measure", "first", "on", "level", "code", "name", "basis", "group", "part", "title")
"""Where a figure belongs: the stretch of time, the place, the people, and what is counted."""
FIGURES: Final = ("count", "of", "value", "low", "high")


def as_json(report: Report) -> str:
    """Every figure of the report; `"*"` where one is hidden, null where there is none."""
    return json.dumps(snapshots.plain(report), ensure_ascii=False, indent=2)


def as_fhir(report: Report) -> str:
    """The report as a FHIR MeasureReport."""
    made = measure_report.resource(report, canonical=measure.named(report.measure).canonical)
    return json.dumps(made, ensure_ascii=False, indent=2)


def as_csv(report: Report) -> str:
    """One line a figure, of every row and of the trend; then what one needs to understand them, a line each."""
    more = dict.fromkeys(code for part in report.parts for code in words.more_of(report, part))
    headings = (*NAMED, *FIGURES, *more, "snapshot")
    same = {"measure": report.measure, "first": report.first, "on": report.on, "snapshot": report.snapshot}
    lines = (same | line for line in _lines(report))
    return spreadsheet.text(headings, ([_cell(line.get(name)) for name in headings] for line in lines))


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    titles = {part.code: part.title for part in report.parts}
    for row in report.rows:
        place = {"level": row.level.value, "code": row.code, "name": row.name, "basis": row.basis, "group": row.group}
        for figure in filter(words.is_told, row.figures):
            yield place | _figure(figure, titles)
    for point in report.trend:
        when = {"first": point.first, "on": point.last, "level": "trend", "name": "All"}
        for figure in filter(words.is_told, point.figures):
            yield when | _figure(figure, titles)
    if report.practice_not_known is not None:
        yield {"level": "practice not known", "count": report.practice_not_known}
    if report.baseline:
        name = f"{report.baseline.source}; rounded as published, no interval"
        yield {"level": "baseline", "name": name, "value": report.baseline.rate}
    for note in (*report.notes, *words.origin(report)):
        yield {"level": "note", "name": note}


def _figure(figure: Figure, titles: dict[str, str]) -> dict[str, Any]:
    told = {name: getattr(figure, name) for name in FIGURES}
    return {"part": figure.part, "title": titles[figure.part], **told, **dict(figure.more)}


def _cell(value: Any) -> Any:
    """A share in digits, however small."""
    return Decimal(str(value)) if isinstance(value, float) else value


def show(report: Report, console: "Console") -> None:
    """Prints the report: the words that belong to it, a table for each part, and its trend."""
    _say(console, f"{report.title}, {words.when(report)}")
    _say(console, *words.headlines(report))
    for part in words.tabulated(report) if report.rows else ():
        console.print(_rows(report, part))
        if report.trend and part.trend:
            console.print(_trend(report, part))
    if report.baseline and report.rows:
        practices = any(row.level is Level.PRACTICE and not row.group for row in report.rows)
        _say(console, *([words.under_baseline(report)] if practices else []), words.EXPLAINED)
    _say(console, words.baseline(report))
    _say(console, *report.notes, *words.origin(report))


def _say(console: "Console", *lines: str) -> None:
    for line in filter(None, lines):
        console.print(line, highlight=False, soft_wrap=True)


def _rows(report: Report, part: Shown) -> Table:
    table = Table("Level", "Code", "Name", box=box.SIMPLE_HEAD, title=f"{part.title}, by place")
    _columns(table, report, part)
    for row in report.rows:
        figure = words.figure_of(row.figures, part)
        if words.is_told(figure):
            place = (words.LEVELS[row.level], row.code, words.named(row))
            table.add_row(*place, *words.cells(report, part, figure))
    return table


def _trend(report: Report, part: Shown) -> Table:
    table = Table("When", box=box.SIMPLE_HEAD, title=f"{part.title}, all together, over time")
    _columns(table, report, part)
    for point in report.trend:
        figure = words.figure_of(point.figures, part)
        if words.is_told(figure):
            table.add_row(words.stretch(point.first, point.last), *words.cells(report, part, figure))
    return table


def _columns(table: Table, report: Report, part: Shown) -> None:
    for column in words.columns(report, part):
        is_interval = column in ("95% interval", "Middle half")
        table.add_column(column, justify="right", no_wrap=is_interval)
