"""Which row of the register tables counts: of what was said several times, of where somebody was, and of how long.

Each is a subquery that finds one primary key, or none, for the person of the row around it.
"""

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, and_, case, exists, func, or_, select

from service import db
from service.expressions import constant
from service.register import places, preferences, residence
from service.register.models import PracticeSpell, Stay

_SPELL, _STAY = db.table(PracticeSpell), db.table(Stay)
_PREFERENCE = preferences.PREFERENCE

SPECIFIC: Final = "specific"
NOTHING_RECORDED: Final = "nothing-recorded"
NOT_COMPARABLE: Final = "not-comparable"
"""What `wish` and `ending` say beside the reasons for having no answer (`preference_type.NO_ANSWER`): a place of a kind
that can be compared; nothing at all; or a place in words, or in a code, that belongs to no kind."""


def standing(kind: str, person: ColumnElement[int], at: ColumnElement[Any]) -> ScalarSelect[int]:
    """Key of the statement of a kind that is in force at an instant; there is one at most."""
    said = _PREFERENCE.alias()
    return (
        select(said.c.resource_pk)
        .where(said.c.person_pk == person, said.c.kind == constant(kind), preferences.stands(said, at))
        .scalar_subquery()
    )


def first_said(wish: FromClause) -> ScalarSelect[int]:
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


def first_place(person: ColumnElement[int], at_death: ColumnElement[Any]) -> ScalarSelect[int]:
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


def spell_start(person: ColumnElement[int], on: ColumnElement[date]) -> ScalarSelect[date]:
    """When the time with the practice of a day began."""
    spell = _SPELL.alias()
    is_then = and_(spell.c.started_on <= on, or_(spell.c.ended_on.is_(None), spell.c.ended_on > on))
    return select(func.max(spell.c.started_on)).where(spell.c.person_pk == person, is_then).scalar_subquery()


def stay_start(person: ColumnElement[int], died_on: ColumnElement[date]) -> ScalarSelect[date]:
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


def state(said: FromClause) -> ColumnElement[str]:
    """What is on record: a place that can be compared, why there is none, or nothing."""
    return case(
        (said.c.resource_pk.is_(None), constant(NOTHING_RECORDED)),
        (said.c.no_answer != "", said.c.no_answer),
        (said.c.answer_group == "", constant(NOT_COMPARABLE)),
        else_=constant(SPECIFIC),
    )


def resolved(group: ColumnElement[str], home: FromClause) -> ColumnElement[str]:
    """The kind of place, "usual residence" being where this person lives, if that is known; empty for none."""
    is_usual = group == constant(places.USUAL_RESIDENCE)
    return case(
        (and_(is_usual, home.c.value == constant(residence.CARE_HOME)), constant(places.CARE_HOME)),
        (and_(is_usual, home.c.value == constant(residence.PRIVATE)), constant(places.PRIVATE_RESIDENCE)),
        else_=func.coalesce(group, ""),
    )
