"""A report beside what it should say: every row, every figure, every point of the trend.

What is hidden is told by `"*"`. A count that is shown is the exact one, rounded as the profile says; one that is small
is hidden; shares and intervals follow from what is shown. That nothing more is hidden than must be, and that nothing
can be worked out, is proved by the attacks on disclosure control.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil, sqrt
from typing import Any

from tests.journeys.recomputed.area import Area
from tests.journeys.recomputed.definitions import HEADLINES, MEASURES, OF_DEATHS, Part
from tests.journeys.recomputed.groups import FIFTHS, SPLITS
from tests.journeys.recomputed.records import Person

HIDDEN = "*"
AREAS = ("all", "icb", "sub-icb")
Z = 1.959963984540054
BASELINE = 0.002
EXPECTED = Fraction(3, 4) * Fraction(8_500, 771_500)


@dataclass(frozen=True)
class Rules:
    """Of a disclosure profile: counts from 1 to `hides` are hidden, and others rounded to the nearest `rounds_to`."""

    hides: int = 7
    rounds_to: int = 5

    def shown(self, exact: int) -> int:
        return self.rounds_to * ((exact + self.rounds_to // 2) // self.rounds_to)


OWN = Rules(0, 1)


@dataclass
class Recomputed:
    """Everybody, and the area that they live in. `compared` counts the numbers that were held against a report."""

    people: list[Person]
    area: Area
    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    _tallies: dict[tuple[str, date, date, str], "Tally"] = field(default_factory=dict)

    def check(self, report: Any, rules: Rules, *, chosen: frozenset[str] | None = None) -> None:
        """`chosen` are the practices asked for, where these are not all."""
        parts = MEASURES[report.measure]
        for what, found, expected in self._heading(report, rules, chosen):
            self.compared += 1
            if found != expected:
                self.wrong.append(f"{report.measure} {report.on} {what}: {found}, not {expected}")
        for row in report.rows:
            practices = self.area.place(row.level.value, row.code, report.on)
            if row.level.value == "all" and chosen is not None:
                practices = chosen
            told = _One(
                self, report.measure, parts, report.first, report.on, practices, row.group, report.split, report.on
            )
            self._figures(
                told,
                row.figures,
                rules,
                where=f"{row.level.value} {row.code} {row.group}",
                row=row,
                is_area=row.level.value in AREAS,
            )
        for point in report.trend:
            practices = self.area.place("all", "", report.on) if chosen is None else chosen
            told = _One(self, report.measure, parts, point.first, point.last, practices, "", "", report.on)
            self._figures(told, point.figures, rules, where=f"trend {point.last}", row=None, is_area=chosen is None)

    def _heading(self, report: Any, rules: Rules, chosen: frozenset[str] | None) -> Iterator[tuple[str, Any, Any]]:
        """What a report says of itself as a whole."""
        listed = self.area.place("all", "", report.on)
        told = [row for row in report.rows if row.level.value == "practice"]
        codes = {row.code for row in told}
        yield "practices", (report.practices, codes), (len(told), (chosen or listed) if told else set())
        elsewhere = [
            person
            for person, on in self._asked(report.measure, report.first, report.on)
            if person.practice(on) not in listed
        ]
        if rules is not OWN and not elsewhere:
            yield "practice not known", report.practice_not_known, 0
        if report.measure == "identification" and not report.split:
            figures = [figure for row in told for figure in row.figures if figure.part == "on-register"]
            shares = [each.count / each.of for each in figures if plain(each.value) not in (None, HIDDEN)]
            yield "practices under the baseline", report.below_baseline, sum(share < BASELINE for share in shares)

    def _figures(self, told: "_One", figures: Any, rules: Rules, *, where: str, row: Any, is_area: bool) -> None:
        shown = {each.part: plain(each.count) for each in figures}
        if row is not None and not told.is_enough(set(shown), rules):
            self.wrong.append(f"{told.measure} {where}: parts {sorted(set(shown) ^ set(told.parts_here()))}")
        for figure in figures:
            for what, found, expected in _expected(told, figure, shown, rules, is_area=is_area, is_point=row is None):
                self.compared += 1
                if found != expected:
                    self.wrong.append(
                        f"{told.measure} {told.last} {where} {figure.part} {what}: {found}, not {expected}"
                    )

    def tally(self, measure: str, first: date, last: date, split: str) -> "Tally":
        """What is counted of everybody, by practice and group."""
        key = (measure, first, last, split)
        if key not in self._tallies:
            self._tallies[key] = self._counted(*key)
        return self._tallies[key]

    def _counted(self, measure: str, first: date, last: date, split: str) -> "Tally":
        tally = Tally()
        for person, on in self._asked(measure, first, last):
            where = person.practice(on), SPLITS[split](self.area, person, on) if split else ""
            for code, part in MEASURES[measure].items():
                if part.counts and part.counts(person, on):
                    tally.people[where][code] += 1
                    days = part.days(person, on) if part.days else None
                    if days is not None:
                        tally.days[where].append(days)
        return tally

    def _asked(self, measure: str, first: date, last: date) -> Iterator[tuple[Person, date]]:
        """Of whom a measure asks, each with their day."""
        for person in self.people:
            if measure not in OF_DEATHS:
                if person.is_on_register(last):
                    yield person, last
            elif person.died_on and first <= person.died_on <= last:
                yield person, person.died_on


@dataclass
class Tally:
    """By practice and group of a split: how many people of each part, and the days of those who count for some."""

    people: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class _One:
    """One row of a report, or one point."""

    all: Recomputed
    measure: str
    parts: dict[str, Part]
    first: date
    last: date
    practices: frozenset[str]
    group: str
    split: str
    reported: date
    """The day of the report: what is expected of its day stands beside every point of the trend."""

    def tally(self) -> Tally:
        return self.all.tally(self.measure, self.first, self.last, self.split)

    def is_told(self, part: Part) -> bool:
        """Published tables tell of practices, so they can be split by what practices have alone."""
        return not part.given or self.split in ("", "deprivation")

    def parts_here(self) -> list[str]:
        return [code for code, part in self.parts.items() if self.is_told(part)]

    def is_enough(self, shown: set[str], rules: Rules) -> bool:
        """Every part; of groups, which are small, what is published has the headlines alone."""
        if self.split and rules is not OWN:
            return HEADLINES[self.measure] <= shown <= set(self.parts_here())
        return shown == set(self.parts_here())

    def count(self, part: Part) -> int:
        if part.given:
            return self._given(part)
        if part.sum_of:
            return sum(self.count(self.parts[code]) for code in part.sum_of)
        code = next(code for code, one in self.parts.items() if one is part)
        people = self.tally().people
        return sum(people[practice, self.group][code] for practice in self.practices)

    def _given(self, part: Part) -> int:
        practices = self.practices
        if self.split:
            practices = frozenset(one for one in practices if FIFTHS[self.all.area.fifth(one)] == self.group)
        area = self.all.area
        if part.given == "deaths":
            return area.deaths_of(practices, self.first, self.last)
        return (area.patients if part.given == "list" else area.adults)(practices, self.last)

    def foreseeable(self, on: date) -> tuple[float, float]:
        """Deaths that are expected in a year, and three quarters of them."""
        of_group = [one for one in self.practices if not self.split or self.all.area.fifth(one) == self._fifth()]
        deaths = self.all.area.expected(of_group, on)
        return deaths, deaths * 0.75

    def _fifth(self) -> str:
        return next(fifth for fifth, words in FIFTHS.items() if words == self.group)

    def days(self) -> list[int]:
        of = self.tally().days
        return sorted(days for practice in self.practices for days in of[practice, self.group])


def _expected(
    told: _One, figure: Any, shown: dict[str, Any], rules: Rules, *, is_area: bool, is_point: bool
) -> Iterator[tuple[str, Any, Any]]:
    """(what, what the report says, what it should say) of each number of a figure."""
    part = told.parts[figure.part]
    count = shown[figure.part]
    if told.measure == "observed-over-expected":
        yield from _observed(told, figure, count, rules)
        return
    if count is None:
        is_known = not part.given or told.count(part) > 0
        yield "is not told", (is_area or rules is OWN) and is_known, False
        return
    yield "count", count, _count(told, part, count, shown, rules)
    if part.days:
        yield from _durations(told, figure, count, rules, is_point=is_point)
        return
    of = part.of if part.of in shown else ""
    if not of:
        yield "value", figure.value, None
        return
    yield "of", plain(figure.of), shown[of]
    low, value, high = _share(count, shown[of], fewest=0 if is_area else part.fewest)
    yield from (
        ("value", plain(figure.value), value),
        ("low", plain(figure.low), low),
        ("high", plain(figure.high), high),
    )
    if told.measure == "identification":
        yield "more", {name: plain(one) for name, one in figure.more}, _beside_the_baseline(count, shown[of])


def _count(told: _One, part: Part, found: Any, shown: dict[str, Any], rules: Rules) -> Any:
    if part.sum_of:
        added = [shown[code] for code in part.sum_of]
        return HIDDEN if HIDDEN in added else sum(added)
    exact = told.count(part)
    if part.given in ("list", "adults"):
        return exact
    if 0 < exact <= rules.hides or (found == HIDDEN and rules.hides):
        return HIDDEN
    return rules.shown(exact)


def _share(count: Any, of: Any, *, fewest: int) -> tuple[Any, Any, Any]:
    """The share and its interval, to five decimals."""
    if of is None:
        return None, None, None
    if HIDDEN in (count, of):
        return HIDDEN, HIDDEN, HIDDEN
    if of == 0 or of < fewest or count > of:
        return None, None, None
    low, high = wilson(count, of)
    return round(low, 5), round(count / of, 5), round(high, 5)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95% score interval."""
    share = count / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _durations(told: _One, figure: Any, count: Any, rules: Rules, *, is_point: bool) -> Iterator[tuple[str, Any, Any]]:
    """The trend tells how many, and no median."""
    days = [] if is_point else told.days()
    quartiles = [HIDDEN] * 3 if count == HIDDEN else [_quantile(days, quarter, rules) for quarter in (1, 2, 3)]
    found = [plain(each) for each in (figure.low, figure.value, figure.high)]
    yield "low, median and high", found, quartiles if days or count == HIDDEN else [None] * 3


