"""Small numbers of people are hidden, and so is whatever would give them away.

NHS Digital's rule for sub-national counts: 1 to 7 are hidden, zero is shown. A total gives a hidden count away where
it can be worked out from what is shown: totals of networks and areas are equations in the hidden practices, so we
solve them as a reader could, and hide the next smallest neighbour until nothing more can be solved. A sum of hidden
counts that comes to 7 or less is a small number too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import Final

SMALLEST_SHOWN = 8

Equation = dict[str, Fraction]
"""Coefficients of hidden practices in a sum that a reader knows."""


class Hidden(Enum):
    """A count that is known and not shown."""

    HIDDEN = "*"

    def __str__(self) -> str:
        return "*"


HIDDEN: Final = Hidden.HIDDEN


def is_small(count: int) -> bool:
    return 0 < count < SMALLEST_SHOWN


Practices = frozenset[str]
"""A cell of a report: one practice, or the practices of a network or of an area. Equal ones share their fate."""


class Protected:
    """Which counts of cells may be shown. The cells hold every practice by itself, too."""

    def __init__(self, counts: Mapping[Practices, int]) -> None:
        self._counts = counts
        self._hidden = {cell for cell, count in counts.items() if is_small(count)}
        while exposed := self._exposed():
            first = min(map(self._turn, exposed))
            self._hidden |= {self._cover(cell) for cell in exposed if self._turn(cell) == first}

    def _turn(self, cell: Practices) -> tuple[int, bool]:
        """Practices first, and small counts before their neighbours: covering one often covers what gave it away."""
        return len(cell), not is_small(self._counts[cell])

    def count(self, cell: Practices, count: int) -> int | Hidden:
        """The count of a cell, or of a sum of practices that is no cell: then only if a reader could add it up."""
        if cell in self._counts:
            return HIDDEN if cell in self._hidden else count
        adds_up = not _left_over(_equation(cell & self._unknown), self._solved)
        return count if adds_up and not is_small(count) else HIDDEN

    def _exposed(self) -> list[Practices]:
        """Hidden cells that a reader can work out, or see to be small together with others."""
        self._unknown = frozenset[str]().union(*(cell for cell in self._hidden if len(cell) == 1))
        self._shown = sorted(
            self._counts.keys() - self._hidden, key=lambda cell: (len(cell), self._counts[cell], min(cell))
        )
        sums = [cell & self._unknown for cell in self._shown if cell & self._unknown]
        self._solved = _solved([_equation(practices) for practices in sums])
        exposed = [cell for cell in self._hidden if not _left_over(_equation(cell & self._unknown), self._solved)]
        apart = {frozenset(equation) for equation in self._solved.values() if min(equation.values()) > 0}
        small = [each for each in apart.union(sums, _differences(sums)) if self._is_small(each)]
        return exposed + [self._largest_within(practices) for practices in small]

    def _is_small(self, practices: Practices) -> bool:
        return is_small(sum(self._counts[frozenset({practice})] for practice in practices))

    def _largest_within(self, practices: Practices) -> Practices:
        within = [cell for cell in self._hidden if cell & self._unknown <= practices]
        return max(within, key=lambda cell: (len(cell), sorted(cell)))

    def _cover(self, exposed: Practices) -> Practices:
        """The cell to hide next for the sake of this one, or a total that gives it away where no neighbour is left."""
        shown = [cell for cell in self._shown if self._counts[cell]]
        alone = exposed & self._unknown
        if not alone:
            return self._smallest([cell for cell in shown if len(cell) == 1 and cell < exposed])
        totals = [cell for cell in shown if cell >= alone]
        for total in totals:
            parts, rest = _parts(total, shown, exposed)
            if rest & self._unknown == alone or self._is_small(rest & self._unknown):
                neighbours = [cell for cell in shown if len(cell) == 1 and cell <= rest - alone]
                return self._smallest(neighbours or parts or [total])
        return (totals or [cell for cell in shown if cell & alone])[0]

    def _smallest(self, cells: Sequence[Practices]) -> Practices:
        return min(cells, key=lambda cell: (self._counts[cell], len(cell), sorted(cell)))


def _parts(total: Practices, shown: Sequence[Practices], exposed: Practices) -> tuple[list[Practices], Practices]:
    """The largest shown cells within a total, beside the exposed one, and the practices that are in none of them."""
    parts: list[Practices] = []
    rest = total
    for cell in reversed(shown):
        if len(cell) > 1 and cell < total and cell <= rest - exposed:
            parts.append(cell)
            rest -= cell
    return parts, rest


def _equation(practices: Practices) -> Equation:
    return dict.fromkeys(practices, Fraction(1))


def _differences(sums: Sequence[Practices]) -> set[Practices]:
    """What is left of a known sum when another one within it is taken away."""
    around: dict[str, set[Practices]] = defaultdict(set)
    for practices in sums:
        for practice in practices:
            around[practice].add(practices)
    return {
        practices - within
        for practices in set(sums)
        for within in set[Practices]().union(*(around[practice] for practice in practices))
        if within < practices
    }


def _solved(equations: Sequence[Equation]) -> dict[str, Equation]:
    """Gauss-Jordan: independent equations by their leading practice, which no other one of them contains."""
    solved: dict[str, Equation] = {}
    for equation in equations:
        rest = _left_over(equation, solved)
        if rest:
            lead = min(rest)
            rest = {practice: times / rest[lead] for practice, times in rest.items()}
            for other in [key for key, held in solved.items() if lead in held]:
                solved[other] = _minus(solved[other], rest, solved[other][lead])
            solved[lead] = rest
    return solved


def _left_over(equation: Equation, solved: Mapping[str, Equation]) -> Equation:
    """What remains of an equation once all that is known is taken from it; empty where it follows from that."""
    for lead in [practice for practice in equation if practice in solved]:
        equation = _minus(equation, solved[lead], equation[lead])
    return equation


def _minus(equation: Equation, other: Equation, times: Fraction) -> Equation:
    difference = dict(equation)
    for practice, coefficient in other.items():
        difference[practice] = difference.get(practice, Fraction(0)) - times * coefficient
    return {practice: coefficient for practice, coefficient in difference.items() if coefficient}
