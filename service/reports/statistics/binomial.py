"""Exact tails and limits of a count of people, each of whom counts with the same chance (binomial).

A count is whole, so no limit has exactly the tail that was asked for. Three published ways of interpolating give
different rates of false signals (Manktelow and Seaton, PLoS ONE 2012;7:e45723). We take the first of them, by which
a place that differs from the target by chance alone is outside with a probability never above the tail: between two
neighbouring counts each tail, P(R <= r) below and P(R >= r) above, is joined by a straight line, and the limit is where
that line has the probability asked for. Below it is the rule of Spiegelhalter (Statistics in Medicine 2005;24:1185,
appendix A.1); above, his own takes P(R <= r) and comes out up to one count lower.
"""

from collections.abc import Callable
from functools import lru_cache
from math import ceil, exp, floor, lgamma, log, log1p, sqrt
from statistics import NormalDist

_NEGLIGIBLE = 1e-17
"""Terms this much smaller than their sum no longer change it."""


def at_most(count: int, of: int, share: float) -> float:
    """P(R <= count) of `of` people. Exact to about nine digits for lists of a million; 0 < share < 1."""
    if count < 0:
        return 0.0
    if count >= of:
        return 1.0
    if count > of * share:
        return 1.0 - _sum_down(of - count - 1, of, 1 - share)
    return _sum_down(count, of, share)


def at_least(count: int, of: int, share: float) -> float:
    """P(R >= count) of `of` people."""
    return at_most(of - count, of, 1 - share)


def _sum_down(count: int, of: int, share: float) -> float:
    """P(R <= count) for a count at or below the mean, from its own term downwards: these only get smaller."""
    if count < 0:
        return 0.0
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    term = total = exp(ways + count * log(share) + (of - count) * log1p(-share))
    odds = (1 - share) / share
    while count > 0 and term > total * _NEGLIGIBLE:
        term *= count / (of - count + 1) * odds
        count -= 1
        total += term
    return total


def tail_below(count: float, of: int, share: float) -> float:
    """P(R <= count), joined by straight lines between whole counts."""
    return _between(count, lambda whole: at_most(whole, of, share))


def tail_above(count: float, of: int, share: float) -> float:
    """P(R >= count), joined by straight lines between whole counts."""
    return _between(count, lambda whole: at_least(whole, of, share))


def _between(count: float, tail: Callable[[int], float]) -> float:
    under, over = floor(count), ceil(count)
    first = tail(under)
    return first if under == over else first + (tail(over) - first) * (count - under)


@lru_cache(maxsize=4096)
def lowest(of: int, share: float, tail: float) -> float:
    """The count below which only the lower tail lies; 0 where even nobody at all would be no signal."""
    count = _near(of, share, NormalDist().inv_cdf(tail))
    while count > 0 and at_most(count - 1, of, share) > tail:
        count -= 1
    while (here := at_most(count, of, share)) <= tail:
        count += 1
    within = at_most(count - 1, of, share)
    return max(0.0, count - (here - tail) / (here - within))


def highest(of: int, share: float, tail: float) -> float:
    """The count above which only the upper tail lies; `of` where even everyone would be no signal."""
    return of - lowest(of, 1 - share, tail)


def _near(of: int, share: float, deviate: float) -> int:
    """The normal distribution's guess, from which the exact count is a few steps away."""
    guess = of * share + deviate * sqrt(of * share * (1 - share))
    return min(of, max(0, floor(guess)))
