"""M1, register prevalence: people alive and on the register on a day, over the registered list of that day."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Final

from service.config import Settings
from service.reports import prevalence
from service.reports.disclosure_profile import HIDDEN
from service.reports.measure import Measure
from service.reports.part import Given, Part
from service.reports.populations import ON_REGISTER
from service.reports.report import Baseline, Figure, Level, Number, Report, Row

HALF_PERCENT: Final = Fraction(1, 200)
EXPECTED: Final = Fraction(3, 4) * Fraction(8_500, 771_500)
"""Three quarters of deaths are foreseeable; 8,500 of 771,500 people die in a year (Stoke and North Staffordshire)."""


def finish(report: Report, settings: Settings) -> Report:
    """Adds the published baseline, and to every share how it stands to that and to what can be expected."""
    baseline = Baseline(settings.baseline_rate, settings.baseline_source)
    rows = tuple(replace(row, figures=tuple(_compared(each, baseline) for each in row.figures)) for row in report.rows)
    trend = tuple(
        replace(one, figures=tuple(_compared(each, baseline) for each in one.figures)) for one in report.trend
    )
    return replace(report, baseline=baseline, rows=rows, trend=trend, below_baseline=_below(rows, baseline.rate))


def _compared(figure: Figure, baseline: Baseline) -> Figure:
    return replace(figure, more=tuple(_more(figure, baseline))) if figure.part == prevalence.ON_REGISTER else figure


def _more(figure: Figure, baseline: Baseline) -> Iterator[tuple[str, Number]]:
    """Times the baseline (two decimals); people more on the register who would make 0.5%, or what is expected."""
    count, of, value = figure.count, figure.of, figure.value
    if not isinstance(value, float) or not isinstance(count, int) or not isinstance(of, int):
        hidden: Number = HIDDEN if value is HIDDEN else None
        yield from (("times-baseline", hidden), ("short-of-half-percent", hidden), ("short-of-expected", hidden))
        return
    yield "times-baseline", round(count / of / baseline.rate, 2)
    yield "short-of-half-percent", short(HALF_PERCENT, count, of)
    yield "short-of-expected", short(EXPECTED, count, of)


def short(target: Fraction, count: int, of: int) -> int:
    """How many people more would reach the target: an area's own figure, not the sum of its practices'."""
    return max(0, ceil(target * of) - count)


def _below(rows: tuple[Row, ...], rate: float) -> int:
    """Practices whose shown share is under the baseline, by counts, since shares are rounded."""
    figures = (each for row in rows if row.level is Level.PRACTICE for each in row.figures)
    return sum(
        isinstance(each.value, float)
        and isinstance(each.count, int)
        and isinstance(each.of, int)
        and each.part == prevalence.ON_REGISTER
        and each.count / each.of < rate
        for each in figures
    )


MEASURE = Measure(
    number="M1",
    name="identification",
    fhir_id="register-prevalence",
    title="Register prevalence: people on the end-of-life care register, over the registered list",
    sentence="How many of the people registered with each practice, network and area are on the end-of-life care "
    "register on a day, compared with the published baseline.",
    rationale="Of the people of Stoke and North Staffordshire 0.2% were on a register while about 1.1% died in a year.",
    population=ON_REGISTER,
    parts=(
        Part(code=prevalence.LIST, title="Registered list", given=Given.LIST, at_practice=True),
        Part(
            code=prevalence.ON_REGISTER,
            title="On the register",
            of=prevalence.LIST,
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
    sources=("register", "qof"),
    count=prevalence.count,
    finish=finish,
)
