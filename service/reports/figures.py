"""From a count and a list to the figures that are printed. A hidden count hides all that is made of it."""

from fractions import Fraction
from math import ceil

from service.reports.disclosure import HIDDEN, Hidden
from service.reports.measure import Figures
from service.reports.statistics import wilson

HALF_PERCENT = Fraction(1, 200)
EXPECTED = Fraction(3, 4) * Fraction(8_500, 771_500)
"""Three quarters of deaths are foreseeable; 8,500 of 771,500 people die in a year (Stoke and North Staffordshire)."""


def of(numerator: int | Hidden | None, denominator: int, *, list_of: str, baseline: float) -> Figures:
    """The figures of one place. There are none but the counts where the list is empty or shorter than the register."""
    if isinstance(numerator, Hidden):
        return Figures(HIDDEN, denominator, list_of, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
    if numerator is None or not 0 <= numerator <= denominator or denominator == 0:
        return Figures(numerator, denominator, list_of)
    low, high = wilson(numerator, denominator)
    return Figures(
        numerator=numerator,
        denominator=denominator,
        list_of=list_of,
        rate=round(numerator / denominator, 5),
        low=round(low, 5),
        high=round(high, 5),
        ratio=round(numerator / denominator / baseline, 2),
        short_of_half_percent=short(HALF_PERCENT, numerator, denominator),
        short_of_expected=short(EXPECTED, numerator, denominator),
    )


def short(target: Fraction, numerator: int, denominator: int) -> int:
    """How many people more would reach the target: an area's own figure, not the sum of its practices'."""
    return max(0, ceil(target * denominator) - numerator)
