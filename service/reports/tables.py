"""The tables of one report: that of its rows, and those of the years and months from which one could work these out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from service.reports import periods
from service.reports.areas import Place
from service.reports.cells import Cell, Cells, Layout
from service.reports.counting import Counts
from service.reports.disclosure import Release
from service.reports.report import Level, Period
from service.reports.scene import Scene

YEARS_POOLED = 3


class Tables:
    """What was counted for a scene, as tables of cells. `everywhere` are all places that there are."""

    def __init__(self, seen: Scene, counts: Counts, everywhere: list[Place]) -> None:
        self._seen, self._counts, self.everywhere = seen, counts, everywhere
        self.practices = everywhere[0].practices
        self._of_month: dict[date, list[tuple[str, str, Counter[str]]]] = defaultdict(list)
        for (practice, month, group), people in counts.people.items():
            self._of_month[month].append((practice, group, people))
        self._days_of: dict[str, list[tuple[str, Counter[int]]]] = defaultdict(list)
        of_rows = set(self._months(seen.first, seen.on))
        for (practice, month, group), days in counts.days.items():
            if month in of_rows:
                self._days_of[practice].append((group, days))

    def of_rows(self) -> Cells:
        """The table that the rows are from."""
        seen = self._seen
        layout = self.layout([place for place in self.everywhere if seen.tells(place)], seen.groups)
        pooled = seen.asked.period is Period.THREE_YEARS and not seen.is_stock
        return self._table(seen.first, seen.on, layout, pooled=pooled)

    def _table(self, first: date, last: date, layout: Layout, *, pooled: bool = False) -> Cells:
        """Where groups are made of whole practices, what is hidden of these bears on them."""
        seen, months = self._seen, self._months(first, last)
        also_hidden: set[Cell] = set()
        if layout.groups and seen.split and seen.split.of_practice and not seen.tells_everything:
            whole = self.layout([place for place in self.everywhere if seen.tells_whole(place)])
            also_hidden.update(self._table(first, last, whole, pooled=pooled).groups_of_few(layout))
        return self._cells(layout, months, self._years(layout, last) if pooled else (), also_hidden)

    def layout(self, places: Sequence[Place], groups: tuple[str, ...] = ()) -> Layout:
        seen = self._seen
        return Layout(places, seen.one.parts, groups, seen.parts, everything=seen.tells_everything)

    def of_stretch(self, first: date, last: date, layout: Layout) -> Cells:
        """The table of other months, or of another day of a stock."""
        return self._cells(layout, self._months(first, last))

    def around(self) -> list[Place]:
        """All areas, which are hidden alike whichever of them is asked for; and of practices and networks those of the
        ICBs that what is asked for lies in: what is hidden of it depends on no others.
        """
        chosen = self._seen.chosen
        if chosen is None:
            return self.everywhere
        boards = [each.practices for each in self.everywhere if each.level is Level.ICB and each.practices & chosen]
        within = frozenset().union(*boards)
        near = [each for each in self.everywhere if each.level.is_area or each.practices <= within]
        return near if chosen & self.practices <= within else self.everywhere

    def counts_anybody(self) -> bool:
        own = {each.code for each in self._seen.parts if not each.given}
        return any(own & people.keys() for _, _, people in self._of_rows())

    def months_of(self, code: str) -> int:
        """In how many months of the rows anything is known of a part."""
        months = self._months(self._seen.first, self._seen.on)
        return sum(any(people[code] for _, _, people in self._of_month[month]) for month in months)

    def elsewhere(self, code: str) -> int:
        """People of a part at practices that are in no row."""
        return sum(people[code] for practice, _, people in self._of_rows() if practice not in self.practices)

    def days(self, practices: frozenset[str], group: str) -> Counter[int]:
        """How many people of these practices count for how many days."""
        found: Counter[int] = Counter()
        for practice in practices & self._days_of.keys():
            for of, days in self._days_of[practice]:
                if group in ("", of):
                    found.update(days)
        return found

    def total(self, day: date) -> Counter[str] | None:
        """The counts of all practices on a day of the trend, where only these were asked for."""
        return self._counts.totals.get(day)

    def _of_rows(self) -> Iterator[tuple[str, str, Counter[str]]]:
        for month in self._months(self._seen.first, self._seen.on):
            yield from self._of_month[month]

    def _months(self, first: date, last: date) -> list[date]:
        return [last] if self._seen.is_stock else periods.first_days(first, last)

    def _cells(
        self,
        layout: Layout,
        months: Iterable[date],
        years: Sequence[Release[Cell]] = (),
        also_hidden: Collection[Cell] = (),
    ) -> Cells:
        people: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for month in months:
            for practice, group, counted in self._of_month[month]:
                people[practice, group].update(counted)
        return Cells(layout, people, self._seen.profile, years, also_hidden)

    def _years(self, layout: Layout, on: date) -> list[Release[Cell]]:
        """Of three years pooled: what is shown of each of them by itself."""
        ends = [periods.years_before(on, back) for back in range(YEARS_POOLED)]
        return [self._table(periods.starts(last, 12), last, layout).release for last in ends]
