"""Preferences and decisions: appended, never overwritten."""

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, bindparam, exists, func, or_, select, tuple_
from sqlmodel import Session

from service import db
from service.register.models import Preference

PREFERENCE: Final = db.table(Preference)

IN_FORCE_STATUSES: Final = ("final", "amended", "corrected")
"""Observation statuses that may be acted on. "corrected" is FHIR's kind of "amended"."""

UNSAID_SINCE: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""From when it counts that there is no answer: it is so until somebody gives one, and takes none away again."""

MONTHS_TO_REVIEW: Final = 3
"""A review is due at most three months ahead (SCCI1580 requirement 19)."""


def review_due(confirmed_on: date) -> date:
    """When a statement last confirmed on a day falls due for review, if nobody set a date."""
    years, month = divmod(confirmed_on.month - 1 + MONTHS_TO_REVIEW, 12)
    year = confirmed_on.year + years
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(confirmed_on.day, last))


def stands(preference: FromClause, at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a row of `preference` is in force at an instant: the latest effective one of its kind, ties by issued.

    `at` may be a column, such as the end of the day on which each person died. A reason for no answer is in force as
    an answer is: who has become undecided no longer prefers what they preferred before.
    """
    later = PREFERENCE.alias("later")
    is_later = tuple_(*_turn(later)) > tuple_(*_turn(preference))
    return and_(
        _may_stand(preference, at),
        ~exists()
        .where(
            later.c.person_pk == preference.c.person_pk,
            later.c.kind == preference.c.kind,
            _may_stand(later, at),
            is_later,
        )
        .correlate_except(later),
    )


def in_force(session: Session, person_pk: int, *, at: datetime) -> Sequence[Row[Any]]:
    """The preferences of a person that are in force at an instant, one of each kind, as rows of `preference`.

    At a death: `at=end_of(died_on)`, since of a death the day is known, and what was said on that day counts.
    """
    return session.execute(IN_FORCE, {"person": person_pk, "at": at}).all()


def end_of(day: date) -> datetime:
    """The last instant of a day, at which what is dated by that day alone is in force."""
    return datetime.combine(day, time.max, UTC)


def unmapped(session: Session) -> list[tuple[str, str, int]]:
    """(kind, system|code, how many) of what was recorded in codings that nothing here understands, most first."""
    return [(row.kind, row.unmapped, row.many) for row in session.execute(UNMAPPED)]


def latest_first(statement: FromClause) -> list[ColumnElement[Any]]:
    """The order in which, of the statements of one kind, the one in force comes first.

    `statement` is `preference`, or `summary_item`, whose lines are made of statements that may be acted on.
    """
    return [column.desc() for column in _turn(statement)]


def _turn(statement: FromClause) -> tuple[ColumnElement[Any], ...]:
    return statement.c.effective_at, statement.c.issued_at, statement.c.resource_pk


def may_be_acted_on(preference: FromClause) -> ColumnElement[bool]:
    """Whether its status lets a row of `preference` be in force at all."""
    return or_(*(preference.c.status == status for status in IN_FORCE_STATUSES))  # IN could not be compiled once


def _may_stand(preference: FromClause, at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(may_be_acted_on(preference), preference.c.effective_at <= at)


IN_FORCE: Final[Select[Any]] = (
    select(PREFERENCE)
    .where(PREFERENCE.c.person_pk == bindparam("person"), stands(PREFERENCE, bindparam("at", type_=db.Instant())))
    .order_by(PREFERENCE.c.kind)
)
UNMAPPED: Final[Select[Any]] = (
    select(PREFERENCE.c.kind, PREFERENCE.c.unmapped, func.count().label("many"))
    .where(PREFERENCE.c.unmapped != "")
    .group_by(PREFERENCE.c.kind, PREFERENCE.c.unmapped)
    .order_by(func.count().desc(), PREFERENCE.c.kind, PREFERENCE.c.unmapped)
)
