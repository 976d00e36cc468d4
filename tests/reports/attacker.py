"""A reader who tries to work out what a report hides, in plain arithmetic that shares nothing with the service."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction

Cell = Hashable
Equation = tuple[Cell, Sequence[Cell]]
"""A total, and the parts that it is the sum of."""


def solved(equations: Iterable[Equation], shown: Mapping[Cell, int | None]) -> dict[Cell, Fraction]:
    """The hidden cells (None) that follow from the shown ones, by elimination over the rationals."""
    pivots: dict[Cell, tuple[dict[Cell, Fraction], Fraction]] = {}
    for equation in equations:
        terms, value = _reduced(*_terms(equation, shown), pivots)
        if not terms:
            assert value == 0, "the figures that are shown contradict each other"
            continue
        lead, by = next(iter(terms.items()))
        row = ({cell: times / by for cell, times in terms.items()}, value / by)
        for other in [cell for cell, (held, _) in pivots.items() if lead in held]:
            pivots[other] = _less(pivots[other], row, pivots[other][0][lead])
        pivots[lead] = row
    return {lead: value for lead, (terms, value) in pivots.items() if len(terms) == 1}


def _terms(equation: Equation, shown: Mapping[Cell, int | None]) -> tuple[dict[Cell, Fraction], Fraction]:
    """Hidden cells with their signs, and the number that they come to."""
    total, parts = equation
    terms: dict[Cell, Fraction] = {}
    value = Fraction(0)
    for cell, sign in [(total, 1), *((part, -1) for part in parts)]:
        count = shown[cell]
        if count is None:
            terms[cell] = terms.get(cell, Fraction(0)) + sign
        else:
            value -= sign * count
    return {cell: times for cell, times in terms.items() if times}, value


def _reduced(terms, value, pivots):
    for lead in [cell for cell in terms if cell in pivots]:
        terms, value = _less((terms, value), pivots[lead], terms[lead])
    return terms, value


def _less(row, other, times):
    terms = dict(row[0])
    for cell, of in other[0].items():
        terms[cell] = terms.get(cell, Fraction(0)) - times * of
    return {cell: of for cell, of in terms.items() if of}, row[1] - times * other[1]


INFINITE = 10**9


def ranges(
    equations: Collection[Equation],
    release: Mapping[Cell, int | None],
    *,
    round_to: int,
    smallest_shown: int,
    least: Callable[[Cell], int],
) -> dict[Cell, tuple[int, int]]:
    """Between what each hidden cell must lie, given rounded figures and the least that each of them can be."""
    found = {cell: _range(count, round_to, smallest_shown, least(cell)) for cell, count in release.items()}
    changed = True
    while changed:
        changed = False
        for total, parts in equations:
            low, high = sum(found[part][0] for part in parts), sum(found[part][1] for part in parts)
            changed |= _narrow(found, total, low, high)
            for part in parts:
                others_low, others_high = low - found[part][0], high - found[part][1]
                changed |= _narrow(found, part, found[total][0] - others_high, found[total][1] - others_low)
                low, high = others_low + found[part][0], others_high + found[part][1]
    return {cell: found[cell] for cell, count in release.items() if count is None}


def _range(count: int | None, round_to: int, smallest_shown: int, least: int) -> tuple[int, int]:
    if count is None:
        return least, INFINITE
    if count == 0:
        return 0, 0
    return max(smallest_shown, count - round_to // 2), count + (round_to - 1) // 2


def _narrow(found: dict[Cell, tuple[int, int]], cell: Cell, low: int, high: int) -> bool:
    was = found[cell]
    found[cell] = max(was[0], low), min(was[1], high, INFINITE)
    assert found[cell][0] <= found[cell][1], "the figures that are shown contradict each other"
    return found[cell] != was