def _observed(told: _One, figure: Any, count: Any, rules: Rules) -> Iterator[tuple[str, Any, Any]]:
    """People on the register over the foreseeable deaths, with Byar's interval, and how many are missing."""
    has_deaths = told.split in ("", "deprivation")
    deaths, foreseeable = told.foreseeable(told.reported) if has_deaths else (0.0, 0.0)
    of = round(foreseeable) if foreseeable else None
    if figure.part == "foreseeable-deaths":
        yield "count", count, of
        return
    exact = told.count(told.parts["on-register"])
    hidden = count == HIDDEN and rules.hides
    yield "count", count, HIDDEN if 0 < exact <= rules.hides or hidden else rules.shown(exact)
    found = [plain(each) for each in (figure.of, figure.value, figure.low, figure.high)]
    more = {name: plain(each) for name, each in figure.more}
    if not has_deaths:
        yield "ratio", found, [None] * 4
    elif not foreseeable:
        yield "ratio", (found, more), ([None] * 4, {"expected-deaths": None, "short-of-foreseeable": None})
    elif count == HIDDEN:
        told_of = {"expected-deaths": round(deaths, 1), "short-of-foreseeable": HIDDEN}
        yield "ratio", (found, more), ([of, HIDDEN, HIDDEN, HIDDEN], told_of)
    else:
        ratio = [round(each / foreseeable, 2) for each in (count, *_byar(count))]
        told_of = {"expected-deaths": round(deaths, 1), "short-of-foreseeable": max(0, ceil(foreseeable - count))}
        yield "ratio", (found, more), ([of, *ratio], told_of)


