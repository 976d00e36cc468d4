"""Intervals of proportions, and of the difference of two."""

from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95% score interval of `count / of`, uncorrected for continuity (Wilson 1927; Newcombe 1998).

    Raises ValueError unless 0 <= count <= of and of > 0.
    """
    if not 0 <= count <= of or of == 0:
        raise ValueError("A proportion needs 0 <= count <= of, and of above 0")
    square = Z_95**2
    centre = count + square / 2
    half = Z_95 * sqrt(count * (of - count) / of + square / 4)
    low, high = (centre - half) / (of + square), (centre + half) / (of + square)
    # At the ends the bound is exact; rounding errors would leave it a hair away.
    return (0.0 if count == 0 else low), (1.0 if count == of else high)


@dataclass(frozen=True, slots=True)
class Difference:
    """One share less another, with its 95% interval. It is told from chance where the interval leaves zero out."""

    value: float
    low: float
    high: float


def newcombe(count: int, of: int, other: int, other_of: int) -> Difference:
    """`count / of - other / other_of` of two separate groups: Newcombe's hybrid score interval.

    Method 10 of Newcombe, Statistics in Medicine 1998;17:873-890: the Wilson limits of both, squared and added.
    Raises ValueError for what `wilson` refuses.
    """
    (low, high), (other_low, other_high) = wilson(count, of), wilson(other, other_of)
    share, other_share = count / of, other / other_of
    value = share - other_share
    return Difference(
        value,
        value - hypot(share - low, other_high - other_share),
        value + hypot(high - share, other_share - other_low),
    )
