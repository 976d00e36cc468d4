"""What the page of one report says: the same report as CSV and MeasureReport, in words, pictures and tables."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.db import Database
from service.errors import Unreadable
from service.reports import explained, snapshots, words
from service.reports.disclosure_profile import HIDDEN
from service.reports.measure import Measure, day
from service.reports.report import Asked, Figure, Kind, Report, Shown
from service.reports.statistics.run_chart import Step
from service.web import report_tables
from service.web.pictures import chosen, pictured
from service.web.pictures.pictured import NOTHING, Compared, Pictured
from service.web.report_tables import Table

CARDS_AT_MOST = 6
NOTE_AT_MOST = 60
"""Characters of the note of a step change, which stands within the picture."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of all, large: its value, what it is, and of how many people it is made."""

    title: str
    value: str
    made_of: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report as it is read. Without rows there are no figures, and `report.notes` say why."""

    measure: Measure
    asked: Asked
    report: Report
    compared: Compared
    about: str
    cards: tuple[Card, ...]
    pictures: tuple[Pictured, ...]
    tables: tuple[Table, ...]
    definition: tuple[tuple[str, Sequence[str]], ...]


def of(measure: Measure, asked: Asked, report: Report, compared: Compared = NOTHING) -> ReportPage:
    has_rows = bool(report.rows)
    return ReportPage(
        measure,
        asked,
        report,
        compared,
        about=about(report),
        cards=tuple(cards(report)),
        pictures=tuple(chosen.of(report, report.measure, compared)) if has_rows else (),
        tables=tuple(report_tables.of(report, report.measure)) if has_rows else (),
        definition=tuple(explained.sections(measure)),
    )


def kept(database: Database, reports: Sequence[Report]) -> list[Report]:
    """The reports with their ids, once they are kept: before they leave."""
    with database.transaction() as session:
        return [snapshots.kept(session, report) for report in reports]


def compared(*, target: str, step: str, note: str) -> Compared:
    """What a trend is compared with, from what people type: a target in percent, the day of a step change, and why.

    Raises Unreadable.
    """
    if bool(step) != bool(note.strip()):
        raise Unreadable("A step change has a date and a note that says why; give both")
    steps = (Step(day(step, _NO_STEP), note.strip()[:NOTE_AT_MOST]),) if step else ()
    return Compared(_share_of(target) if target else None, steps)


def _share_of(text: str) -> float:
    """Decimals and no other spelling of a number."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", text, re.ASCII) or float(text) > 100:
        raise Unreadable("Enter the target as a percentage from 0 to 100, such as 45 or 0.5")
    return float(text) / 100


_NO_STEP = "Enter the date of the step change as year, month and day, such as 2025-04-01"


def about(report: Report) -> str:
    """Of when and of where."""
    of_areas = f", of {words.listed(report.areas)}" if report.areas else ""
    practices = f", {report.practices:,} practices" if report.practices else ""
    when = words.when(report)
    return f"{when[:1].upper()}{when[1:]}{of_areas}{practices}"


def cards(report: Report) -> list[Card]:
    """The figures of all, of those parts that have a value; of all parts where none has. What matters most is first."""
    figures = sorted(pictured.figures_of_all(report).values(), key=lambda each: not each[0].better)
    valued = [(part, figure) for part, figure in figures if part.kind is not Kind.COUNT]
    return [_card(report, part, figure) for part, figure in (valued or figures)[:CARDS_AT_MOST]]


def _card(report: Report, part: Shown, figure: Figure) -> Card:
    if part.kind is Kind.COUNT:
        return Card(part.title, words.count(figure.count), "")
    if figure.value is None:
        return Card(part.title, words.count(figure.count), "People; there is nothing to make a share of")
    value = "hidden" if figure.value is HIDDEN else words.value(part.kind, figure.value)
    return Card(part.title, value, _made_of(report.parts, part, figure))


def _made_of(parts: Sequence[Shown], part: Shown, figure: Figure) -> str:
    spread = words.spread(part.kind, figure)
    interval = "" if spread in ("–", "*") else f"{_INTERVALS[part.kind]} {spread}. "
    if figure.of is None:
        return f"{interval}{words.count(figure.count)} people"
    whole = next((each.title for each in parts if each.code == part.of), "")
    of = f" ({whole[:1].lower()}{whole[1:]})" if whole else ""
    return f"{interval}{words.count(figure.count)} of {words.count(figure.of)}{of}"


_INTERVALS = {Kind.PROPORTION: "95% interval", Kind.RATIO: "95% interval", Kind.DAYS: "The middle half:"}