def _byar(count: int) -> tuple[float, float]:
    """Byar's approximation of the exact Poisson interval."""
    after = count + 1
    low = count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3 if count else 0.0
    return low, after * (1 - 1 / (9 * after) + Z / (3 * sqrt(after))) ** 3


def _quantile(days: list[int], quarter: int, rules: Rules) -> float | None:
    """The day up to which so many quarters of the people lie, halfway to the next where it falls between two; without
    the half where counts are rounded.
    """
    if not days:
        return None
    place = Fraction(quarter * len(days), 4)
    if place.denominator == 1:
        halfway = (days[int(place) - 1] + days[int(place)]) / 2
        return halfway if rules.rounds_to == 1 else float(int(halfway))
    return float(days[ceil(place) - 1])


def _beside_the_baseline(count: Any, of: Any) -> dict[str, Any]:
    names = ("times-baseline", "short-of-half-percent", "short-of-expected")
    if HIDDEN in (count, of) or not of or count > of:
        return dict.fromkeys(names, HIDDEN if HIDDEN in (count, of) else None)
    short = [max(0, ceil(share * of) - count) for share in (Fraction(1, 200), EXPECTED)]
    return dict(zip(names, (round(count / of / BASELINE, 2), *short), strict=True))


def plain(number: Any) -> Any:
    """A number as it is; of what is hidden, the asterisk."""
    return HIDDEN if str(number) == HIDDEN else number
