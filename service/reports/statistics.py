"""Intervals of proportions."""

from math import sqrt
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
