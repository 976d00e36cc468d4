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
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.visitors import iterate

from service import db
from service.expressions import constant, date_of, days_between, end_of_day, first_of_month
from service.register import places, preferences, residence, traits
from service.register.models import Death, Person, Plan, PracticeSpell, Stay, Trait
from service.reports.part import Population

_DEATH, _PERSON, _SPELL = db.table(Death), db.table(Person), db.table(PracticeSpell)
_STAY, _TRAIT, _PLAN = db.table(Stay), db.table(Trait), db.table(Plan)
_PREFERENCE = preferences.PREFERENCE

SPECIFIC: Final = "specific"
NOTHING_RECORDED: Final = "nothing-recorded"
NOT_COMPARABLE: Final = "not-comparable"
"""What `wish` and `ending` say beside the reasons for having no answer (`preference_type.NO_ANSWER`): a place of a kind
that can be compared; nothing at all; or a place in words, or in a code, that belongs to no kind."""

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
    told = _standing("place-of-death", stay.c.person_pk, end_of_day(day.c.day))
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
        "wish": _state(wish),
        "plan_pk": plan.c.resource_pk,
        "plan_made_on": plan.c.created_on,
        "plan_review_on": plan.c.review_on,
    }
    return _rows(day.join(stay, is_on), hung, columns, asked).subquery("on_register")


@cache
def _deaths(days: int = 0, asked: frozenset[str] | None = None) -> FromClause:
    """One row for each Patient who died from `first` to `last`, at the practice of the day of death."""
    death, person = _DEATH.alias("death"), _PERSON.alias("person")
    spell, stay = _SPELL.alias("spell"), _STAY.alias("stay")
    wish, first_wish, since = (_PREFERENCE.alias(name) for name in ("wish", "first_wish", "since"))
    ending, variance = _PREFERENCE.alias("ending"), _PREFERENCE.alias("variance")
    home = _TRAIT.alias("home")
    key, died_on = person.c.pk, death.c.died_on
    at_death = end_of_day(died_on)
    spelt = and_(spell.c.person_pk == key, spell.c.started_on == _spell_start(key, died_on))
    stayed = and_(stay.c.person_pk == key, stay.c.started_on == _stay_start(key, died_on))
    lived = and_(
        home.c.resource_pk == traits.said_last(traits.RESIDENCE, key), home.c.kind == constant(traits.RESIDENCE)
    )
    hung: Hung = (
        (spell, spelt),
        (stay, stayed),
        (wish, wish.c.resource_pk == _standing("place-of-death", key, at_death)),
        (since, since.c.resource_pk == _first_said(wish)),
        (first_wish, first_wish.c.resource_pk == _first_place(key, at_death)),
        (ending, ending.c.resource_pk == _standing("actual-place-of-death", key, _EVER)),
        (variance, variance.c.resource_pk == _standing("variance-reason", key, _EVER)),
        (home, lived),
    )
    columns = {
        "person_pk": key,
        "practice_code": func.coalesce(spell.c.practice_code, ""),
        "period": first_of_month(died_on),
        "on": died_on,
        "born_on": person.c.born_on,
        "gender": person.c.gender,
        "registered_on": stay.c.started_on,
        "lead_days": days_between(stay.c.started_on, died_on),
        "wish": _state(wish),
        "wished": _resolved(wish.c.answer_group, home),
        "second": _resolved(wish.c.second_answer_group, home),
        "wish_days": days_between(date_of(func.coalesce(since.c.effective_at, wish.c.effective_at)), died_on),
        "first_wish_days": days_between(date_of(first_wish.c.effective_at), died_on),
        "ending": _state(ending),
        "place": _resolved(ending.c.answer_group, home),
        "variance": func.coalesce(variance.c.answer, ""),
    }
    in_period = died_on.between(bindparam("first", type_=Date), bindparam("last", type_=Date))
    source = death.join(person, person.c.pk == death.c.resource_pk)
    return _rows(source, hung, columns, asked).where(in_period).subquery("deaths")


