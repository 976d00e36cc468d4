"""Stays: from when to when somebody was on the register, and with which practice. What reports count.

On the register: a registration that counts covers the day, its last day too, and the person lives; the day of death
does not count. The practice is that of the spell of that day. Whatever registrations overlap, a person is counted once.

Derived by one statement for the people of a write as for a whole rebuild: the days on which anything of a person begins
or ends cut their time into pieces; each piece is on the register or is not; neighbours that are alike are joined.
"""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Insert, Select, Table, case, func, literal, or_, select, true, union
from sqlmodel import Session

from service import db, expressions
from service.register import registrations
from service.register.models import Person, PracticeSpell, Registration, Stay

STAY: Final = db.table(Stay)
_PERSON, _REGISTRATION, _SPELL = db.table(Person), db.table(Registration), db.table(PracticeSpell)
_FOREVER: Final = date.max


def derive(session: Session, people: Collection[int], *, new: Collection[int] = ()) -> None:
    """The stays of these people, by key, anew: once what they follow from is written. The `new` never had any."""
    old = set(people) - set(new)
    if old:
        session.execute(_FORGET, {"people": sorted(old)})
    if people:
        session.execute(_DERIVE, {"people": sorted(people)})


def derive_all(session: Session) -> None:
    """The stays of everybody. Raises an error of the database where there are any already."""
    session.execute(_DERIVE_ALL)


def _derived(*, of_all: bool) -> Insert:
    return STAY.insert().from_select(
        ["person_pk", "started_on", "ended_on", "practice_code"], _joined(_pieces(_marks(of_all=of_all)))
    )


def _marks(*, of_all: bool) -> CTE:
    """Every day on which a registration, a spell with a practice or a life may begin or end, once for each person."""

    def of(table: Table, person: str, *days: ColumnElement[Any]) -> list[Select[Any]]:
        theirs = true() if of_all else expressions.among(table.c[person], "people")
        return [select(table.c[person].label("person_pk"), day.label("day")).where(theirs) for day in days]

    ends = case((_REGISTRATION.c.ended_on < _FOREVER, expressions.next_day(_REGISTRATION.c.ended_on)))
    return union(
        *of(_REGISTRATION, "person_pk", _REGISTRATION.c.started_on, ends),
        *of(_SPELL, "person_pk", _SPELL.c.started_on, _SPELL.c.ended_on),
        *of(_PERSON, "pk", _PERSON.c.died_on),
    ).cte("mark")


def _pieces(mark: CTE) -> CTE:
    """The pieces of time on the register, each with one practice or none."""
    until = func.lead(mark.c.day).over(partition_by=mark.c.person_pk, order_by=mark.c.day)
    piece = (
        select(mark.c.person_pk, mark.c.day.label("started_on"), until.label("ended_on"))
        .where(mark.c.day.is_not(None))
        .cte("piece")
    )
    is_registered = (
        select(literal(1))
        .where(
            _REGISTRATION.c.person_pk == piece.c.person_pk,
            _REGISTRATION.c.status.not_in(registrations.NOT_COUNTED),
            _REGISTRATION.c.started_on <= piece.c.started_on,
            or_(_REGISTRATION.c.ended_on.is_(None), _REGISTRATION.c.ended_on >= piece.c.started_on),
        )
        .exists()
    )
    is_here = (
        (_SPELL.c.person_pk == piece.c.person_pk)
        & (_SPELL.c.started_on <= piece.c.started_on)
        & or_(_SPELL.c.ended_on.is_(None), _SPELL.c.ended_on > piece.c.started_on)
    )
    practice = func.coalesce(_SPELL.c.practice_code, "").label("practice_code")
    return (
        select(piece.c.person_pk, piece.c.started_on, piece.c.ended_on, practice)
        .select_from(piece.join(_PERSON, _PERSON.c.pk == piece.c.person_pk).outerjoin(_SPELL, is_here))
        .where(or_(_PERSON.c.died_on.is_(None), _PERSON.c.died_on > piece.c.started_on), is_registered)
        .cte("on_register")
    )


def _joined(piece: CTE) -> Select[Any]:
    """Pieces that follow one another with the same practice, as one: numbered by how many began before."""
    over: dict[str, Any] = {"partition_by": piece.c.person_pk, "order_by": piece.c.started_on}
    goes_on = (func.lag(piece.c.ended_on).over(**over) == piece.c.started_on) & (
        func.lag(piece.c.practice_code).over(**over) == piece.c.practice_code
    )
    begun = select(piece, case((goes_on, 0), else_=1).label("begins")).cte("begun")
    number = func.sum(begun.c.begins).over(partition_by=begun.c.person_pk, order_by=begun.c.started_on)
    numbered = select(begun, number.label("number")).cte("numbered")
    ended_on = case((func.count() == func.count(numbered.c.ended_on), func.max(numbered.c.ended_on)))
    return select(
        numbered.c.person_pk, func.min(numbered.c.started_on), ended_on, func.min(numbered.c.practice_code)
    ).group_by(numbered.c.person_pk, numbered.c.number)


_FORGET: Final = STAY.delete().where(expressions.among(STAY.c.person_pk, "people"))
_DERIVE: Final = _derived(of_all=False)
_DERIVE_ALL: Final = _derived(of_all=True)
