"""Small numbers of people are hidden, and so is whatever would give them away.

NHS Digital's rule for sub-national counts: 1 to 7 are hidden, zero is shown. A total gives a hidden count away where
it can be worked out from what is shown: totals of networks and areas are equations in the hidden practices, so we
solve them as a reader could, and hide the next smallest neighbour until nothing more can be solved. A sum of hidden
counts that comes to 7 or less is a small number too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Cell:
    """A count that a report would print: of one practice, or of all practices of a network or an area."""

    level: str
    code: str
    practices: frozenset[str]
    count: int


class Protected:
    """What of some cells may be shown. Cells of one practice must be among them for every practice."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = sorted(cells, key=lambda cell: (len(cell.practices), cell.count, cell.level, cell.code))
        self._hidden = {cell for cell in cells if is_small(cell.count)}
        self._counts = {
            practice: cell.count for cell in cells if len(cell.practices) == 1 for practice in cell.practices
        }
        while exposed := self._exposed():
            self._hidden |= {self._cover(cell) for cell in exposed}

    def count(self, cell: Cell) -> int | Hidden:
        """The count of a cell, or of a sum of practices that is no cell: then only if a reader could add it up."""
        if cell in self._cells:
            return HIDDEN if cell in self._hidden else cell.count
        known = not is_small(cell.count) and not _left_over(self._equation(cell), self._solved)
        return cell.count if known else HIDDEN

    def _equation(self, cell: Cell) -> Equation:
        return {practice: Fraction(1) for practice in cell.practices if practice in self._unknown}

    def _exposed(self) -> list[Cell]:
        """Hidden cells that a reader can work out, or see to be small together with others."""
        self._unknown = {next(iter(cell.practices)) for cell in self._hidden if len(cell.practices) == 1}
        shown = [cell for cell in self._cells if cell not in self._hidden and len(cell.practices) > 1]
        shown += [cell for cell in self._cells if cell not in self._hidden and cell.practices <= self._unknown]
        self._solved = _solved([self._equation(cell) for cell in shown])
        exposed = [cell for cell in self._hidden if not _left_over(self._equation(cell), self._solved)]
        return exposed + [self._largest_within(set(each)) for each in self._solved.values() if self._is_small(each)]

    def _is_small(self, equation: Equation) -> bool:
        return is_small(int(sum(self._counts[practice] * times for practice, times in equation.items())))

    def _largest_within(self, practices: set[str]) -> Cell:
        return [cell for cell in self._cells if cell in self._hidden and set(self._equation(cell)) <= practices][-1]

    def _cover(self, exposed: Cell) -> Cell:
        """The cell to hide next for the sake of this one: the smallest neighbour of its level, or else a total."""
        shown = [cell for cell in self._cells if cell not in self._hidden and cell.count]
        for total in (cell for cell in shown if cell.practices >= exposed.practices):
            neighbours = [cell for cell in shown if cell.level == exposed.level and cell.practices < total.practices]
            return min(neighbours, key=lambda cell: (cell.count, cell.code), default=total)
        within = [cell for cell in shown if cell.practices & exposed.practices]
        return min(within, key=lambda cell: (len(cell.practices), cell.count, cell.code))


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
