"""The tables of one report: that of its rows, and those of the years and months from which one could work these out."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from service.reports import periods
from service.reports.areas import Place
from service.reports.cells import Cell, Cells, Layout
from service.reports.counting import Counts
from service.reports.disclosure import Release
from service.reports.report import Period
from service.reports.scene import Scene

YEARS_POOLED = 3


class Tables:
    """What was counted for a scene, as tables of cells. `everywhere` are all places that there are."""

    def __init__(self, seen: Scene, counts: Counts, everywhere: list[Place]) -> None:
        self._seen, self._counts, self.everywhere = seen, counts, everywhere
        self.practices = everywhere[0].practices

    def of_rows(self) -> Cells:
        """The table that the rows are from. Groups of a split are hidden after what the whole hides."""
        months = self._months(self._seen.first, self._seen.on)
        places = [place for place in self.everywhere if self._seen.tells_whole(place)]
        if not self._seen.split:
            return self._cells(places, months, also_hidden=self._given_away_by_years(places))
        whole = self._cells(places, months).release
        told = [place for place in places if self._seen.tells(place)]
        return self._cells(told, months, groups=self._seen.groups, whole=whole)

    def of_stretch(self, first: date, last: date, places: list[Place]) -> Cells:
        """The table of other months, or of another day of a stock, of these places."""
        return self._cells(places, self._months(first, last))

    def counts_anybody(self) -> bool:
        months = set(self._months(self._seen.first, self._seen.on))
        own = {each.code for each in self._seen.parts if not each.given}
        return any(period in months and own & people.keys() for (_, period, _), people in self._counts.people.items())

    def elsewhere(self, code: str) -> int:
        months = set(self._months(self._seen.first, self._seen.on))
        return sum(
            people[code]
            for (practice, period, _), people in self._counts.people.items()
            if period in months and practice not in self.practices
        )

    def days(self, practices: frozenset[str], group: str) -> Counter[int]:
        """How many people of these practices count for how many days."""
        found: Counter[int] = Counter()
        months = set(self._months(self._seen.first, self._seen.on))
        for (practice, period, of), days in self._counts.days.items():
            if practice in practices and period in months and group in ("", of):
                found.update(days)
        return found

    def total(self, day: date) -> Counter[str] | None:
        """The counts of all practices on a day of the trend, where only these were asked for."""
        return self._counts.totals.get(day)

    def _months(self, first: date, last: date) -> list[date]:
        return [last] if self._seen.is_stock else periods.first_days(first, last)

    def _cells(
        self,
        places: list[Place],
        months: Collection[date],
        groups: tuple[str, ...] = (),
        whole: Release[Cell] | None = None,
        also_hidden: Collection[Cell] = frozenset(),
    ) -> Cells:
        layout = Layout(places, self._seen.parts, groups, everything=self._seen.tells_everything)
        return Cells(layout, self._people(months), self._seen.profile, whole, also_hidden)

    def _people(self, months: Collection[date]) -> Mapping[tuple[str, str], Counter[str]]:
        wanted, found = set(months), dict[tuple[str, str], Counter[str]]()
        for (practice, period, group), people in self._counts.people.items():
            if period in wanted:
                found.setdefault((practice, group), Counter()).update(people)
        return found

    def _given_away_by_years(self, places: list[Place]) -> frozenset[Cell]:
        """Of three years pooled: what would give away the one year that is hidden, the other two being shown."""
        if self._seen.asked.period is not Period.THREE_YEARS or self._seen.is_stock:
            return frozenset()
        hidden: Counter[Cell] = Counter()
        for back in range(YEARS_POOLED):
            last = periods.years_before(self._seen.on, back)
            hidden.update(self.of_stretch(periods.starts(last, 12), last, places).release.hidden)
        return frozenset(cell for cell, years in hidden.items() if years == 1)
