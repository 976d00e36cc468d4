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
from service.reports.measure import Figures, Report

WIDTH = 200
"""Characters of a line that does not go to a terminal."""

FIGURES = tuple(field.name for field in fields(Figures))


def as_json(report: Report) -> str:
    """Every figure of the report; `"*"` where one is hidden, null where there is none."""
    return json.dumps(asdict(report), default=_plain, ensure_ascii=False, indent=2)


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


def as_csv(report: Report) -> str:
    """One line a row, then one a day of the trend, then the baseline; every line with its day and its list."""
    written = io.StringIO()
    lines = csv.DictWriter(written, ["on", "level", "code", "name", "basis", *FIGURES], lineterminator="\r\n")
    lines.writeheader()
    for line in _lines(report):
        lines.writerow({name: _cell(value) for name, value in line.items()})
    return written.getvalue()


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    for row in report.rows:
        named = {"level": row.level.value, "code": row.code, "name": row.name, "basis": row.basis}
        yield {"on": report.on, **named, **_figures(row.figures)}
    for point in report.trend:
        yield {"on": point.on, "level": "trend", "name": "All", **_figures(point.figures)}
    if report.practice_not_known is not None:
        yield {"on": report.on, "level": "practice not known", "numerator": report.practice_not_known}
    name = f"{report.baseline.source}; rounded as published, no interval"
    yield {"level": "baseline", "name": name, "rate": report.baseline.rate}
    for note in report.notes:
        yield {"level": "note", "name": note}


def _figures(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in FIGURES}


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text; figures that are not there stay empty."""
    if isinstance(value, float):
        return f"{value:.5f}".rstrip("0")
    return spreadsheet.safe(value)


def show(report: Report, console: Console | None = None) -> None:
    """Prints the report: the words that belong to it, the rows, and the trend of the whole area."""
    console = console or _wide_enough(Console())
    _say(console, f"{report.title}, {words.day(report.on)}")
    if report.rows:
        _say(console, words.headline(report), words.under_baseline(report))
        console.print(_rows(report), _trend(report))
        _say(console, words.EXPLAINED)
    _say(console, words.baseline(report), *report.notes)


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _wide_enough(console: Console) -> Console:
    """Into a file or a pipe, no line is broken; in a terminal the table fits itself to the window."""
    return console if console.is_terminal else Console(width=WIDTH)


def _rows(report: Report) -> Table:
    table = Table("Level", "Code", "Name", box=box.SIMPLE_HEAD, title=f"By place on {words.day(report.on)}")
    _columns(table)
    for row in report.rows:
        table.add_row(words.LEVELS[row.level], row.code, _escaped(words.named(row)), *words.cells(row.figures))
    return table


def _trend(report: Report) -> Table:
    table = Table("Day", box=box.SIMPLE_HEAD, title="All, over time")
    _columns(table)
    for point in report.trend:
        table.add_row(words.day(point.on), *words.cells(point.figures))
    return table


def _columns(table: Table) -> None:
    for column in words.COLUMNS:
        table.add_column(column, justify="right", no_wrap=column in ("95% interval", "List of"))


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
