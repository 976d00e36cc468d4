"""From what is asked to a report: counts, places, what may be shown, the rows and the trend."""

from collections.abc import Iterator

from sqlmodel import Session

from service.config import Settings
from service.reports import areas, counting, figures, notes, qof, trends, words
from service.reports.areas import Place
from service.reports.cells import Cells
from service.reports.counting import Counts
from service.reports.measure import Measure
from service.reports.report import Asked, Level, Number, Report, Row
from service.reports.scene import Scene, scene
from service.reports.tables import Tables


def evaluate(session: Session, one: Measure, asked: Asked, settings: Settings) -> Report:
    """The report of a measure. Raises Unreadable for an area or split that nobody knows and a day that has not come."""
    if one.evaluate:
        return one.evaluate(session, one, asked, settings)
    if asked.source == "qof":
        made = qof.report(session, one, asked)
        return one.finish(made, settings) if one.finish else made
    seen = scene(session, one, asked, settings)
    counts = (one.count or counting.of)(session, seen)
    everywhere = areas.places(seen.belongings, seen.listed | (counts.practices() & seen.belongings.keys()))
    made = _report(seen, counts, Tables(seen, counts, everywhere))
    return one.finish(made, settings) if one.finish else made


def _report(seen: Scene, counts: Counts, tables: Tables) -> Report:
    rows = tuple(_rows(seen, tables)) if tables.counts_anybody() and not seen.lacks_list else ()
    elsewhere = _elsewhere(seen, tables)
    return Report(
        measure=seen.one.name,
        number=seen.one.number,
        title=seen.one.title,
        version=seen.one.version,
        source="register",
        first=seen.first,
        on=seen.on,
        areas=(seen.asked.own,) if seen.asked.own else seen.asked.areas,
        period="day" if seen.is_stock else seen.asked.period.value,
        split=seen.split.name if seen.split else "",
        profile=seen.profile.name,
        parts=tuple(figures.shown(each) for each in seen.parts),
        practices=sum(row.level is Level.PRACTICE for row in rows),
        practice_not_known=elsewhere,
        rows=rows,
        trend=trends.points(seen, tables) if rows and seen.has_trend else (),
        sources=_lists(seen) + counts.sources,
        notes=(*notes.of(seen, tables, rows, elsewhere), *counts.notes),
    )


def _rows(seen: Scene, tables: Tables) -> Iterator[Row]:
    cells = tables.of_rows()
    for place in seen.rows_of(tables.everywhere):
        if seen.tells(place):
            for group in seen.groups or ("",):
                yield _row(seen, tables, cells, place, group)


def _row(seen: Scene, tables: Tables, cells: Cells, place: Place, group: str) -> Row:
    days = tables.days(place.practices, group)
    made = figures.of(
        seen.parts,
        lambda part: cells.number(place, group, part),
        days,
        is_small=not place.level.is_area,
        is_exact=seen.profile.round_to == 1,
    )
    named = seen.split.groups[group] if seen.split else ""
    return Row(place.level, place.code, place.name, made, group=named)


def _lists(seen: Scene) -> tuple[str, ...]:
    """Of which day the lists are that shares are of."""
    return (f"Registered lists of {words.day(seen.list_on)}",) if seen.list_on and seen.divides_by_list else ()


def _elsewhere(seen: Scene, tables: Tables) -> Number:
    """People who are counted, but at no practice that is known: they are in no row."""
    if seen.asked.own:
        return None
    counted = next(each for each in seen.parts if not each.given and not each.sum_of)
    return seen.profile.shown(tables.elsewhere(counted.code))
