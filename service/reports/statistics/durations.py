"""Median and quartiles of days."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple


class Quartiles(NamedTuple):
    """In days; the median lies between the quartiles."""

    low: float
    median: float
    high: float


def quartiles(people: Mapping[int, int]) -> Quartiles:
    """The quartiles of days, from how many people there are of each. Raises ValueError of nobody.

    The value up to which the share of people lies; halfway to the next where it ends exactly there (definition 2 of
    Hyndman and Fan, American Statistician 1996;50:361: the common median).
    """
    counted = sorted((days, count) for days, count in people.items() if count)
    if not counted:
        raise ValueError("Nobody has a median")
    return Quartiles(*(_quantile(counted, Fraction(quarter, 4)) for quarter in (1, 2, 3)))


def _quantile(counted: list[tuple[int, int]], share: Fraction) -> float:
    upto = list(accumulate(count for _, count in counted))
    wanted = share * upto[-1]
    at = next(place for place, people in enumerate(upto) if people >= wanted)
    days = counted[at][0]
    return (days + counted[at + 1][0]) / 2 if upto[at] == wanted else float(days)
