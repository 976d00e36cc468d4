"""The trend of a report: the figures of the area asked for, day by day or month by month.

The area is made up of the practices that it has on the day of the report, so that no move of a practice between areas
looks like a change. Practices and networks have a month's point of a stock only; of deaths they have financial years.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from service.reports import figures, periods
from service.reports.cells import Layout
from service.reports.part import Part
from service.reports.report import Figure, Number, Point
from service.reports.scene import Scene
from service.reports.tables import Tables

YEAR = 12


@dataclass(frozen=True, slots=True)
class _Course:
    """What every point of one trend is made with: whether of whole areas, and over which table."""

    seen: Scene
    tables: Tables
    of_areas: bool
    layout: Layout
    practices: frozenset[str]

    @property
    def parts(self) -> list[Part]:
        """The parts that have a trend, and what they are shares of."""
        wholes = {each.of for each in self.seen.parts if each.trend}
        return [each for each in self.seen.parts if each.trend or each.code in wholes]


def points(seen: Scene, tables: Tables) -> tuple[Point, ...]:
    """One point for each day or stretch on which anybody was counted."""
    of_areas = _is_of_areas(seen, tables)
    places = [place for place in tables.around() if place.level.is_area or not of_areas]
    practices = seen.rows_of(tables.everywhere)[0].practices
    course = _Course(seen, tables, of_areas, tables.layout(places), practices)
    return tuple(_of_stock(course) if seen.is_stock else _of_deaths(course))


def _of_stock(course: _Course) -> Iterator[Point]:
    for day in course.seen.days:
        total = course.tables.total(day)
        figured = _all_together(course, total) if total is not None else _figured(course, day, day)
        if figured:
            yield Point(day, day, figured)


def _of_deaths(course: _Course) -> Iterator[Point]:
    for first, last in _stretches(course):
        figured = _figured(course, first, last)
        if figured:
            yield Point(first, last, figured)


def _stretches(course: _Course) -> list[tuple[date, date]]:
    """Months of areas; of practices and networks, and where nothing is rounded, financial years."""
    seen = course.seen
    if seen.tells_everything or (course.of_areas and seen.profile.round_to > 1):
        return [(first, periods.month_end(first)) for first in periods.first_days(seen.earliest, seen.latest)]
    newest = periods.last_financial_year(seen.latest)
    years = [periods.years_before(newest, back) for back in range(seen.asked.months // YEAR)]
    return [(first, last) for last in reversed(years) if (first := periods.starts(last, YEAR)) >= seen.earliest]


def _is_of_areas(seen: Scene, tables: Tables) -> bool:
    """Whether what is asked for is made up of whole areas."""
    if seen.chosen is None:
        return True
    left = set(seen.chosen & tables.practices)
    for place in tables.everywhere:
        if place.level.is_area and place.practices <= seen.chosen:
            left -= place.practices
    return not left


def _figured(course: _Course, first: date, last: date) -> tuple[Figure, ...]:
    cells = course.tables.of_stretch(first, last, course.layout)
    counted = [each.code for each in course.seen.parts if not each.given and not each.sum_of]
    if not any(cells.exact(course.practices, "", code) for code in counted):
        return ()
    return _figures(course, lambda part: cells.of(course.practices, "", part.code))


def _all_together(course: _Course, total: Counter[str]) -> tuple[Figure, ...]:
    if not any(total[each.code] for each in course.parts if not each.given):
        return ()
    profile = course.seen.profile
    return _figures(course, lambda part: total[part.code] if part.given else profile.shown(total[part.code]))


def _figures(course: _Course, number: Callable[[Part], Number]) -> tuple[Figure, ...]:
    is_exact = course.seen.profile.round_to == 1
    return figures.of(course.parts, number, {}, is_small=not course.of_areas, is_exact=is_exact)
