"""Shares over time against their process limits: a p-chart with the four rules of Making Data Count (NHS England).

Special cause variation is a point outside the limits (three standard deviations of the binomial at that point's
denominator), a shift of seven points on one side of the centre, a trend of seven points each higher or each lower than
the last, or two of three points in the outer third on one side. A step, set by somebody who knows why, begins a phase
with limits of its own. Registers are stocks: consecutive month ends count mostly the same people, so shifts and trends
come sooner than by chance; `STOCK` says so beside the chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import isclose, sqrt

from service.reports.statistics import spc_rules

SIGMAS, NEAR = 3.0, 2 / 3
"""Limits are three standard deviations from the centre; the outer third begins at two."""
ENOUGH = 12
"""Limits of fewer points are provisional (Making Data Count: at least 12, better 15 to 20)."""

STOCK = (
    "Each point counts the people on the register on that day, mostly the same as a month before, so shifts and trends "
    "show sooner here than they would by chance."
)


class Rule(StrEnum):
    OUTSIDE = "outside the limits"
    SHIFT = "seven or more points on one side of the centre"
    TREND = "seven or more points each higher or each lower than the last"
    NEAR = "two of three points close to a limit"


class Variation(StrEnum):
    """The icon of variation, by the last point. High and low say which way; neutral where neither way is better."""

    NONE = "no points"
    COMMON_CAUSE = "common cause variation"
    IMPROVEMENT_HIGH = "special cause variation, improving, higher"
    IMPROVEMENT_LOW = "special cause variation, improving, lower"
    CONCERN_HIGH = "special cause variation, concerning, higher"
    CONCERN_LOW = "special cause variation, concerning, lower"
    NEUTRAL_HIGH = "special cause variation, higher"
    NEUTRAL_LOW = "special cause variation, lower"


class Assurance(StrEnum):
    """The icon of assurance: whether the target will be met as things stand, by the limits of the last point."""

    NONE = "no target"
    PASS = "will consistently meet the target"
    FAIL = "will consistently miss the target"
    HIT_OR_MISS = "will meet and miss the target by chance"


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a month or on a day; None where it is hidden or there is none. A gap ends a run."""

    on: date
    count: int | None
    of: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on the limits are calculated anew; the note says why."""

    on: date
    note: str


@dataclass(frozen=True, slots=True)
class Dot:
    """`share`, and with it the limits and signals, only where it is known. Limits stay between 0 and 1."""

    on: date
    count: int | None
    of: int | None
    share: float | None
    centre: float
    low: float
    high: float
    signals: tuple[Rule, ...] = ()
    variation: Variation = Variation.COMMON_CAUSE


@dataclass(frozen=True, slots=True)
class Phase:
    """Points that share a centre. The note is the reason of the step that began it; "" for the first."""

    first: date
    last: date
    centre: float
    points: int
    note: str = ""

    @property
    def is_provisional(self) -> bool:
        return self.points < ENOUGH


@dataclass(frozen=True, slots=True)
class RunChart:
    dots: tuple[Dot, ...]
    phases: tuple[Phase, ...]
    variation: Variation
    assurance: Assurance
    target: float | None


def p_chart(
    observed: Sequence[Observed], *, steps: Sequence[Step] = (), better: str = "", target: float | None = None
) -> RunChart:
    """The chart of these points, in order of time. `better` is "higher", "lower" or ""; the target is a share.

    Raises ValueError where a known point is no proportion.
    """
    if any(not _is_proportion(each) for each in observed):
        raise ValueError("A point needs 0 <= count <= of")
    phases = [_phase(points, note, better) for points, note in _parted(observed, steps)]
    dots = tuple(dot for _, found in phases for dot in found)
    known = [dot for dot in dots if dot.share is not None]
    return RunChart(
        dots=dots,
        phases=tuple(phase for phase, _ in phases),
        variation=known[-1].variation if known else Variation.NONE,
        assurance=_assurance(known[-1], better, target) if known else Assurance.NONE,
        target=target,
    )


def _is_proportion(each: Observed) -> bool:
    return each.count is None or each.of is None or 0 <= each.count <= each.of


def _parted(observed: Sequence[Observed], steps: Sequence[Step]) -> list[tuple[list[Observed], str]]:
    """The points of each phase with its note; a step with no points after it begins none."""
    bounds = [Step(date.min, ""), *sorted(steps, key=lambda step: step.on), Step(date.max, "")]
    found = [
        ([each for each in observed if begun.on <= each.on < until.on], begun.note) for begun, until in pairwise(bounds)
    ]
    return [(points, note) for points, note in found if points]


def _phase(points: Sequence[Observed], note: str, better: str) -> tuple[Phase, list[Dot]]:
    known = [(each.count, each.of) for each in points if each.count is not None and each.of]
    everyone = sum(of for _, of in known)
    centre = sum(count for count, _ in known) / everyone if everyone else 0.0
    dots = [_dot(each, centre) for each in points]
    return Phase(points[0].on, points[-1].on, centre, len(known), note), _signalled(dots, better)


def _dot(each: Observed, centre: float) -> Dot:
    if each.count is None or not each.of:
        return Dot(each.on, each.count, each.of, None, centre, centre, centre)
    dot = Dot(each.on, each.count, each.of, each.count / each.of, centre, centre, centre)
    half = _half(dot)
    return replace(dot, low=max(0.0, centre - half), high=min(1.0, centre + half))


def _signalled(dots: Sequence[Dot], better: str) -> list[Dot]:
    """Each dot with the rules that it is part of; a dot without a share ends the run before it."""
    found: list[Dot] = []
    stretch: list[Dot] = []
    for dot in [*dots, None]:
        if dot is not None and dot.share is not None:
            stretch.append(dot)
            continue
        found.extend(_judged(stretch, better))
        stretch = []
        if dot is not None:
            found.append(dot)
    return found


def _judged(dots: Sequence[Dot], better: str) -> list[Dot]:
    """Dots without a gap, with their signals."""
    shares = [dot.share or 0.0 for dot in dots]
    sides = [_side(share, dot.centre) for share, dot in zip(shares, dots, strict=True)]
    outside = [not dot.low <= share <= dot.high for share, dot in zip(shares, dots, strict=True)]
    near = [
        not out and abs(share - dot.centre) > NEAR * _half(dot)
        for share, dot, out in zip(shares, dots, outside, strict=True)
    ]
    flags = (outside, spc_rules.shifts(sides), spc_rules.trends(shares), spc_rules.near_limits(sides, near))
    ways = _ways(shares)
    return [
        _marked(dot, [rule for rule, of in zip(Rule, flags, strict=True) if of[at]], sides[at], ways[at], better)
        for at, dot in enumerate(dots)
    ]


def _side(share: float, centre: float) -> int:
    """A share that is the centre but for rounding errors lies on neither side."""
    return 0 if isclose(share, centre, rel_tol=1e-12, abs_tol=1e-15) else 1 if share > centre else -1


def _half(dot: Dot) -> float:
    """The distance of the limits from the centre, before they were kept between 0 and 1."""
    return SIGMAS * sqrt(dot.centre * (1 - dot.centre) / dot.of) if dot.of else 0.0


def _ways(shares: Sequence[float]) -> list[int]:
    """Where each point came from: up or down; the first has the way of the step that follows."""
    steps = spc_rules.directions(shares)
    return [*steps[:1], *steps] if steps else [0] * len(shares)


def _marked(dot: Dot, signals: Sequence[Rule], side: int, way: int, better: str) -> Dot:
    """A trend alone says its own direction; every other signal the side of the centre."""
    if not signals:
        return dot
    up = (way if list(signals) == [Rule.TREND] else side) > 0
    return replace(dot, signals=tuple(signals), variation=_variation(up, better))


def _variation(up: bool, better: str) -> Variation:
    if not better:
        return Variation.NEUTRAL_HIGH if up else Variation.NEUTRAL_LOW
    if up == (better == "higher"):
        return Variation.IMPROVEMENT_HIGH if up else Variation.IMPROVEMENT_LOW
    return Variation.CONCERN_HIGH if up else Variation.CONCERN_LOW


def _assurance(last: Dot, better: str, target: float | None) -> Assurance:
    """Limits that hold the target say neither; without a better way there is nothing to be assured of."""
    if target is None or not better:
        return Assurance.NONE
    if last.low <= target <= last.high:
        return Assurance.HIT_OR_MISS
    return Assurance.PASS if (target < last.low) == (better == "higher") else Assurance.FAIL
