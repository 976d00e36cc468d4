"""The four rules of special cause variation over consecutive points, as Making Data Count (NHS England) has them.

Sides and directions are 1 (above, up), -1 (below, down) or 0. Each function tells of every point whether it is part of
what the rule looks for: the whole run of seven, not only its last point.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

RUN = 7


def shifts(sides: Sequence[int]) -> list[bool]:
    """Part of seven or more points on one side of the centre; a point on the centre ends a run."""
    return _in_a_run(sides, range(len(sides)), RUN, width=1)


def trends(values: Sequence[float]) -> list[bool]:
    """Part of seven or more points each higher, or each lower, than the one before."""
    return _in_a_run(directions(values), range(len(values)), RUN - 1, width=2)


def directions(values: Sequence[float]) -> list[int]:
    """Of each step from a point to the next: up, down or level."""
    return [(after > before) - (after < before) for before, after in pairwise(values)]


def near_limits(sides: Sequence[int], is_near: Sequence[bool]) -> list[bool]:
    """Near a limit and one of two among three consecutive points that lie on one side of the centre."""
    found = [False] * len(sides)
    for at in range(len(sides) - 2):
        three = range(at, at + 3)
        if abs(sum(sides[each] for each in three)) == 3 and sum(is_near[each] for each in three) >= 2:
            for each in three:
                found[each] = found[each] or is_near[each]
    return found


def _in_a_run(signs: Sequence[int], points: Iterable[int], length: int, *, width: int) -> list[bool]:
    """Of each point whether it belongs to so many equal signs in a row; a sign belongs to `width` points."""
    found = [False for _ in points]
    for at in range(len(signs) - length + 1):
        if abs(sum(signs[at : at + length])) == length:
            found[at : at + length + width - 1] = [True] * (length + width - 1)
    return found
