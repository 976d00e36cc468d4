"""M2, observed over expected: people on the register on a day, over the deaths that could be foreseen in a year."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import Final

from sqlalchemy import select
from sqlmodel import Session

from service import db
from service.config import Settings
from service.register.organisations import PracticeGeography
from service.reports import counting, expected_deaths
from service.reports.counting import Counts
from service.reports.disclosure_profile import HIDDEN
from service.reports.measure import Measure
from service.reports.part import Given, Part
from service.reports.populations import ON_REGISTER as PEOPLE
from service.reports.report import Figure, Number, Point, Report, Row
from service.reports.scene import Scene
from service.reports.split import Split
from service.reports.statistics.ratios import observed_over_expected

FORESEEABLE: Final = "foreseeable-deaths"
ON_REGISTER: Final = "on-register"
EXPECTED: Final = "expected-deaths"
SHORT: Final = "short-of-foreseeable"

_GEOGRAPHY = db.table(PracticeGeography)


def count(session: Session, seen: Scene) -> Counts:
    """The register of each practice, beside its expected deaths of the day of the report, on every day of the trend."""
    counts = counting.of(session, seen)
    if not any(each.given for each in seen.parts):
        return counts
    told = expected_deaths.on(session, seen.on)
    practices = (seen.listed or seen.belongings.keys()) | (counts.practices() & seen.belongings.keys())
    groups = _groups(session, seen.split) if seen.split else {}
    for practice, thousandths in expected_deaths.thousandths(told, practices).items():
        for day in seen.days:
            counts.people[practice, day, groups.get(practice, "")][FORESEEABLE] += thousandths
    counts.notes = tuple(told.notes(practices if seen.chosen is None else practices & seen.chosen))
    counts.sources = tuple(told.sources())
    return counts


def _groups(session: Session, split: Split) -> Mapping[str, str]:
    practices = select(_GEOGRAPHY.c.practice_code).distinct().subquery()
    return {row[0]: row[1] for row in session.execute(select(practices.c.practice_code, split.value(practices)))}


def finish(report: Report, settings: Settings) -> Report:
    """Makes ratios of shares: the foreseeable of the expected deaths, what the register is of them, and the gap."""
    share = settings.foreseeable_share
    if not any(each.code == FORESEEABLE for each in report.parts):
        return report
    return replace(
        report,
        rows=tuple(_compared_row(row, share) for row in report.rows),
        trend=tuple(_compared_point(point, share) for point in report.trend),
        notes=(
            f"Of the expected deaths {share:.0%} are taken to be foreseeable; the others come suddenly.",
            *report.notes,
        ),
    )


def _compared_row(row: Row, share: float) -> Row:
    return replace(row, figures=tuple(_compared(row.figures, share)))


def _compared_point(point: Point, share: float) -> Point:
    return replace(point, figures=tuple(_compared(point.figures, share)))


def _compared(figures: tuple[Figure, ...], share: float) -> Iterator[Figure]:
    found = {each.part: each for each in figures}
    whole = found[FORESEEABLE].count
    deaths = whole / expected_deaths.THOUSAND if isinstance(whole, int) else 0.0
    yield Figure(FORESEEABLE, round(deaths * share) if deaths else None)
    yield _ratio(found[ON_REGISTER].count, deaths, deaths * share)


def _ratio(count: Number, deaths: float, foreseeable: float) -> Figure:
    """The gap is in people: how many more on the register would be as many as are foreseeable."""
    if not foreseeable or count is None:
        return Figure(ON_REGISTER, count, more=((EXPECTED, None), (SHORT, None)))
    of, told = round(foreseeable), round(deaths, 1)
    if not isinstance(count, int):
        return Figure(ON_REGISTER, HIDDEN, of, HIDDEN, HIDDEN, HIDDEN, more=((EXPECTED, told), (SHORT, HIDDEN)))
    ratio = observed_over_expected(count, foreseeable)
    return Figure(
        ON_REGISTER,
        count,
        of,
        round(ratio.value, 2),
        round(ratio.low, 2),
        round(ratio.high, 2),
        more=((EXPECTED, told), (SHORT, max(0, ceil(foreseeable - count)))),
    )


MEASURE = Measure(
    number="M2",
    name="observed-over-expected",
    title="Observed over expected: people on the register, over the deaths that could be foreseen in a year",
    sentence="How many of the people who can be expected to die within a year are on the end-of-life care register of "
    "each practice, network and area, given the age and sex of their people.",
    rationale="A practice of old people should have a longer register than one of students. England's death rates by "
    "age and sex, applied to each list (indirect standardisation), say how much longer; about a quarter of deaths "
    "cannot be foreseen (NICE CMG42).",
    population=PEOPLE,
    parts=(
        Part(code=FORESEEABLE, title="Foreseeable deaths in a year", given=Given.EXPECTED, at_practice=True),
        Part(
            code=ON_REGISTER,
            title="On the register",
            of=FORESEEABLE,
            is_ratio=True,
            at_practice=True,
            trend=True,
            better="higher",
        ),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=(
        "Registrations that are planned, cancelled or entered in error",
        "People who died on or before the day",
    ),
    notes=(
        (
            "The register counts people on one day, expected deaths are of a year: at a ratio of 1 all whose death can "
            "be foreseen would be known a whole year before."
        ),
        (
            "England's rates know age and sex only: where people die younger, or a care home is looked after, more "
            "deaths happen than are expected."
        ),
        "95% interval: Byar's, of the number on the register; expected deaths are taken as known.",
    ),
    sources=("register", "qof"),
    count=count,
    finish=finish,
)
