"""The upper tail of chi squared, for tests of overdispersion."""

from math import exp, lgamma, log

_ENOUGH = 1e-14


def above(value: float, freedom: int) -> float:
    """P(chi squared >= value) with so many degrees of freedom (Abramowitz and Stegun 26.4.19, 6.5.29, 6.5.31)."""
    if value <= 0:
        return 1.0
    a, x = freedom / 2, value / 2
    front = exp(a * log(x) - x - lgamma(a + 1))
    return 1 - front * _series(a, x) if x < a + 1 else front * a * _fraction(a, x)


def _series(a: float, x: float) -> float:
    term = total = 1.0
    at = a
    while term > total * _ENOUGH:
        at += 1
        term *= x / at
        total += term
    return total


def _fraction(a: float, x: float) -> float:
    """Lentz's continued fraction, quick where the series is slow."""
    b = x + 1 - a
    c, d = 1e300, 1 / b
    total, change, at = d, 0.0, 0
    while abs(change - 1) > _ENOUGH:
        at += 1
        b += 2
        factor = at * (a - at)
        d, c = 1 / (b + factor * d), b + factor / c
        change = c * d
        total *= change
    return total
