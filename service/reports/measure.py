"""What a measure is, and what every report of one is made of. Each measure is one file in `measures/`.

A report is computed once and printed in four ways (table, CSV and JSON, page, MeasureReport) from the same rows.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from service import catalogue
from service.config import Settings
from service.errors import NotFound, Unreadable
from service.reports.disclosure import Hidden

Number = int | float | Hidden | None
"""A figure: `HIDDEN` where it would show a small number of people, None where there is none to give."""


ALL_LISTS = "all lists"
LISTS_RETURNED = "lists that returned data"


class Level(StrEnum):
    ALL = "all"
    SUB_ICB = "sub-icb"
    PCN = "pcn"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The published share to compare with. It was published rounded, so it has no interval."""

    rate: float
    source: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A proportion of a list. `list_of` says whose list it is over: the day of its extract, or a QOF year.

    Shares are rounded to five decimals (0.00569 is 0.569%), the ratio to two. `short_of_…` is how many people more
    would reach 0.5% of the list, or the share of it that is expected to die within a year foreseeably.
    """

    numerator: Number
    denominator: int
    list_of: str
    rate: Number = None
    low: Number = None
    high: Number = None
    ratio: Number = None
    short_of_half_percent: Number = None
    short_of_expected: Number = None


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of a place. `basis` tells rows apart where some practices returned nothing."""

    level: Level
    code: str
    name: str
    basis: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of the whole area on one day of its trend."""

    on: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for. `on` None means the day at which the register stands; `areas` empty means all."""

    on: date | None = None
    areas: tuple[str, ...] = ()
    source: str = "register"
    year: str = ""
    months: int = 36


@dataclass(frozen=True, slots=True)
class Report:
    """A measure on a day. `notes` are sentences that belong with the figures wherever these are shown.

    `practices` counts the practices in it, `below_baseline` those whose shown share is under the baseline,
    `practice_not_known` people on the register whose practice is on no list: they are in no row.
    """

    measure: str
    title: str
    source: str
    on: date
    areas: tuple[str, ...]
    baseline: Baseline
    practices: int = 0
    below_baseline: int = 0
    practice_not_known: Number = None
    returned_nothing: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    trend: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its name as people ask for it, its canonical address, and what it says in a sentence."""

    name: str
    canonical: str
    title: str
    sentence: str
    sources: tuple[str, ...]
    evaluate: Callable[[Session, Asked, Settings], Report]


def all_measures() -> dict[str, Measure]:
    """Every measure, by name."""
    return {found.name: found for found in catalogue.collect("service.reports.measures", Measure)}


def named(name: str) -> Measure:
    """The measure of this name. Raises NotFound, listing those there are."""
    measures = all_measures()
    if name not in measures:
        raise NotFound(f"There is no report of that name; there are: {', '.join(measures)}")
    return measures[name]


def asked(measure: Measure, *, on: str, areas: Sequence[str], source: str, year: str) -> Asked:
    """What is asked for, from what people type. Raises Unreadable for what cannot be read."""
    if source not in measure.sources:
        raise Unreadable(f"The source is one of: {', '.join(measure.sources)}")
    if year and source != "qof":
        raise Unreadable("A year goes with the source qof; give the day of the register as a date")
    if on and source == "qof":
        raise Unreadable("The source qof is asked for by its year, such as 2020-21, not by a date")
    codes = tuple(code for each in areas for code in each.replace(",", " ").split())
    return Asked(on=_day(on), areas=codes, source=source, year=year)


def _day(text: str) -> date | None:
    """Raises Unreadable unless the text is a day, or empty. FHIR's dates are written so, and no other way is read."""
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise Unreadable(_NO_DAY)
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Unreadable(_NO_DAY) from error
    if day and day.year < 1900:
        raise Unreadable(_NO_DAY)
    return day


_NO_DAY = "Enter the date of the report as year, month and day, such as 2026-03-31"
