"""What a reader can work out of a table with hidden cells: the sums of it, solved for what is hidden.

Every sum of the table is a row: total - parts = 0 over its cells, shown ones included, with exact whole numbers. Each
hidden cell either heads one row (and stands in no other), or is free: what heads a row moves with the free cells in
it. This is the tableau of the simplex method, and so answers two questions. Can a cell be solved? It can where it
heads a row without a free cell. How far can it move while every hidden count stays at its least? As far as the
method drives it; what stops it is a sum of hidden cells that a reader knows, and the shown cells of that row say it.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from math import gcd
from typing import Final

Row = dict[int, int]
Count = int | Fraction

_MOST_STEPS: Final = 200
"""Steps of the simplex method for one cell. Steps that stand still could go round; then the cell counts as stuck."""


class Equations:
    """The sums of a table, by numbers of its cells. A cell once hidden stays so, a sum once known too."""

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._rows: list[Row] = []
        self._head: list[int | None] = []
        self._headed: dict[int, int] = {}
        self._free: set[int] = set()
        self._within: list[set[int]] = [set() for _ in counts]

    def add(self, row: Row) -> None:
        """A reader knows one more sum."""
        at = len(self._rows)
        self._rows.append(row)
        self._head.append(None)
        for cell in row:
            self._within[cell].add(at)
        for cell in sorted(row.keys() & self._headed.keys()):
            self._take_away(at, self._rows[self._headed[cell]], cell)
            self._within[cell].discard(at)
        free = row.keys() & self._free
        if free:
            head = min(free)
            self._free.discard(head)
            self._make_head(head, at)

    def hide(self, cell: int) -> None:
        idle = [at for at in self._within[cell] if self._head[at] is None]
        if idle:
            self._make_head(cell, min(idle, key=lambda at: (len(self._rows[at]), at)))
        else:
            self._free.add(cell)

    def idle_rows(self, cell: int) -> list[Row]:
        """The rows of a shown cell that say nothing of any hidden one, and would of this one."""
        return [self._rows[at] for at in self._within[cell] if self._head[at] is None]

    def connected(self, cells: Iterable[int]) -> set[int]:
        """The hidden cells that these hang together with, by sums of hidden cells: what they do bears on them."""
        found, waiting = set[int](), list(cells)
        while waiting:
            cell = waiting.pop()
            for at in self._within[cell]:
                fresh = {each for each in self._rows[at] if each in self._free or each == self._head[at]} - found
                found |= fresh
                waiting.extend(fresh)
        return found

    def moved(self, cell: int, goal: int, *, least: int) -> tuple[dict[int, Count], Sequence[int]]:
        """Another table that a reader cannot tell from this one, with the cell at `goal`: the counts that differ.

        No hidden count in it is under `least`, or under what it is. The counts are empty where there is none; then
        come the cells of the row that stands against it.
        """
        counts: dict[int, Count] = {cell: self._counts[cell]}
        up = goal > self._counts[cell]
        if cell in self._free:
            stop = self._push(counts, cell, up=up, far=abs(goal - self._counts[cell]), least=least)
            if counts[cell] == goal or stop is None:
                return counts, ()
            self._swap(stop, cell)
        for _ in range(_MOST_STEPS):
            row = self._rows[self._headed[cell]]
            push = self._next_push(row, cell, counts, up=up, least=least)
            if push is None:
                return {}, list(row)
            other, other_up = push
            short = goal - counts[cell] if up else counts[cell] - goal
            far = _divided(short * abs(row[cell]), abs(row[other]))
            stop = self._push(counts, other, up=other_up, far=far, least=least)
            if counts[cell] == goal:
                return counts, ()
            if stop is not None:
                self._swap(stop, other)
        return {}, list(self._rows[self._headed[cell]])

    def _next_push(
        self, row: Row, head: int, counts: dict[int, Count], *, up: bool, least: int
    ) -> tuple[int, bool] | None:
        """A free cell of the row that can move the head where it should go, and whether it goes up itself.

        Of several the one in the fewest rows, as all of them change when it takes over as a head.
        """
        found: tuple[int, int, bool] | None = None
        for other, times in row.items():
            if other not in self._free:
                continue
            other_up = (times * row[head] < 0) == up
            if other_up or counts.get(other, self._counts[other]) > min(least, self._counts[other]):
                rows = len(self._within[other])
                found = min(found or (rows, other, other_up), (rows, other, other_up))
        return found[1:] if found else None

    def _push(self, counts: dict[int, Count], free: int, *, up: bool, far: Count, least: int) -> int | None:
        """Move a free cell, and all that moves with it, until one of them is at its least: that head, or None."""
        stop: int | None = None
        if not up:
            far = min(far, counts.get(free, self._counts[free]) - min(least, self._counts[free]))
        moving = []
        for at in self._within[free]:
            head = self._head[at]
            if head is None:
                continue
            row = self._rows[at]
            times = -row[free] if up else row[free]
            moving.append((head, times, row[head]))
            if times * row[head] < 0:
                room = counts.get(head, self._counts[head]) - min(least, self._counts[head])
                limit = _divided(room * abs(row[head]), abs(times))
                if limit < far or (limit == far and stop is not None and head < stop):
                    far, stop = limit, head
        if far:
            counts[free] = counts.get(free, self._counts[free]) + (far if up else -far)
            for head, times, of in moving:
                counts[head] = counts.get(head, self._counts[head]) + _divided(far * times, of)
        return stop

    def _swap(self, head: int, free: int) -> None:
        at = self._headed.pop(head)
        self._free.discard(free)
        self._free.add(head)
        self._make_head(free, at)

    def _make_head(self, cell: int, at: int) -> None:
        row = self._rows[at]
        self._head[at] = cell
        self._headed[cell] = at
        for other in self._within[cell] - {at}:
            self._take_away(other, row, cell)
        self._within[cell] = {at}

    def _take_away(self, at: int, row: Row, cell: int) -> None:
        """Take so much of the row from another one that the cell is gone from it."""
        held = self._rows[at]
        times, by = held.pop(cell), row[cell]
        is_scaled = by not in (1, -1)
        if is_scaled:
            shared = gcd(times, by)
            times, by = times // shared, by // shared
            for other in held:
                held[other] *= by
            by = 1
        times *= by
        for other, value in row.items():
            if other == cell:
                continue
            left = held.get(other, 0) - times * value
            if left:
                if other not in held:
                    self._within[other].add(at)
                held[other] = left
            elif other in held:
                del held[other]
                self._within[other].discard(at)
        if is_scaled and held:
            _reduce(held)


def _reduce(row: Row) -> None:
    """Without this, factors grow to hundreds of digits over thousands of steps."""
    shared = gcd(*row.values())
    if shared > 1:
        for cell in row:
            row[cell] //= shared


def _divided(count: Count, by: int) -> Count:
    whole, rest = divmod(count, by)
    return Fraction(count) / by if rest else whole


def row_of(total: int, parts: Iterable[int], out: AbstractSet[int] = frozenset()) -> Row:
    """One sum as a row; what stands on both sides cancels, and what is out for good bears on nothing."""
    row: Row = {total: 1}
    for part in parts:
        row[part] = row.get(part, 0) - 1
    return {cell: times for cell, times in row.items() if times and cell not in out}
