"""The baseline card: where an area stands against the published share, and beside it whether people are found in time.

It is made of two reports that are otherwise shown as they are, register prevalence (M1) and on the register at death
(M3), after small numbers were hidden and counts rounded: it can say nothing that these do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from sqlmodel import Session

from service.config import Settings
from service.reports import evaluation, measure, prevalence, words
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Asked, Figure, Kind, Number, Period, Report

PREVALENCE, AT_DEATH = "identification", "on-register-at-death"
DEATHS: Final = "deaths"
LEADS: Final = (1, 28, 90, 365)
"""Days on the register before death, at least, that M3 has a part for each."""

WHY = (
    "A register can grow because people stay on it for longer, while most of those who die are still found too late or "
    "not at all. So the share of those who died who had been on the register, and for how long, stands beside it."
)


class Against(StrEnum):
    """What the interval of the share says of the baseline."""

    ABOVE = "The whole interval lies above the baseline"
    BELOW = "The whole interval lies below the baseline"
    NOT_CLEAR = "The interval holds the baseline, so no difference is shown"
    NOT_KNOWN = "There is no share to compare with the baseline"


@dataclass(frozen=True, slots=True)
class Identified:
    """Those who died having been on the register for so many days at least, over all who died."""

    days: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class BaselineCard:
    """`rate` is the share as published, rounded, of `people` (0 where that is not known), so without an interval.

    `today` counts people on the register over the list on the day `on`; `against` is what its interval says.
    `short_of…` are registrations still needed. `deaths` are those from `first` to `last`, and `ratio` is people on the
    register for each of them (two decimals).
    """

    rate: float
    people: int
    source: str
    on: date
    today: Figure | None
    against: Against
    short_of_half_percent: Number
    short_of_expected: Number
    first: date
    last: date
    deaths: Number
    ratio: Number
    identified: tuple[Identified, ...]
    notes: tuple[str, ...]

    @property
    def published_count(self) -> int:
        """About so many people, since the share was rounded."""
        return round(self.rate * self.people)

    def sentences(self) -> Iterator[str]:
        """The card in words, for a terminal and for whoever cannot see it."""
        about = f" of {self.people:,}, about {self.published_count:,} people" if self.people else ""
        yield f"Baseline: {self.rate:.1%}{about}, rounded as published, so without an interval. Source: {self.source}."
        if self.today is not None:
            yield from self._of_today(self.today)
        yield from self._of_deaths()
        yield WHY

    def _of_today(self, today: Figure) -> Iterator[str]:
        shares = [words.percent(each) for each in (today.value, today.low, today.high)]
        yield (
            f"{words.day(self.on)}: {words.count(today.count)} on the register of {words.count(today.of)} on the "
            f"lists, {shares[0]} (95% interval {shares[1]} to {shares[2]}). {self.against}."
        )
        yield (
            f"Registrations still needed: {words.count(self.short_of_half_percent)} for 0.5% of the list, "
            f"{words.count(self.short_of_expected)} for 0.83%, the foreseeable deaths of a year."
        )

    def _of_deaths(self) -> Iterator[str]:
        if self.deaths is None:
            yield f"{words.day(self.first)} to {words.day(self.last)}: no deaths are told of here; the notes say why."
            return
        ratio = f"{self.ratio:.2f}" if isinstance(self.ratio, float) else words.count(self.ratio)
        yield (
            f"{words.day(self.first)} to {words.day(self.last)}: {words.count(self.deaths)} deaths; "
            f"{ratio} people on the register for each of them."
        )
        told = [f"{_with_interval(each.figure)} for {each.days} or more" for each in self.identified]
        yield f"Of those who died, on the register before death, in days: {'; '.join(told)}."


def card(session: Session, asked: Asked, settings: Settings) -> BaselineCard:
    """The card of the areas asked for, on a day, with the twelve whole months that end at or before it.

    Raises Unreadable for an area that nobody knows and a day that has not come.
    """
    named = measure.all_measures()
    plain = replace(asked, by="", source="register", year="", period=Period.YEAR, months=0)
    today = evaluation.evaluate(session, named[PREVALENCE], plain, settings)
    at_death = evaluation.evaluate(session, named[AT_DEATH], replace(plain, on=today.on), settings)
    return of(today, at_death, settings)


def of(today: Report, at_death: Report, settings: Settings) -> BaselineCard:
    """The card of the first rows of both reports: the areas that were asked for, together."""
    registered, died = _first_row(today), _first_row(at_death)
    figure = registered.get(prevalence.ON_REGISTER)
    more = dict(figure.more) if figure else {}
    deaths = died[DEATHS].count if DEATHS in died else None
    return BaselineCard(
        rate=settings.baseline_rate,
        people=settings.baseline_people,
        source=settings.baseline_source,
        on=today.on,
        today=figure,
        against=against(figure, settings.baseline_rate),
        short_of_half_percent=more.get("short-of-half-percent"),
        short_of_expected=more.get("short-of-expected"),
        first=at_death.first,
        last=at_death.on,
        deaths=deaths,
        ratio=_ratio(figure.count if figure else None, deaths),
        identified=tuple(Identified(days, died[f"at-least-{days}"]) for days in LEADS if f"at-least-{days}" in died),
        notes=tuple(dict.fromkeys((*today.notes, *at_death.notes))),
    )


def against(figure: Figure | None, rate: float) -> Against:
    """Whether the interval clears the baseline, which has none itself: it was published rounded."""
    if figure is None or not isinstance(figure.low, float) or not isinstance(figure.high, float):
        return Against.NOT_KNOWN
    if figure.low > rate:
        return Against.ABOVE
    return Against.BELOW if figure.high < rate else Against.NOT_CLEAR


def _with_interval(figure: Figure) -> str:
    """580 (6.8%, 6.3% to 7.4%): people, and of those who died the share with its 95% interval."""
    between = words.spread(Kind.PROPORTION, figure)
    return f"{words.count(figure.count)} ({words.value(Kind.PROPORTION, figure.value)}, {between})"


def _first_row(report: Report) -> dict[str, Figure]:
    return {each.part: each for each in report.rows[0].figures} if report.rows else {}


def _ratio(people: Number, deaths: Number) -> Number:
    if HIDDEN in (people, deaths):
        return HIDDEN
    return round(people / deaths, 2) if isinstance(people, int) and isinstance(deaths, int) and deaths else None
