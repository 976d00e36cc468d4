"""M1, register prevalence: people alive and on the register on a day, over the registered list of that day.

On the register: an EpisodeOfCare whose period covers the day, not planned, cancelled or entered in error. A person
counts once, at the practice of their spell on that day. The list is the latest extract at or before the day, one for
all practices, at all ages. The trend is of the practices that make up the area on the day of the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    CompoundSelect,
    Date,
    Integer,
    and_,
    bindparam,
    cast,
    exists,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from service import db
from service.config import Settings
from service.register.models import Person, PracticeSpell, Registration
from service.register.organisations import ListSize
from service.reports import areas, prevalence, qof, words
from service.reports.areas import Belonging
from service.reports.disclosure import HIDDEN, is_small
from service.reports.measure import Asked, Baseline, Level, Measure, Number, Point, Report, Row, stands_on
from service.reports.prevalence import Counts, PracticeCount

NEVER_ON = ("planned", "cancelled", "entered-in-error")

_REGISTRATION, _PERSON = db.table(Registration), db.table(Person)
_SPELL, _LIST = db.table(PracticeSpell), db.table(ListSize)


@dataclass(slots=True)
class _Counted:
    """One day: the counts of every practice on the list of that day, and people on the register who are elsewhere."""

    list_on: date | None = None
    practices: dict[str, PracticeCount] = field(default_factory=dict)
    elsewhere: int = 0

    @property
    def people(self) -> int:
        return self.elsewhere + sum(each.on_register or 0 for each in self.practices.values())


@cache
def _statement(days: int) -> CompoundSelect[*tuple[Any, ...]]:
    """For so many days: day, day of the list, practice, its list (none where it has none), people on the register."""
    day = union_all(*(select(bindparam(f"day_{at}", type_=Date).label("day")) for at in range(days))).cte("day")
    latest = select(func.max(_LIST.c.on)).where(_LIST.c.on <= day.c.day).scalar_subquery()
    extract = select(day.c.day, latest.label("list_on")).cte("extract")
    found = _on_register(day)
    people = (
        select(found.c.day, found.c.practice_code, func.count().label("people"))
        .group_by(found.c.day, found.c.practice_code)
        .cte("people")
    )
    same = and_(people.c.day == extract.c.day, people.c.practice_code == _LIST.c.practice_code)
    listed = select(
        extract.c.day, extract.c.list_on, _LIST.c.practice_code, _LIST.c.patients, func.coalesce(people.c.people, 0)
    ).select_from(extract.join(_LIST, _LIST.c.on == extract.c.list_on).outerjoin(people, same))
    has_list = exists().where(_LIST.c.on == extract.c.list_on, _LIST.c.practice_code == people.c.practice_code)
    elsewhere = (
        select(extract.c.day, extract.c.list_on, people.c.practice_code, cast(null(), Integer), people.c.people)
        .select_from(people.join(extract, extract.c.day == people.c.day))
        .where(~has_list)
    )
    return listed.union_all(elsewhere)


def _on_register(day: CTE) -> CTE:
    """Each person on the register on each day, once, with the practice of that day (none where none is known)."""
    practice = (
        select(_SPELL.c.practice_code)
        .where(
            _SPELL.c.person_pk == _REGISTRATION.c.person_pk,
            _SPELL.c.started_on <= day.c.day,
            or_(_SPELL.c.ended_on.is_(None), _SPELL.c.ended_on > day.c.day),
        )
        .order_by(_SPELL.c.started_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    covers = and_(
        _REGISTRATION.c.started_on <= day.c.day,
        or_(_REGISTRATION.c.ended_on.is_(None), _REGISTRATION.c.ended_on >= day.c.day),
        _REGISTRATION.c.status.not_in(NEVER_ON),
    )
    alive = and_(
        _PERSON.c.pk == _REGISTRATION.c.person_pk, or_(_PERSON.c.died_on.is_(None), _PERSON.c.died_on > day.c.day)
    )
    return (
        select(day.c.day, _REGISTRATION.c.person_pk, practice.label("practice_code"))
        .select_from(day.join(_REGISTRATION, covers).join(_PERSON, alive))
        .distinct()
        .cte("on_register")
    )


def _count(session: Session, days: Sequence[date]) -> dict[date, _Counted]:
    counted = {day: _Counted() for day in days}
    given = {f"day_{at}": day for at, day in enumerate(days)}
    for day, list_on, practice, patients, people in session.execute(_statement(len(days)), given):
        counted[day].list_on = list_on
        if patients is None:
            counted[day].elsewhere += people
        else:
            counted[day].practices[practice] = PracticeCount(people, patients)
    return counted


def month_ends(on: date, months: int) -> list[date]:
    """The day itself, and before it every last day of a month since as many months before; earliest first."""
    days, first = [on], on.replace(day=1)
    for _ in range(months):
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    return days[::-1]


def evaluate(session: Session, asked: Asked, settings: Settings) -> Report:
    """The report on a day. Raises Unreadable for an area that nobody knows."""
    baseline = Baseline(settings.baseline_rate, settings.baseline_source)
    if asked.source == "qof":
        return qof.report(session, asked, baseline, measure=MEASURE.name)
    on = asked.on or stands_on(session)
    belongings = areas.on(session, on)
    chosen = areas.chosen(belongings, asked.areas) if asked.areas else None
    counted = _count(session, month_ends(on, asked.months))
    rows = _rows(counted[on], belongings, chosen, baseline)
    return Report(
        measure=MEASURE.name,
        title=MEASURE.title,
        source="register",
        on=on,
        areas=asked.areas,
        baseline=baseline,
        practices=sum(row.level is Level.PRACTICE for row in rows),
        below_baseline=prevalence.below_baseline(rows, baseline.rate),
        practice_not_known=_elsewhere(counted[on]),
        rows=rows,
        trend=_trend(counted, belongings, chosen, baseline) if rows else (),
        notes=tuple(_notes(counted[on], on, rows, chosen, belongings)),
    )


def _counts(counted: _Counted, baseline: Baseline) -> Counts:
    list_of = counted.list_on.isoformat() if counted.list_on else ""
    return Counts(counted.practices, list_of, published=False, baseline=baseline.rate)


def _rows(
    counted: _Counted, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None, baseline: Baseline
) -> tuple[Row, ...]:
    """None on a day without a list, or with nobody on the register: words say so, where zeros would mislead."""
    if not counted.practices or not counted.people:
        return ()
    return prevalence.rows(_counts(counted, baseline), belongings, chosen)


def _trend(
    counted: Mapping[date, _Counted],
    belongings: Mapping[str, Belonging],
    chosen: frozenset[str] | None,
    baseline: Baseline,
) -> tuple[Point, ...]:
    """One point a day, from the first that has a list and people on the register."""
    found = ((day, _rows(each, belongings, chosen, baseline)) for day, each in counted.items())
    return tuple(Point(day, rows[0].figures) for day, rows in found if rows)


def _elsewhere(counted: _Counted) -> Number:
    return HIDDEN if is_small(counted.elsewhere) else counted.elsewhere


def _notes(
    counted: _Counted,
    on: date,
    rows: tuple[Row, ...],
    chosen: frozenset[str] | None,
    belongings: Mapping[str, Belonging],
) -> list[str]:
    notes = []
    if not counted.people:
        notes.append(f"Nobody was on the register on {words.day(on)}.")
    if counted.list_on is None:
        notes.append(f"There is no list size at or before {words.day(on)}, so there is nothing to compare with.")
    if counted.elsewhere:
        people = words.count(_elsewhere(counted))
        notes.append(
            f"Practice not known: {people}. They are on the register, their practice is on no list: in no row."
        )
    if any(row.figures.numerator is HIDDEN for row in rows):
        notes.append("* hides 1 to 7 people, or a figure from which so few could be worked out.")
    notes.extend(areas.shared_networks(belongings, counted.practices, chosen))
    return notes


MEASURE = Measure(
    name="identification",
    canonical="https://heartsease.example/fhir/Measure/register-prevalence",
    title="Register prevalence: people on the end-of-life care register, over the registered list",
    sentence="How many of the people registered with each practice, network and area are on the end-of-life care "
    "register on a day, compared with the published baseline.",
    sources=("register", "qof"),
    evaluate=evaluate,
)
