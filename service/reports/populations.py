"""The two kinds of people that measures are about: those on the register on a day, and those who died.

Every row is one person (and day). What else is known of them is joined by a primary key that a subquery finds: so
nobody is there twice, what a measure asks for several times is looked up once, and what it does not ask for is not
joined at all (`rows(days, used)`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Date,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.visitors import iterate

from service import db
from service.expressions import constant, date_of, days_between, end_of_day, first_of_month
from service.register import preferences, traits
from service.register.models import Death, Person, Plan, PracticeSpell, Stay, Trait
from service.reports import lookups
from service.reports.part import Population

_DEATH, _PERSON, _SPELL = db.table(Death), db.table(Person), db.table(PracticeSpell)
_STAY, _TRAIT, _PLAN = db.table(Stay), db.table(Trait), db.table(Plan)
_PREFERENCE = preferences.PREFERENCE

_EVER: Final = bindparam("ever", preferences.end_of(date.max), type_=db.Instant(), unique=True)
"""What was last said of a death counts, whenever it was said."""

Hung = Sequence[tuple[FromClause, ColumnElement[bool]]]
"""What is joined from the left, at most one row of each, and by what; one may go by what stands before it."""


def used(rows: FromClause, asked: Iterable[ColumnElement[Any]]) -> frozenset[str]:
    """Which columns of `rows` expressions ask for."""
    return frozenset(each.name for each in _columns(asked) if each.table is rows)


def _columns(expressions: Iterable[ColumnElement[Any]]) -> Iterator[ColumnClause[Any]]:
    for expression in expressions:
        yield from (each for each in iterate(expression) if isinstance(each, ColumnClause))


def _rows(
    source: FromClause, hung: Hung, columns: Mapping[str, ColumnElement[Any]], asked: frozenset[str] | None
) -> Select[Any]:
    """The columns asked for (None for all), from the source and what these need of all that hangs on it."""
    chosen = [made.label(column) for column, made in columns.items() if asked is None or column in asked]
    needed = {each.table for each in _columns(chosen)}
    wanted: list[tuple[FromClause, ColumnElement[bool]]] = []
    for table, how in reversed(hung):
        if table in needed:
            needed |= {each.table for each in _columns([how])}
            wanted.insert(0, (table, how))
    for table, how in wanted:
        source = source.outerjoin(table, how)
    return select(*chosen).select_from(source)


@cache
def _on_register(days: int, asked: frozenset[str] | None = None) -> FromClause:
    """One row a person and day; stays of a person do not overlap, so nobody is there twice."""
    named = (select(bindparam(f"day_{at}", type_=Date).label("day")) for at in range(days))
    day = union_all(*named).cte("day")
    stay, person = _STAY.alias("stay"), _PERSON.alias("person")
    wish = _PREFERENCE.alias("wish")
    plan = _PLAN.alias("plan")
    is_on = and_(stay.c.started_on <= day.c.day, or_(stay.c.ended_on.is_(None), stay.c.ended_on > day.c.day))
    told = lookups.standing("place-of-death", stay.c.person_pk, end_of_day(day.c.day))
    its_plan = (
        select(func.max(_PLAN.c.resource_pk))
        .where(_PLAN.c.person_pk == stay.c.person_pk, _PLAN.c.status == "active")
        .scalar_subquery()
    )
    hung: Hung = (
        (person, person.c.pk == stay.c.person_pk),
        (wish, wish.c.resource_pk == told),
        (plan, plan.c.resource_pk == its_plan),
    )
    columns = {
        "person_pk": stay.c.person_pk,
        "practice_code": stay.c.practice_code,
        "period": day.c.day,
        "on": day.c.day,
        "born_on": func.coalesce(person.c.born_on, ""),
        "gender": func.coalesce(person.c.gender, ""),
        "wish": lookups.state(wish),
        "plan_pk": plan.c.resource_pk,
        "plan_made_on": plan.c.created_on,
        "plan_review_on": plan.c.review_on,
    }
    return _rows(day.join(stay, is_on), hung, columns, asked).subquery("on_register")


_DIED, _WHO, _THEN = _DEATH.alias("death"), _PERSON.alias("person"), _SPELL.alias("spell")
_ON_IT, _HOME = _STAY.alias("stay"), _TRAIT.alias("home")
_WISH, _FIRST_WISH, _SINCE = (_PREFERENCE.alias(name) for name in ("wish", "first_wish", "since"))
_ENDING, _VARIANCE = _PREFERENCE.alias("ending"), _PREFERENCE.alias("variance")
_KEY, _DIED_ON = _WHO.c.pk, _DIED.c.died_on
_AT_DEATH: Final = end_of_day(_DIED_ON)

_HUNG_ON_A_DEATH: Final[Hung] = (
    (_THEN, and_(_THEN.c.person_pk == _KEY, _THEN.c.started_on == lookups.spell_start(_KEY, _DIED_ON))),
    (_ON_IT, and_(_ON_IT.c.person_pk == _KEY, _ON_IT.c.started_on == lookups.stay_start(_KEY, _DIED_ON))),
    (_WISH, _WISH.c.resource_pk == lookups.standing("place-of-death", _KEY, _AT_DEATH)),
    (_SINCE, _SINCE.c.resource_pk == lookups.first_said(_WISH)),
    (_FIRST_WISH, _FIRST_WISH.c.resource_pk == lookups.first_place(_KEY, _AT_DEATH)),
    (_ENDING, _ENDING.c.resource_pk == lookups.standing("actual-place-of-death", _KEY, _EVER)),
    (_VARIANCE, _VARIANCE.c.resource_pk == lookups.standing("variance-reason", _KEY, _EVER)),
    (
        _HOME,
        and_(
            _HOME.c.resource_pk == traits.said_last(traits.RESIDENCE, _KEY),
            _HOME.c.kind == constant(traits.RESIDENCE),
        ),
    ),
)
_COLUMNS_OF_A_DEATH: Final[Mapping[str, ColumnElement[Any]]] = {
    "person_pk": _KEY,
    "practice_code": func.coalesce(_THEN.c.practice_code, ""),
    "period": first_of_month(_DIED_ON),
    "on": _DIED_ON,
    "born_on": _WHO.c.born_on,
    "gender": _WHO.c.gender,
    "registered_on": _ON_IT.c.started_on,
    "lead_days": days_between(_ON_IT.c.started_on, _DIED_ON),
    "wish": lookups.state(_WISH),
    "wished": lookups.resolved(_WISH.c.answer_group, _HOME),
    "second": lookups.resolved(_WISH.c.second_answer_group, _HOME),
    "wish_days": days_between(date_of(func.coalesce(_SINCE.c.effective_at, _WISH.c.effective_at)), _DIED_ON),
    "first_wish_days": days_between(date_of(_FIRST_WISH.c.effective_at), _DIED_ON),
    "ending": lookups.state(_ENDING),
    "place": lookups.resolved(_ENDING.c.answer_group, _HOME),
    "variance": func.coalesce(_VARIANCE.c.answer, ""),
}


@cache
def _deaths(days: int = 0, asked: frozenset[str] | None = None) -> FromClause:
    """One row for each Patient who died from `first` to `last`, at the practice of the day of death."""
    in_period = _DIED_ON.between(bindparam("first", type_=Date), bindparam("last", type_=Date))
    source = _DIED.join(_WHO, _DIED.c.resource_pk == _KEY)
    return _rows(source, _HUNG_ON_A_DEATH, _COLUMNS_OF_A_DEATH, asked).where(in_period).subquery("deaths")


ON_REGISTER: Final = Population(
    name="on-register",
    title="People on the end-of-life care register on the day; who died on it is not",
    is_stock=True,
    rows=_on_register,
)
DEATHS: Final = Population(
    name="deaths",
    title="People with a record in the register who died in the period, on a day that is known",
    is_stock=False,
    rows=_deaths,
)
