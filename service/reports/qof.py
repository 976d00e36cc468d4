"""The palliative care register that practices returned to the Quality and Outcomes Framework, reported as ours is.

The figures are published, so none is hidden. A register that was not returned is nothing, not zero: its practice is
named, and areas have a second row over the lists that returned data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlmodel import Session

from service import db
from service.errors import Unreadable
from service.register.organisations import QofRegister
from service.reports import areas, expected_deaths, figures, periods, words
from service.reports.areas import Belonging, Place
from service.reports.expected_deaths import Expected
from service.reports.measure import Measure
from service.reports.part import Given
from service.reports.report import ALL_LISTS, LISTS_RETURNED, Asked, Figure, Level, Point, Report, Row

TITLE = "QOF palliative care register (group PC): people on it on 31 March"
PALLIATIVE = "PC"
PUBLISHED = "published"

_QOF = db.table(QofRegister)
_YEARS = select(_QOF.c.year).where(_QOF.c.group_code == PALLIATIVE).distinct().order_by(_QOF.c.year)
_COUNTS = select(_QOF.c.practice_code, _QOF.c.on_register, _QOF.c.list_size).where(
    _QOF.c.group_code == PALLIATIVE, _QOF.c.year == bindparam("year")
)


@dataclass(frozen=True, slots=True)
class _Returned:
    """People on the register, None where the practice returned nothing, and of how many: what the measure divides by.

    That is people on the list of the practice, or thousandths of the deaths that are expected of it.
    """

    on_register: int | None
    of: int


Returns = Mapping[str, _Returned]


def report(session: Session, one: Measure, asked: Asked) -> Report:
    """The report of a QOF year, the latest that is loaded unless asked for. Raises Unreadable for another."""
    years = list(session.execute(_YEARS).scalars())
    year = _asked_year(asked, years)
    on = periods.end_of_year(year)
    belongings = areas.on(session, on)
    chosen = areas.chosen(belongings, asked.areas) if asked.areas else None
    returns, told = _returns(session, one, year)
    rows = tuple(row for place in _asked(returns, belongings, chosen) for row in _rows(one, returns, place))
    nothing = _returned_nothing(returns, belongings, chosen)
    return Report(
        measure=one.name,
        number=one.number,
        title=f"{TITLE}, over the {one.parts[0].title.lower()}",
        version=one.version,
        source="qof",
        first=on,
        on=on,
        areas=asked.areas,
        period="day",
        split="",
        profile=PUBLISHED,
        parts=tuple(figures.shown(each) for each in one.parts),
        practices=sum(row.level is Level.PRACTICE for row in rows),
        returned_nothing=tuple(code for code, _ in nothing),
        rows=rows,
        trend=_trend(session, one, [each for each in years if each <= year], asked),
        notes=(*_notes(nothing, returns, belongings, chosen), *_of_expected(told, returns, chosen)),
        sources=(f"QOF {year}", *(told.sources() if told else ())),
    )


def _asked_year(asked: Asked, years: Sequence[str]) -> str:
    if not years:
        raise Unreadable("No QOF register is loaded: give a PREVALENCE file to heartsease reference load")
    if asked.year and asked.year not in years:
        raise Unreadable(f"No QOF register of “{asked.year[:10]}” is loaded; there are: {', '.join(years)}")
    return asked.year or years[-1]


def _returns(session: Session, one: Measure, year: str) -> tuple[Returns, Expected | None]:
    """What practices returned; and the deaths expected of them, where the measure divides by these."""
    found = {row.practice_code: row for row in session.execute(_COUNTS, {"year": year})}
    if one.parts[0].given is not Given.EXPECTED:
        return {code: _Returned(row.on_register, row.list_size) for code, row in found.items()}, None
    told = expected_deaths.on(session, periods.end_of_year(year))
    of = expected_deaths.thousandths(told, found.keys())
    return {code: _Returned(row.on_register, of.get(code, 0)) for code, row in found.items()}, told


def _asked(returns: Returns, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None) -> list[Place]:
    return areas.asked_for(areas.places(belongings, returns), chosen)


def _rows(one: Measure, returns: Returns, place: Place) -> Iterator[Row]:
    """The place over all its lists, and over those that returned data where some did not."""
    yield Row(place.level, place.code, place.name, _figures(one, returns, place.practices), ALL_LISTS)
    returned = frozenset(code for code in place.practices if returns[code].on_register is not None)
    if place.level is not Level.PRACTICE and returned and returned != place.practices:
        yield Row(place.level, place.code, place.name, _figures(one, returns, returned), LISTS_RETURNED)


def _figures(one: Measure, returns: Returns, practices: frozenset[str]) -> tuple[Figure, ...]:
    of = sum(returns[code].of for code in practices)
    found = [count for code in practices if (count := returns[code].on_register) is not None]
    whole, part = one.parts
    share = figures.share(part.code, sum(found), of) if found else Figure(part.code, None, of)
    return Figure(whole.code, of), share


def _returned_nothing(
    returns: Returns, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None
) -> list[tuple[str, str]]:
    """Code and name of each practice that was asked for and whose register is empty."""
    empty = sorted(code for code, each in returns.items() if each.on_register is None)
    names = {code: belongings[code].practice_name for code in empty if code in belongings}
    return [(code, names.get(code, "")) for code in empty if chosen is None or code in chosen]


def _trend(session: Session, one: Measure, years: Sequence[str], asked: Asked) -> tuple[Point, ...]:
    """One point a QOF year, of the practices that made up the area in that year; none where it was not yet one."""
    points = []
    for year in years:
        on = periods.end_of_year(year)
        belongings = areas.on(session, on)
        try:
            chosen = areas.chosen(belongings, asked.areas) if asked.areas else None
        except Unreadable:
            continue
        returns, _ = _returns(session, one, year)
        points.append(Point(on, on, _figures(one, returns, _asked(returns, belongings, chosen)[0].practices)))
    return tuple(points)


def _of_expected(told: Expected | None, returns: Returns, chosen: frozenset[str] | None) -> Iterator[str]:
    if told:
        yield from told.notes(returns.keys() if chosen is None else returns.keys() & chosen)


def _notes(
    nothing: Sequence[tuple[str, str]],
    returns: Returns,
    belongings: Mapping[str, Belonging],
    chosen: frozenset[str] | None,
) -> Iterator[str]:
    yield "These are published figures of practices' own returns, not of this register; none is hidden."
    if nothing:
        named = words.listed([f"{code} {name}".strip() for code, name in nothing])
        yield f"Returned nothing, which is not zero: {named}."
    yield from areas.shared_networks(belongings, returns, chosen)
