"""Funnel plot: places against the limits within which chance alone would keep them, by the size of each.

After Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine 2005;24:1185-1202.
Nothing is ranked. Limits are exact binomial ones around the target, at 95% and 99.8%.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, sqrt

from service.reports.statistics import binomial
from service.reports.statistics.chi_squared import above

TAIL_95, TAIL_998 = 0.025, 0.001
LINE_POINTS = 60
WINSORISED = 0.1
"""A tenth of the places at either end count with the z-score of the tenth (Spiegelhalter 2005, appendix A.3)."""

INTERPOLATION = (
    "Limits are exact binomial limits. Between two neighbouring counts each tail probability is joined by a straight "
    "line, so that a place that differs by chance alone lies outside a limit with at most the stated probability "
    "(Manktelow and Seaton 2012, first method)."
)
AS_SHOWN = "Places and limits are of the figures as shown, after rounding; places that are hidden are not drawn."


class Position(StrEnum):
    """Where a place lies. Above and below say nothing of good or bad: that is the measure's to say."""

    WITHIN = "within the 95% limits"
    ABOVE_95 = "above the 95% limit"
    BELOW_95 = "below the 95% limit"
    ABOVE_998 = "above the 99.8% limit"
    BELOW_998 = "below the 99.8% limit"


@dataclass(frozen=True, slots=True)
class Place:
    """What is drawn: its code and its name, people who count, and of how many."""

    code: str
    name: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Dot:
    code: str
    name: str
    count: int
    of: int
    share: float
    position: Position


@dataclass(frozen=True, slots=True)
class Limits:
    """The four limits of the share at one denominator."""

    of: int
    low_998: float
    low_95: float
    high_95: float
    high_998: float


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much more places differ than chance would have them. `phi` multiplies the variance where `is_over`.

    `p` is the probability of a winsorised phi as large as this where there is chance alone (phi times the number of
    places as chi squared).
    """

    phi: float
    places: int
    p: float

    @property
    def is_over(self) -> bool:
        return self.phi > 1 and self.p < 0.05

    @property
    def stretch(self) -> float:
        """How many times further from the target the limits are."""
        return sqrt(self.phi) if self.is_over else 1.0


@dataclass(frozen=True, slots=True)
class Funnel:
    """`lines` are the limits from the smallest denominator to the largest, closest where they bend most."""

    target: float
    dispersion: Dispersion
    dots: tuple[Dot, ...]
    lines: tuple[Limits, ...]
    notes: tuple[str, ...]


def of(places: Sequence[Place], *, target: float | None = None) -> Funnel:
    """The funnel of these places; the target is their common share, unless one is given.

    Raises ValueError unless each place has 0 <= count <= of and of > 0. Without places, or where the target is nobody
    or everybody, there are no limits and every place is within.
    """
    if any(not 0 <= place.count <= place.of or place.of == 0 for place in places):
        raise ValueError("A place needs 0 <= count <= of, and of above 0")
    everyone = sum(place.of for place in places)
    if target is None:
        target = sum(place.count for place in places) / everyone if everyone else 0.0
    spread = dispersion(places, target)
    return Funnel(
        target=target,
        dispersion=spread,
        dots=tuple(_dot(place, target, spread.stretch) for place in places),
        lines=_lines(places, target, spread.stretch),
        notes=(INTERPOLATION, AS_SHOWN, _said(spread)),
    )


def dispersion(places: Sequence[Place], target: float) -> Dispersion:
    """Winsorised phi: the mean square of the places' z-scores around the target (Spiegelhalter 2005, A.3)."""
    if not places or not 0 < target < 1:
        return Dispersion(1.0, len(places), 1.0)
    scores = sorted((each.count / each.of - target) / sqrt(target * (1 - target) / each.of) for each in places)
    cut = int(len(scores) * WINSORISED)
    low, high = scores[cut], scores[-1 - cut]
    phi = sum(min(max(score, low), high) ** 2 for score in scores) / len(scores)
    return Dispersion(phi, len(scores), above(phi * len(scores), len(scores)))


def position(count: int, of: int, target: float, *, stretch: float = 1.0) -> Position:
    """Where one place lies, by its exact tail; the same as on which side of the drawn limits it is."""
    if not 0 < target < 1:
        return Position.WITHIN
    drawn_in = of * target + (count - of * target) / stretch
    below = binomial.tail_below(drawn_in, of, target)
    if below < TAIL_95:
        return Position.BELOW_998 if below < TAIL_998 else Position.BELOW_95
    over = binomial.tail_above(drawn_in, of, target)
    if over < TAIL_95:
        return Position.ABOVE_998 if over < TAIL_998 else Position.ABOVE_95
    return Position.WITHIN


def limits(of: int, target: float, *, stretch: float = 1.0) -> Limits:
    """The limits of the share at one denominator, kept between nobody and everybody."""
    counts = (
        binomial.lowest(of, target, TAIL_998),
        binomial.lowest(of, target, TAIL_95),
        binomial.highest(of, target, TAIL_95),
        binomial.highest(of, target, TAIL_998),
    )
    return Limits(of, *(min(1.0, max(0.0, target + (count / of - target) * stretch)) for count in counts))


def _dot(place: Place, target: float, stretch: float) -> Dot:
    where = position(place.count, place.of, target, stretch=stretch)
    return Dot(place.code, place.name, place.count, place.of, place.count / place.of, where)


def _lines(places: Sequence[Place], target: float, stretch: float) -> tuple[Limits, ...]:
    if not places or not 0 < target < 1:
        return ()
    sizes = [place.of for place in places]
    return tuple(limits(size, target, stretch=stretch) for size in _denominators(min(sizes), max(sizes)))


def _denominators(smallest: int, largest: int) -> list[int]:
    """Evenly apart by their logarithm: limits bend where places are small."""
    step = log(largest / smallest) / (LINE_POINTS - 1)
    return sorted({round(smallest * exp(step * at)) for at in range(LINE_POINTS)} | {largest})


def _said(spread: Dispersion) -> str:
    if not spread.is_over:
        return "Places differ no more than chance would have them; the limits are not widened."
    return (
        f"Places differ more than chance would have them (winsorised φ {spread.phi:.1f} over {spread.places} places), "
        f"so the limits are {spread.stretch:.1f} times further from the target than chance alone would put them."
    )
