"""The trend of a report: the figures of the area asked for, day by day or month by month.

The area is made up of the practices that it has on the day of the report, so that no move of a practice between areas
looks like a change. Practices and networks have a month's point of a stock only; of deaths they have financial years.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from service.reports import figures, periods
from service.reports.report import Figure, Number, Point
from service.reports.scene import Scene
from service.reports.tables import Tables

YEAR = 12


def points(seen: Scene, tables: Tables) -> tuple[Point, ...]:
    """One point for each day or stretch on which anybody was counted."""
    return tuple(_of_stock(seen, tables) if seen.is_stock else _of_deaths(seen, tables))


def _of_stock(seen: Scene, tables: Tables) -> Iterator[Point]:
    for day in seen.days:
        total = tables.total(day)
        figured = _all_together(seen, total) if total is not None else _figured(seen, tables, day, day)
        if figured:
            yield Point(day, day, figured)


def _of_deaths(seen: Scene, tables: Tables) -> Iterator[Point]:
    for first, last in _stretches(seen, tables):
        figured = _figured(seen, tables, first, last)
        if figured:
            yield Point(first, last, figured)


def _stretches(seen: Scene, tables: Tables) -> list[tuple[date, date]]:
    if _is_of_areas(seen, tables) or seen.asked.own:
        return [(first, periods.ends(first)) for first in periods.first_days(seen.earliest, seen.latest)]
    newest, oldest = periods.last_financial_year(seen.latest), seen.earliest
    years = [periods.years_before(newest, back) for back in range(seen.asked.months // YEAR)]
    return [(first, last) for last in reversed(years) if (first := periods.starts(last, YEAR)) >= oldest]


def _is_of_areas(seen: Scene, tables: Tables) -> bool:
    """Whether what is asked for is made up of whole areas."""
    if seen.chosen is None:
        return True
    left = set(seen.chosen & tables.practices)
    for place in tables.everywhere:
        if place.level.is_area and place.practices <= seen.chosen:
            left -= place.practices
    return not left


def _figured(seen: Scene, tables: Tables, first: date, last: date) -> tuple[Figure, ...]:
    """The figures of the parts that have a trend, and of what they are shares of."""
    of_areas = _is_of_areas(seen, tables)
    places = [place for place in tables.everywhere if place.level.is_area] if of_areas else tables.everywhere
    cells = tables.of_stretch(first, last, places)
    practices = seen.rows_of(tables.everywhere)[0].practices
    if not any(cells.exact(practices, "", each.code) for each in seen.parts if not each.given and not each.sum_of):
        return ()
    told = [each for each in seen.parts if each.trend or each.code in _wholes(seen)]
    return figures.of(told, lambda part: cells.of(practices, "", part.code), Counter(), is_small=not of_areas)


def _wholes(seen: Scene) -> set[str]:
    return {each.of for each in seen.parts if each.trend}


def _all_together(seen: Scene, total: Counter[str]) -> tuple[Figure, ...]:
    told = [each for each in seen.parts if each.trend or each.code in _wholes(seen)]
    given = {each.code for each in told if each.given}

    def number(code: str) -> Number:
        if code in given:
            return total[code]
        return seen.profile.shown(total[code])

    if not any(total[each.code] for each in told if not each.given):
        return ()
    return figures.of(told, lambda part: number(part.code), Counter(), is_small=False)
