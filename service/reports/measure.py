"""What a measure is: each is one file in `measures/`, a declaration of whom it counts and what it says of them.

`evaluation.evaluate` makes a report of any of them; table, CSV, JSON, page and MeasureReport print that one object.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import Session

from service import catalogue
from service.config import Settings
from service.errors import NotFound, Unreadable
from service.register import codes
from service.reports.part import Part, Population
from service.reports.report import Asked, Period, Report

if TYPE_CHECKING:
    from service.reports.counting import Counts
    from service.reports.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """One measure.

    number       as the set of measures counts them (M7)
    name         as people ask for it, on a command line and in the address of a page
    fhir_id      the id of its FHIR Measure, where that is not the name
    title        what it counts, over what
    sentence     the same for people who do not know it
    rationale    why it is worth counting, and by whose definition
    population   whom it asks of
    parts        what it says of them; the first that is a share of another is the headline
    attribution  whose practice a person is counted at
    exclusions   who is not counted, a sentence each
    notes        what every report must say of its bias
    is_current   only as things stand today: what it counts keeps no history
    sources      where its figures can come from
    version      of the definition: a change of what is counted is a new one
    count        counts in a way of its own what the population and the parts say: where a country is counted
    finish       adds what only this measure has to a report that is made, small numbers already hidden
    evaluate     makes the report in a way of its own
    """

    number: str
    name: str
    title: str
    sentence: str
    population: Population
    parts: tuple[Part, ...]
    attribution: str
    fhir_id: str = ""
    rationale: str = ""
    exclusions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_current: bool = False
    sources: tuple[str, ...] = ("register",)
    version: str = "1"
    count: "Callable[[Session, Scene], Counts] | None" = None
    finish: Callable[[Report, Settings], Report] | None = None
    evaluate: "Callable[[Session, Measure, Asked, Settings], Report] | None" = None

    @property
    def id(self) -> str:
        return self.fhir_id or self.name

    @property
    def canonical(self) -> str:
        return f"{codes.BASE}/Measure/{self.id}"

    @property
    def headline(self) -> Part:
        return next((each for each in self.parts if each.of), self.parts[0])


def all_measures() -> dict[str, Measure]:
    """Every measure, by name, in the order of their numbers."""
    found = catalogue.collect("service.reports.measures", Measure)
    return {each.name: each for each in sorted(found, key=lambda each: (_turn(each.number), each.name))}


def _turn(number: str) -> int:
    return int("".join(filter(str.isdigit, number)) or 0)


def named(name: str) -> Measure:
    """The measure of this name. Raises NotFound, listing those there are."""
    measures = all_measures()
    if name not in measures:
        raise NotFound(f"There is no report of that name; there are: {', '.join(measures)}")
    return measures[name]


def asked(
    one: Measure,
    *,
    on: str = "",
    areas: Sequence[str] = (),
    source: str = "register",
    year: str = "",
    period: str = "",
    by: str = "",
    own: str = "",
) -> Asked:
    """What is asked for, from what people type. Raises Unreadable for what cannot be read."""
    _check(one, on=on, source=source, year=year, period=period)
    return Asked(
        on=day(on, _NO_DAY) if on else None,
        areas=tuple(code for each in areas for code in each.replace(",", " ").split()),
        source=source,
        year=year,
        period=Period(period or Period.YEAR),
        by=by,
        own=own,
    )


def _check(one: Measure, *, on: str, source: str, year: str, period: str) -> None:
    if source not in one.sources:
        raise Unreadable(f"The source is one of: {', '.join(one.sources)}")
    if year and source != "qof":
        raise Unreadable("A year goes with the source qof; give the day of the register as a date")
    if on and source == "qof":
        raise Unreadable("The source qof is asked for by its year, such as 2020-21, not by a date")
    if period and one.population.is_stock:
        raise Unreadable("This measure counts people on a day: give a date, and no period")
    if period and period not in list(Period):
        raise Unreadable(f"The period is one of: {', '.join(Period)}")


def day(text: str, refusal: str) -> date:
    """A day as FHIR's dates are written; no other way is read. Raises Unreadable, saying the refusal."""
    try:
        found = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError as error:
        raise Unreadable(refusal) from error
    if found is None or found.year < 1900:
        raise Unreadable(refusal)
    return found


_NO_DAY = "Enter the date of the report as year, month and day, such as 2026-03-31"
