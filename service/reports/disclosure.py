"""Small numbers of people are hidden, and so is whatever would give them away; then what is shown is rounded.

A profile (`disclosure_profile`) says how small: NHS Digital's rule hides 1 to 7 and rounds to 5; zero is shown.
Counts hang together: a network is the sum of its practices, the whole is the part and the rest, a pooled count is the
sum of its years. `protected` gets all these sums and works on them as a reader would (see `equations`). Every hidden
cell could, by all that is shown, be one more than it is, and be more than a small number. So it can neither be solved
nor is it in any sum of hidden cells that is known and small. Where that fails, the next smallest cell that the reader
needed is hidden as well, practices before networks before areas.

What is hidden is decided as if exact counts were shown, so rounding only takes more away.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import heappop, heappush
from typing import Any, Generic, NamedTuple, TypeVar

from service.reports.disclosure_profile import HIDDEN, Hidden, Profile
from service.reports.equations import Equations, Row, row_of

Cell = TypeVar("Cell", bound=Hashable)
"""Whatever names a count: a place and a part, a month, a group."""


class Sum(NamedTuple, Generic[Cell]):
    """An equation that every reader knows: the total is the parts added up. All of them are cells."""

    total: Cell
    parts: Sequence[Cell]


class Release(Mapping[Cell, "int | Hidden"]):
    """What is shown of each cell: its rounded count, or HIDDEN."""

    def __init__(
        self,
        counts: Mapping[Cell, int],
        sums: Sequence[Sum[Cell]],
        profile: Profile,
        hidden: AbstractSet[int],
    ) -> None:
        self.counts, self.sums = counts, sums
        self._by_part: dict[Cell, list[Sum[Cell]]] = {}
        self._profile = profile
        self._hidden = {cell: number for number, cell in enumerate(counts) if number in hidden}

    def __getitem__(self, cell: Cell) -> int | Hidden:
        return HIDDEN if cell in self._hidden else self._profile.rounded(self.counts[cell])

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def hidden(self) -> frozenset[Cell]:
        return frozenset(self._hidden)

    def sum_of(self, cells: Iterable[Cell]) -> int | Hidden:
        """The sum of cells that is no cell itself, such as two areas asked for together.

        It is added up from what is shown, as a reader would: rounded by itself, it would show more of the exact counts
        with every choice of areas.
        """
        shown = [self[cell] for cell in self._largest(cells)]
        return sum(each for each in shown if each is not HIDDEN) if HIDDEN not in shown else HIDDEN

    def _largest(self, cells: Iterable[Cell]) -> set[Cell]:
        """The same people in fewer cells: totals in place of all of their parts."""
        left = set(cells)
        waiting = list(left)
        while waiting:
            for each in self._sums_with(waiting.pop()):
                if left.issuperset(each.parts):
                    left = left.difference(each.parts) | {each.total}
                    waiting.append(each.total)
                    break
        return left

    def _sums_with(self, cell: Cell) -> Sequence[Sum[Cell]]:
        if not self._by_part:
            for each in self.sums:
                for part in each.parts:
                    self._by_part.setdefault(part, []).append(each)
        return self._by_part.get(cell, ())


def protected(
    counts: Mapping[Cell, int],
    sums: Iterable[Sum[Cell]],
    profile: Profile,
    *,
    turn: Callable[[Cell], Any] = lambda cell: 0,
    stage: Callable[[Cell], Any] = lambda cell: 0,
    also_hidden: Collection[Cell] = frozenset(),
    released: Collection[Cell] = frozenset(),
    years: Sequence[Release[Cell]] = (),
) -> Release[Cell]:
    """What may be shown of the counts, given every sum that connects them.

    `turn` says, by a sort key, which cells are given up first for the sake of others; of one turn the smallest goes,
    and of equal ones the first in `counts`. `stage` says, by another, what is decided first, as if there were nothing
    else, and then stays so: what several reports have in common comes before what is one's own, and what was published
    earlier before what came later, so that all of them hide the same. Between reports, `also_hidden` are cells that
    another one hides, and `released` those that it shows and that can be hidden no more. `years` are what was shown of
    the years that these counts are pooled from (see `_pooled`).
    """
    sums = list(sums)
    if not profile.hidden_up_to:
        return Release(counts, sums, profile, set())
    if years:
        return _pooled(counts, sums, profile, turn, stage, years, also_hidden)
    numbers = {cell: number for number, cell in enumerate(counts)}
    made = _Protection(list(counts.values()), [(turn(cell), count) for cell, count in counts.items()], profile)
    made.take(
        hidden=[numbers[cell] for cell in also_hidden if cell in numbers],
        released=[numbers[cell] for cell in released if cell in numbers],
    )
    out = {numbers[cell] for cell in released if counts.get(cell)}
    rows = [row_of(numbers[each.total], (numbers[part] for part in each.parts), out) for each in sums]
    for cells, of_stage in _staged([stage(cell) for cell in counts], rows):
        made.decide(cells, of_stage)
    return Release(counts, sums, profile, made.hidden)


def _pooled(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum[Cell]],
    profile: Profile,
    turn: Callable[[Cell], Any],
    stage: Callable[[Cell], Any],
    years: Sequence[Release[Cell]],
    also_hidden: Collection[Cell],
) -> Release[Cell]:
    """Years pooled, when each of them was shown by itself: protected together with all that the years tell.

    A pooled count is known where all of its years are shown. It is hidden where some are hidden and some are not, as
    another three years, which share hidden ones with these, would give away the difference. So it tells something new
    only where every year of it is hidden: that is what pooling is for.
    """
    whole = {(0, cell): count for cell, count in counts.items()}
    parts = {(at, cell): count for at, year in enumerate(years, 1) for cell, count in year.counts.items()}
    links = [
        Sum((0, cell), [(at, cell) for at in range(1, len(years) + 1)])
        for cell in counts
        if all(cell in year for year in years)
    ]
    hidden = {(at, cell) for at, year in enumerate(years, 1) for cell in year.hidden}
    of_hidden = {each.total: len(hidden.intersection(each.parts)) for each in links}
    mixed = {cell for cell, times in of_hidden.items() if 0 < times < len(years) or (times and not whole[cell])}
    known = {cell for cell, times in of_hidden.items() if not times}
    everything = [(0, sums), *((at, year.sums) for at, year in enumerate(years, 1))]
    found = protected(
        whole | parts,
        [*links, *(_of_year(at, each) for at, of_year in everything for each in of_year)],
        profile,
        turn=lambda cell: turn(cell[1]),
        stage=lambda cell: (False,) if cell[0] else (True, stage(cell[1])),
        also_hidden=hidden | mixed | ({(0, cell) for cell in also_hidden} - known),
        released=(parts.keys() - hidden) | known,
    )
    shown = {number for number, cell in enumerate(counts) if (0, cell) in found.hidden}
    return Release(counts, sums, profile, shown)


def _of_year(at: int, each: Sum[Cell]) -> Sum[tuple[int, Cell]]:
    return Sum((at, each.total), [(at, part) for part in each.parts])


def _staged(stages: Sequence[Any], rows: Iterable[Row]) -> Iterator[tuple[list[int], list[Row]]]:
    """The cells of each stage, and the sums that it completes."""
    cells: dict[Any, list[int]] = {}
    complete: dict[Any, list[Row]] = {}
    for cell, stage in enumerate(stages):
        cells.setdefault(stage, []).append(cell)
    for row in rows:
        if row:
            complete.setdefault(max(stages[cell] for cell in row), []).append(row)
    for stage in sorted(cells):
        yield cells[stage], complete.get(stage, [])


class _Protection:
    """Hides cell after cell, by their numbers, until nothing that is hidden can be worked out."""

    def __init__(self, counts: Sequence[int], turns: Sequence[tuple[Any, int]], profile: Profile) -> None:
        self.equations = Equations(counts)
        self.hidden: set[int] = set()
        self._counts = counts
        self._turns = [(*turn, number) for number, turn in enumerate(turns)]
        self._profile = profile
        self._shown: set[int] = set()
        self._zeros: set[int] = set()
        self._taken: set[int] = set()
        self._safe: set[int] = set()
        self._waiting: list[tuple[Any, int]] = []

    def take(self, *, hidden: Iterable[int], released: Iterable[int]) -> None:
        """What other reports decided."""
        self._taken.update(released)
        for cell in hidden:
            self._taken.add(cell)
            self.hidden.add(cell)

    def decide(self, cells: Sequence[int], rows: Sequence[Row]) -> None:
        """Which of these cells are hidden, now that these sums are known as well. All others stay as they are."""
        for cell in cells:
            if cell in self.hidden:
                self._hide(cell)
        self._look_again(rows)
        self._shown = {cell for cell in cells if self._counts[cell] and cell not in self._taken}
        zeros = {cell for cell in cells if not self._counts[cell] and cell not in self._taken}
        unsaid = zeros | self.hidden
        of_nobody = [row for row in rows if not any(map(self._counts.__getitem__, row)) and not unsaid.issuperset(row)]
        self._zeros = zeros.difference(*of_nobody)
        open_ = self._shown | self._zeros | self.hidden  # whatever is shown for good bears on nothing
        for row in rows:
            self.equations.add({cell: times for cell, times in row.items() if cell in open_})
        small = [cell for cell in cells if cell in self._shown and self._profile.is_small(self._counts[cell])]
        for cell in sorted(small, key=self._turns.__getitem__):
            self._hide(cell)
        while self._waiting:
            self._make_safe(heappop(self._waiting)[1])

    def _look_again(self, rows: Sequence[Row]) -> None:
        """At whatever was safe as these sums were not known, and hangs together with a cell of them."""
        within = self.hidden.intersection(set[int]().union(*rows)) if self._safe else set[int]()
        for cell in self.equations.connected(within) & self._safe:
            self._safe.discard(cell)
            heappush(self._waiting, (self._turns[cell], cell))

    def _hide(self, cell: int) -> None:
        self.hidden.add(cell)
        self._shown.discard(cell)
        self._zeros.discard(cell)
        self.equations.hide(cell)
        heappush(self._waiting, (self._turns[cell], cell))

    def _make_safe(self, cell: int) -> None:
        """Nothing if it is safe; else hide one more cell, and come back. A zero is hidden only where nothing else is
        left that could be. A cell that nothing can cover stays so: a reader knew it from what was shown before.
        """
        if cell in self._safe:
            return
        needed = self._what_gives_away(cell)
        if not needed:
            return
        next_one = self._first_of(needed, self._shown) or self._first_of(needed, self._shown | self._zeros)
        if next_one:
            self._hide(next_one[-1])
            heappush(self._waiting, (self._turns[cell], cell))

    def _first_of(self, needed: Sequence[int], among: AbstractSet[int]) -> tuple[Any, ...] | None:
        """The turn of the cell to hide next: one whose hiding takes something from the reader, as no sum of others
        that must stay shown gives it back.
        """
        useful = [
            self._turns[cell]
            for cell in needed
            if cell in among
            and all(any(other in among for other in row if other != cell) for row in self.equations.idle_rows(cell))
        ]
        return min(useful, default=None)

    def _what_gives_away(self, cell: int) -> Sequence[int]:
        """The cells of the sum by which a reader can tell what a hidden cell is, or that it is small; none if safe.

        Readers know that zero is shown wherever it can be. That alone must not pin a cell, so it must be able to move
        either way while all are at least 1. And it must be able to exceed a small number while all are at least 0, or
        else it is in a sum of hidden cells that is small.
        """
        count = self._counts[cell]
        enough = max(count, self._profile.hidden_up_to) + 1
        moved, against = self.equations.moved(cell, enough, least=1)
        if not moved:
            moved, against = self.equations.moved(cell, enough, least=0)
            if not moved:
                return against
            moved, against = self.equations.moved(cell, count + 1, least=1)
            if not moved and count > 1:
                moved, against = self.equations.moved(cell, count - 1, least=1)
            if not moved:
                return against
        self._safe.add(cell)
        return ()
