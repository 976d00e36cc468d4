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
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    String,
    and_,
    bindparam,
    cast,
    distinct,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from service import clock, db
from service.config import Settings
from service.errors import Unreadable
from service.register import codes, organisations, registrations
from service.register.models import Person, PracticeSpell, Registration
from service.register.organisations import ListSize
from service.reports import areas, prevalence, qof, words
from service.reports.areas import Belonging
from service.reports.disclosure import HIDDEN, is_small
from service.reports.measure import Asked, Baseline, Level, Measure, Number, Point, Report, Row
from service.reports.prevalence import Counts, PracticeCount

_REGISTRATION, _PERSON = db.table(Registration), db.table(Person)
_SPELL, _LIST = db.table(PracticeSpell), db.table(ListSize)


@dataclass(slots=True)
class _Counted:
    """One day: everyone on the register, and the counts of every practice on the list of that day."""

    list_on: date | None = None
    practices: dict[str, PracticeCount] = field(default_factory=dict)
    people: int = 0

    @property
    def elsewhere(self) -> int:
        return self.people - sum(each.on_register or 0 for each in self.practices.values())


@cache
def _statement(days: int) -> CompoundSelect[*tuple[Any, ...]]:
    """For so many days: day, day of its list, practice, patients on the list, people on the register.

    One row a day has no practice: it counts everyone on the register, wherever they are.
    """
    day = union_all(*(select(bindparam(f"day_{at}", type_=Date).label("day")) for at in range(days))).cte("day")
    latest = select(func.max(_LIST.c.on)).where(_LIST.c.on <= day.c.day).scalar_subquery()
    extract = select(day.c.day, latest.label("list_on")).cte("extract")
    span = _span()
    on_register = _covers(day, span)
    here = and_(on_register, span.c.spell_from <= day.c.day, _open(span.c.spell_to, day.c.day))
    count = func.count(distinct(span.c.person_pk)).label("people")
    people = (
        select(day.c.day, span.c.practice_code, count)
        .select_from(day.join(span, here))
        .group_by(day.c.day, span.c.practice_code)
        .cte("people")
    )
    everyone = select(day.c.day, count).select_from(day.join(span, on_register)).group_by(day.c.day).cte("everyone")
    same = and_(people.c.day == extract.c.day, people.c.practice_code == _LIST.c.practice_code)
    listed = select(
        extract.c.day, extract.c.list_on, _LIST.c.practice_code, _LIST.c.patients, func.coalesce(people.c.people, 0)
    ).select_from(extract.join(_LIST, _LIST.c.on == extract.c.list_on).outerjoin(people, same))
    total = select(
        extract.c.day, extract.c.list_on, cast(null(), String), cast(null(), Integer), everyone.c.people
    ).select_from(extract.join(everyone, everyone.c.day == extract.c.day))
    return listed.union_all(total)


def _span() -> CTE:
    """Every registration that ever stood, beside each stay of its person at a practice; stays do not overlap.

    It is read twice, so both databases make it once and then compare it with the days.
    """
    return (
        select(
            _REGISTRATION.c.person_pk,
            _REGISTRATION.c.started_on,
            _REGISTRATION.c.ended_on,
            _PERSON.c.died_on,
            _SPELL.c.practice_code,
            _SPELL.c.started_on.label("spell_from"),
            _SPELL.c.ended_on.label("spell_to"),
        )
        .select_from(
            _REGISTRATION.join(_PERSON, _PERSON.c.pk == _REGISTRATION.c.person_pk).outerjoin(
                _SPELL, _SPELL.c.person_pk == _REGISTRATION.c.person_pk
            )
        )
        .where(_REGISTRATION.c.status.not_in(registrations.NOT_COUNTED))
        .cte("span")
    )


def _covers(day: CTE, span: CTE) -> ColumnElement[bool]:
    """On the register on the day: its last day counts, the day of death does not."""
    return and_(
        span.c.started_on <= day.c.day,
        or_(span.c.ended_on.is_(None), span.c.ended_on >= day.c.day),
        _open(span.c.died_on, day.c.day),
    )


def _open(until: ColumnElement[date], day: ColumnElement[date]) -> ColumnElement[bool]:
    return or_(until.is_(None), until > day)


def _count(session: Session, days: Sequence[date]) -> dict[date, _Counted]:
    counted = {day: _Counted() for day in days}
    given = {f"day_{at}": day for at, day in enumerate(days)}
    for day, list_on, practice, patients, people in session.execute(_statement(len(days)), given):
        counted[day].list_on = list_on
        if practice is None:
            counted[day].people = people
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
    """The report on a day. Raises Unreadable for an area that nobody knows, and for a day that has not come."""
    baseline = Baseline(settings.baseline_rate, settings.baseline_source)
    if asked.source == "qof":
        return qof.report(session, asked, baseline, measure=MEASURE.name)
    stands_on = organisations.stands_on(session) or clock.today()
    on = asked.on or stands_on
    if on > max(stands_on, clock.today()):
        raise Unreadable("That day has not come yet: nobody knows who will be on the register")
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
    return tuple(
        Point(day, prevalence.total(_counts(each, baseline), belongings, chosen))
        for day, each in counted.items()
        if each.practices and each.people
    )


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
    canonical=f"{codes.BASE}/Measure/register-prevalence",
    title="Register prevalence: people on the end-of-life care register, over the registered list",
    sentence="How many of the people registered with each practice, network and area are on the end-of-life care "
    "register on a day, compared with the published baseline.",
    sources=("register", "qof"),
    evaluate=evaluate,
)
