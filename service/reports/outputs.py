"""A report in a terminal, as CSV and as JSON. These, the page and the MeasureReport print the same rows."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from service.reports import spreadsheet, words
from service.reports.report import Figure, Report

WIDTH = 200
"""Characters of a line that does not go to a terminal."""

NAMED = ("measure", "first", "on", "level", "code", "name", "basis", "group")
FIGURES = tuple(field.name for field in fields(Figure) if field.name != "more")


def as_json(report: Report) -> str:
    """Every figure of the report; `"*"` where one is hidden, null where there is none."""
    return json.dumps(asdict(report), default=_plain, ensure_ascii=False, indent=2)


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


def as_csv(report: Report) -> str:
    """One line for each figure of a row, then of each point of the trend, then the baseline and the notes."""
    written = io.StringIO()
    more = list(dict.fromkeys(code for row in report.rows for figure in row.figures for code, _ in figure.more))
    lines = csv.DictWriter(written, [*NAMED, *FIGURES, *more, "snapshot"], lineterminator="\r\n")
    lines.writeheader()
    for line in _lines(report):
        lines.writerow({name: _cell(value) for name, value in (line | {"snapshot": report.snapshot}).items()})
    return written.getvalue()


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    of_report = {"measure": report.measure, "first": report.first, "on": report.on}
    for row in report.rows:
        named = {"level": row.level.value, "code": row.code, "name": row.name, "basis": row.basis, "group": row.group}
        for figure in row.figures:
            yield of_report | named | _figure(figure)
    for point in report.trend:
        for figure in point.figures:
            when = {"first": point.first, "on": point.last}
            yield of_report | when | {"level": "trend", "name": "All"} | _figure(figure)
    if report.practice_not_known is not None:
        yield of_report | {"level": "practice not known", "count": report.practice_not_known}
    if report.baseline:
        name = f"{report.baseline.source}; rounded as published, no interval"
        yield {"measure": report.measure, "level": "baseline", "name": name, "value": report.baseline.rate}
    for note in report.notes:
        yield {"measure": report.measure, "level": "note", "name": note}


def _figure(figure: Figure) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in FIGURES} | dict(figure.more)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text; figures that are not there stay empty."""
    if isinstance(value, float):
        return f"{value:.5f}".rstrip("0")
    return spreadsheet.safe(value)


def show(report: Report, console: Console | None = None) -> None:
    """Prints the report: the words that belong to it, the rows, and the trend of the whole area."""
    console = console or _wide_enough(Console())
    _say(console, f"{report.title}, {words.when(report)}")
    if report.rows:
        _say(console, words.headline(report))
        console.print(_rows(report))
    if report.trend:
        console.print(_trend(report))
    if report.baseline:
        _say(console, words.under_baseline(report), words.EXPLAINED, words.baseline(report))
    _say(console, *report.notes)
    if report.snapshot:
        _say(console, f"Kept as {report.snapshot}")


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _wide_enough(console: Console) -> Console:
    """Into a file or a pipe, no line is broken; in a terminal the table fits itself to the window."""
    return console if console.is_terminal else Console(width=WIDTH)


def _rows(report: Report) -> Table:
    table = Table("Level", "Code", "Name", box=box.SIMPLE_HEAD, title=f"By place {words.when(report)}")
    _columns(table, report)
    for row in report.rows:
        table.add_row(words.LEVELS[row.level], row.code, _escaped(words.named(row)), *words.cells(report, row.figures))
    return table


def _trend(report: Report) -> Table:
    table = Table("To", box=box.SIMPLE_HEAD, title="All, over time")
    _columns(table, report)
    for point in report.trend:
        table.add_row(words.day(point.last), *words.cells(report, point.figures))
    return table


def _columns(table: Table, report: Report) -> None:
    for column in words.columns(report):
        table.add_column(column, justify="right", no_wrap=column == "95% interval")


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
