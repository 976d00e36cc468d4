"""The area report: the baseline card and every measure of an area on one page, to read or to print.

It is made of the same reports as their own pages, each kept under its id. Practices, and the details of each area, have
their tables there; here practices are in the funnels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel import Session

from service.config import Settings
from service.db import Database
from service.reports import baseline_card, evaluation, measure, split
from service.reports.baseline_card import BaselineCard
from service.reports.measure import Measure
from service.reports.report import Asked, Report
from service.web import report_page, report_tables
from service.web.pictures import chosen, groups, pictured
from service.web.pictures.pictured import Pictured
from service.web.report_page import ReportPage
from service.web.report_tables import Table

COMPARED: Final = {
    "on-register-at-death": ("deprivation",),
    "place-of-death-recorded-at-death": ("deprivation", "ethnicity", "diagnosis-group"),
    "place-of-death-achieved": ("diagnosis-group",),
}
"""Measures whose headline is shown by group, and by which splits: where the published gaps are widest.

Of all deaths, only the deprivation of the practice is known. The measure of equity (M12) has every split of every
measure, and takes its time.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One measure: its page, of all its tables the one of areas, and the notes that no section above has."""

    page: ReportPage
    table: Table | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equity:
    """A measure by one split: a picture of the groups, and the table beneath."""

    pictured: Pictured
    table: Table
    report: Report


@dataclass(frozen=True, slots=True)
class AreaReport:
    asked: Asked
    about: str
    card: BaselineCard
    sections: tuple[Section, ...]
    equity: tuple[Equity, ...]


def asked(*, on: str, areas: Sequence[str], period: str) -> Asked:
    """What is asked of every measure, from what people type. Raises Unreadable."""
    of_deaths = next(one for one in measure.all_measures().values() if not one.population.is_stock)
    return measure.asked(of_deaths, on=on, areas=areas, period=period)


def of(database: Database, asked: Asked, settings: Settings) -> AreaReport:
    """The report, kept. Raises Unreadable for an area that nobody knows and a day that has not come."""
    with database.reading() as session:
        card = baseline_card.card(session, asked, settings)
        made = [(one, _evaluated(session, one, asked, settings)) for one in _measures()]
        split_up = [(name, _evaluated(session, one, asked, settings, by=name)) for one, name in _compared()]
    kept = report_page.kept(database, [report for _, report in (*made, *split_up)])
    pages = [report_page.of(one, asked, report) for (one, _), report in zip(made, kept[: len(made)], strict=True)]
    equity = [(name, report) for (name, _), report in zip(split_up, kept[len(made) :], strict=True)]
    return AreaReport(
        asked,
        about=report_page.about(pages[0].report),
        card=card,
        sections=tuple(_told_once(pages)),
        equity=tuple(_equity(equity)),
    )


def _told_once(pages: Sequence[ReportPage]) -> Iterator[Section]:
    """How funnels are made and numbers are hidden stands beneath the first that it is true of, and not beneath all."""
    told: set[str] = set()
    for page in pages:
        shown = []
        for each in page.pictures:
            shown.append(replace(each, notes=tuple(note for note in each.notes if note not in told)))
            told.update(each.notes)
        notes = tuple(note for note in page.report.notes if note not in told)
        told.update(notes)
        yield Section(replace(page, pictures=tuple(shown)), _table(page.report), notes)


def _measures() -> list[Measure]:
    return [one for one in measure.all_measures().values() if one.name != chosen.SEVERAL]


def _compared() -> list[tuple[Measure, str]]:
    named, splits = measure.all_measures(), split.all_splits()
    return [(named[name], by) for name, found in COMPARED.items() for by in found if name in named and by in splits]


def _evaluated(session: Session, one: Measure, asked: Asked, settings: Settings, *, by: str = "") -> Report:
    """As the measure can be asked: one of today has no other day, one of people on a day has no period."""
    on = None if one.is_current else asked.on
    return evaluation.evaluate(session, one, Asked(on=on, areas=asked.areas, period=asked.period, by=by), settings)


def _table(report: Report) -> Table | None:
    return report_tables.of_areas_in_brief(report, report.measure) if report.rows else None


def _equity(reports: Sequence[tuple[str, Report]]) -> Iterator[Equity]:
    for by, report in reports:
        name, part = f"{report.measure}-{by}", pictured.headline(report)
        found = groups.of(report, part, name, by=split.named(by).title) if part and report.rows else None
        if found and part:
            yield Equity(found, report_tables.of_groups(report, part, f"{name}-table"), report)