def _standing(kind: str, person: ColumnElement[int], at: ColumnElement[Any]) -> ScalarSelect[int]:
    """Key of the statement of a kind that is in force at an instant; there is one at most."""
    said = _PREFERENCE.alias()
    return (
        select(said.c.resource_pk)
        .where(said.c.person_pk == person, said.c.kind == constant(kind), preferences.stands(said, at))
        .scalar_subquery()
    )


def _first_said(wish: FromClause) -> ScalarSelect[int]:
    """Key of what the wish in force goes back to: asked again and confirmed, it is no younger than it was."""
    said = _PREFERENCE.alias()
    return (
        select(said.c.resource_pk)
        .where(
            said.c.person_pk == wish.c.person_pk,
            said.c.kind == wish.c.kind,
            preferences.may_be_acted_on(said),
            said.c.effective_at <= wish.c.effective_at,
            said.c.is_confirmation.is_(False),
        )
        .order_by(*preferences.latest_first(said))
        .limit(1)
        .scalar_subquery()
    )


def _first_place(person: ColumnElement[int], at_death: ColumnElement[Any]) -> ScalarSelect[int]:
    """Key of the first statement ever in which a person named a place to die in, by the day of death."""
    said = _PREFERENCE.alias()
    return (
        select(said.c.resource_pk)
        .where(
            said.c.person_pk == person,
            said.c.kind == constant("place-of-death"),
            said.c.no_answer == "",
            preferences.may_be_acted_on(said),
            said.c.effective_at <= at_death,
        )
        .order_by(said.c.effective_at, said.c.issued_at, said.c.resource_pk)
        .limit(1)
        .scalar_subquery()
    )


def _spell_start(person: ColumnElement[int], on: ColumnElement[date]) -> ScalarSelect[date]:
    """When the time with the practice of a day began."""
    spell = _SPELL.alias()
    is_then = and_(spell.c.started_on <= on, or_(spell.c.ended_on.is_(None), spell.c.ended_on > on))
    return select(func.max(spell.c.started_on)).where(spell.c.person_pk == person, is_then).scalar_subquery()


def _stay_start(person: ColumnElement[int], died_on: ColumnElement[date]) -> ScalarSelect[date]:
    """When the unbroken time on the register began in which the eve of the death lies; none where nobody was on it.

    Who changed practice, or was registered anew on the next day, never left. Who came onto the register on the day of
    death was not on it before.
    """
    stay, before, last = _STAY.alias(), _STAY.alias(), _STAY.alias()
    follows = exists().where(before.c.person_pk == stay.c.person_pk, before.c.ended_on == stay.c.started_on)
    on_the_eve = (
        exists()
        .where(
            last.c.person_pk == person,
            last.c.started_on < died_on,
            or_(last.c.ended_on.is_(None), last.c.ended_on >= died_on),
        )
        .correlate_except(last)
    )
    return (
        select(func.max(stay.c.started_on))
        .where(stay.c.person_pk == person, stay.c.started_on < died_on, ~follows, on_the_eve)
        .scalar_subquery()
    )


def _state(said: FromClause) -> ColumnElement[str]:
    """What is on record: a place that can be compared, why there is none, or nothing."""
    return case(
        (said.c.resource_pk.is_(None), constant(NOTHING_RECORDED)),
        (said.c.no_answer != "", said.c.no_answer),
        (said.c.answer_group == "", constant(NOT_COMPARABLE)),
        else_=constant(SPECIFIC),
    )


def _resolved(group: ColumnElement[str], home: FromClause) -> ColumnElement[str]:
    """The kind of place, "usual residence" being where this person lives, if that is known; empty for none."""
    is_usual = group == constant(places.USUAL_RESIDENCE)
    return case(
        (and_(is_usual, home.c.value == constant(residence.CARE_HOME)), constant(places.CARE_HOME)),
        (and_(is_usual, home.c.value == constant(residence.PRIVATE)), constant(places.PRIVATE_RESIDENCE)),
        else_=func.coalesce(group, ""),
    )


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
