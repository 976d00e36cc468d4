"""The palliative care register that practices returned to the Quality and Outcomes Framework, reported as ours is.

The figures are published, so none is hidden. A register that was not returned is nothing, not zero: its practice is
named, and areas have a second row over the lists that returned data.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, select
from sqlmodel import Session

from service import db
from service.errors import Unreadable
from service.register.organisations import QofRegister
from service.reports import areas, prevalence, words
from service.reports.areas import Belonging
from service.reports.measure import Asked, Baseline, Level, Point, Report
from service.reports.prevalence import Counts, PracticeCount

TITLE = "QOF palliative care register (group PC): people on it on 31 March, over the registered list"
PALLIATIVE = "PC"

_QOF = db.table(QofRegister)
_YEARS = select(_QOF.c.year).where(_QOF.c.group_code == PALLIATIVE).distinct().order_by(_QOF.c.year)
_COUNTS = select(_QOF.c.practice_code, _QOF.c.on_register, _QOF.c.list_size).where(
    _QOF.c.group_code == PALLIATIVE, _QOF.c.year == bindparam("year")
)


def report(session: Session, asked: Asked, baseline: Baseline, *, measure: str) -> Report:
    """The report of a QOF year, the latest that is loaded unless asked for. Raises Unreadable for another."""
    years = list(session.execute(_YEARS).scalars())
    year = _asked_year(asked, years)
    on = date(int(year[:4]) + 1, 3, 31)
    belongings = areas.on(session, on)
    chosen = areas.chosen(belongings, asked.areas) if asked.areas else None
    counts = _counts(session, year, baseline)
    rows = prevalence.rows(counts, belongings, chosen)
    nothing = _returned_nothing(counts, belongings, chosen)
    return Report(
        measure=measure,
        title=TITLE,
        source="qof",
        on=on,
        areas=asked.areas,
        baseline=baseline,
        practices=sum(row.level is Level.PRACTICE for row in rows),
        below_baseline=prevalence.below_baseline(rows, baseline.rate),
        returned_nothing=tuple(code for code, _ in nothing),
        rows=rows,
        trend=_trend(session, [each for each in years if each <= year], asked, baseline),
        notes=tuple(_notes(nothing, counts, belongings, chosen)),
    )


def _asked_year(asked: Asked, years: Sequence[str]) -> str:
    if not years:
        raise Unreadable("No QOF register is loaded: give a PREVALENCE file to heartsease reference load")
    if asked.year and asked.year not in years:
        raise Unreadable(f"No QOF register of “{asked.year[:10]}” is loaded; there are: {', '.join(years)}")
    return asked.year or years[-1]


def _counts(session: Session, year: str, baseline: Baseline) -> Counts:
    found = session.execute(_COUNTS, {"year": year})
    practices = {row.practice_code: PracticeCount(row.on_register, row.list_size) for row in found}
    return Counts(practices, f"QOF {year}", published=True, baseline=baseline.rate)


def _returned_nothing(
    counts: Counts, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None
) -> list[tuple[str, str]]:
    """Code and name of each practice that was asked for and whose register is empty."""
    empty = sorted(code for code, count in counts.practices.items() if count.on_register is None)
    names = {code: belongings[code].practice_name for code in empty if code in belongings}
    return [(code, names.get(code, "")) for code in empty if chosen is None or code in chosen]


def _trend(session: Session, years: Sequence[str], asked: Asked, baseline: Baseline) -> tuple[Point, ...]:
    """One point a QOF year, of the practices that made up the area in that year; none where it was not yet one."""
    points = []
    for year in years:
        on = date(int(year[:4]) + 1, 3, 31)
        belongings = areas.on(session, on)
        try:
            chosen = areas.chosen(belongings, asked.areas) if asked.areas else None
        except Unreadable:
            continue
        points.append(Point(on, prevalence.total(_counts(session, year, baseline), belongings, chosen)))
    return tuple(points)


def _notes(
    nothing: Sequence[tuple[str, str]],
    counts: Counts,
    belongings: Mapping[str, Belonging],
    chosen: frozenset[str] | None,
) -> list[str]:
    notes = ["These are published figures of practices' own returns, not of this register; none is hidden."]
    if nothing:
        named = words.listed([f"{code} {name}".strip() for code, name in nothing])
        notes.append(f"Returned nothing, which is not zero: {named}.")
    return [*notes, *areas.shared_networks(belongings, counts.practices, chosen)]
