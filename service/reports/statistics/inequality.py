"""The slope index of inequality: how far a share changes from the most to the least deprived of a population.

Weighted regression of the groups' values on their midpoints in the cumulative population (Low and Low, Journal of
Public Health 2004;26:388-395; Public Health England's `phe_sii`). Groups are ordered from the most deprived, so a
positive slope means higher values among the least deprived. It supposes a straight line, which a picture has to show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

from service.reports.statistics.proportions import Z_95, wilson


@dataclass(frozen=True, slots=True)
class Slope:
    """What a straight line rises from the most to the least deprived end, with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """A group's value with its standard error, and how many people it stands for."""

    people: float
    value: float
    error: float


def slope(groups: Sequence[Group]) -> Slope | None:
    """The slope with its 95% interval, from the errors of the groups; None of fewer than two groups with people."""
    groups = [group for group in groups if group.people > 0]
    if len(groups) < 2:
        return None
    everyone = sum(group.people for group in groups)
    weights = [group.people / everyone for group in groups]
    ranks = [upto - weight / 2 for upto, weight in zip(accumulate(weights), weights, strict=True)]
    # Midpoints weighted by their own widths always average one half.
    spread = sum(weight * (rank - 0.5) ** 2 for weight, rank in zip(weights, ranks, strict=True))
    pulls = [weight * (rank - 0.5) / spread for weight, rank in zip(weights, ranks, strict=True)]
    value = sum(pull * group.value for pull, group in zip(pulls, groups, strict=True))
    error = sqrt(sum((pull * group.error) ** 2 for pull, group in zip(pulls, groups, strict=True)))
    return Slope(value, value - Z_95 * error, value + Z_95 * error)


def slope_of_shares(counts: Sequence[tuple[int, int]]) -> Slope | None:
    """The slope over shares, given as (count, of) from the most deprived group; errors from their Wilson intervals."""
    return slope([_group(count, of) for count, of in counts if of])


def _group(count: int, of: int) -> Group:
    low, high = wilson(count, of)
    return Group(of, count / of, (high - low) / (2 * Z_95))
