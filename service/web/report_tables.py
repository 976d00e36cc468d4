"""The tables beneath the pictures: every figure that the report shows, in the words of `reports.words`.

Areas have all parts of a measure, so theirs is a table of parts within places. Practices and networks have few parts,
and there are many of them, so each part has a table of its own with a place a line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.reports import words
from service.reports.report import ALL_LISTS, Figure, Kind, Level, Report, Row, Shown

_COLUMNS = ("People", "Of", "Value", "Interval")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table. The first `heads` of its cells are words, the last of these the head of the line."""

    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """Lines under a heading of their own; one without a heading is the whole table."""

    lines: tuple[Line, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is unique in the page; the first `heads` columns are words, all others figures."""

    name: str
    caption: str
    columns: tuple[str, ...]
    heads: int
    bodies: tuple[Body, ...]


def of(report: Report, name: str) -> list[Table]:
    """The tables of a report that has rows; `name` begins their ids."""
    small = [row for row in report.rows if not row.level.is_area]
    told = [part for part in _beside(report.parts) if _is_told(part, small)]
    return [
        of_areas(report, name),
        *(_of_places(report, part, [*_large(report), *small], f"{name}-{part.code}") for part in told),
        *([_of_trend(report, f"{name}-trend-table")] if report.trend else []),
    ]


def of_areas(report: Report, name: str) -> Table:
    """Every part, of all and of each area."""
    places = {(row.level, row.code, row.basis): row for row in _large(report)}
    has_groups = any(row.group for row in report.rows)
    more = _more(row.figures for row in _large(report))
    bodies = [
        Body(tuple(_lines(report, place, has_groups=has_groups, more=more)), _place(place)) for place in places.values()
    ]
    columns = (*(["Group"] if has_groups else []), "What", *_COLUMNS, *map(words.more_title, more))
    return Table(f"{name}-areas", "All parts, by area", columns, 2 if has_groups else 1, tuple(bodies))


def of_areas_in_brief(report: Report, name: str) -> Table:
    """Every part of all together; of each area beneath only what practices or months are told of too.

    An area that is all that was asked for is not told twice.
    """
    first, *others = _large(report)
    small = [row for row in report.rows if row.level is Level.PRACTICE]
    main = {part.code for part in report.parts if part.trend or _is_told(part, small)}
    brief = [
        replace(row, figures=tuple(each for each in row.figures if each.part in main))
        for row in others
        if row.figures != first.figures
    ]
    table = of_areas(replace(report, rows=(first, *(row for row in brief if row.figures))), name)
    return replace(table, caption="All parts of all together, and the main ones by area")


def of_groups(report: Report, part: Shown, name: str) -> Table:
    """One part, of each group of all."""
    lines = [
        Line((row.group, *_cells(part, figure)))
        for row in report.rows
        if row.group and row.level is Level.ALL
        for each, figure in _figured(report.parts, row.figures)
        if each is part
    ]
    return Table(name, f"{part.title}, by group", ("Group", *_COLUMNS), 1, (Body(tuple(lines)),))


def _lines(report: Report, place: Row, *, has_groups: bool, more: Sequence[str]) -> Iterable[Line]:
    same = (place.level, place.code, place.basis)
    told = _beside(report.parts)
    for row in report.rows:
        if (row.level, row.code, row.basis) == same:
            for part, figure in _figured(told, row.figures):
                head = ((row.group,) if has_groups else ()) + (part.title,)
                yield Line((*head, *_cells(part, figure), *_of_more(figure, more)))


def _beside(parts: Sequence[Shown]) -> list[Shown]:
    """Without the wholes that are nothing but what others are shares of: these stand beside their shares."""
    wholes = {part.of for part in parts}
    return [part for part in parts if part.kind is not Kind.COUNT or part.code not in wholes]


def _of_places(report: Report, part: Shown, rows: Sequence[Row], name: str) -> Table:
    figured = [(row, figure) for row in rows for each, figure in _figured(report.parts, row.figures) if each is part]
    more = _more([figure] for _, figure in figured)
    lines = tuple(
        Line(
            (words.LEVELS[row.level], row.code, _named(row), *_cells(part, figure), *_of_more(figure, more)),
            row.level.value,
        )
        for row, figure in figured
        if not row.group
    )
    columns = ("Level", "Code", "Name", *_COLUMNS, *map(words.more_title, more))
    return Table(name, f"{part.title}, by place", columns, 3, (Body(lines),))


def _of_trend(report: Report, name: str) -> Table:
    bodies = []
    for part in report.parts:
        lines = [
            Line((words.stretch(point.first, point.last), *_cells(part, figure)))
            for point in report.trend
            for each, figure in _figured(report.parts, point.figures)
            if each is part
        ]
        if lines:
            bodies.append(Body(tuple(lines), part.title))
    return Table(name, "All, over time", ("When", *_COLUMNS), 1, tuple(bodies))


def _is_told(part: Shown, rows: Sequence[Row]) -> bool:
    return any(figure.part == part.code and figure.count is not None for row in rows for figure in row.figures)


def _large(report: Report) -> list[Row]:
    return [row for row in report.rows if row.level.is_area]


def _figured(parts: Sequence[Shown], figures: Sequence[Figure]) -> list[tuple[Shown, Figure]]:
    by_code = {part.code: part for part in parts}
    return [(by_code[figure.part], figure) for figure in figures if figure.part in by_code]


def _cells(part: Shown, figure: Figure) -> tuple[str, str, str, str]:
    return (
        "nothing returned" if figure.count is None else words.count(figure.count),
        words.count(figure.of),
        words.value(part.kind, figure.value),
        words.spread(part.kind, figure),
    )


def _more(figures: Iterable[Iterable[Figure]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for row in figures for figure in row for code, _ in figure.more))


def _of_more(figure: Figure, codes: Sequence[str]) -> tuple[str, ...]:
    known = dict(figure.more)
    return tuple(words.beside(code, known.get(code)) for code in codes)


def _place(row: Row) -> str:
    code = f" ({row.code})" if row.code else ""
    return f"{_named(row)}{code}"


def _named(row: Row) -> str:
    name = row.name or row.code or words.LEVELS[row.level]
    return f"{name} ({row.basis})" if row.basis not in ("", ALL_LISTS) else name
