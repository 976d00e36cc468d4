"""The people of a practice, as worklists ask for them: who they are, and what is in force of what they said.

Every statement binds `practice` (ODS), `on` (a day) and `at` (the end of that day).
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, FromClause, Row, and_, bindparam, or_, select

from service import db, expressions
from service.register import preference_type, preferences, registrations
from service.register.models import Person, Preference, Registration
from service.register.preference_type import NO_ANSWER
from service.reports.worklist import Cell, Column

PERSON: Final = db.table(Person)
REGISTRATION: Final = db.table(Registration).alias("standing")
_OTHER: Final = db.table(Registration).alias("other")
_PREFERENCE: Final = db.table(Preference)

ON: Final = bindparam("on", type_=Date())
AT: Final = bindparam("at", type_=db.Instant())

IDENTITY: Final = (
    Column("NHS number", attrgetter("nhs_number")),
    Column("Name", attrgetter("name")),
    Column("Date of birth", attrgetter("born_on")),
    Column("Whereabouts", lambda row: "restricted: tell nobody" if row.sensitivity else ""),
)
"""What every worklist says of a person. FHIR's date of birth may be a year or a month only."""


def who() -> tuple[ColumnElement[Any], ...]:
    """What every statement gives of a person."""
    facts = [PERSON.c[name] for name in ("patient_id", "nhs_number", "name", "born_on", "sensitivity")]
    return PERSON.c.pk.label("person_pk"), *facts


def of_practice() -> ColumnElement[bool]:
    """Registered with the practice today, as their Patient says."""
    return PERSON.c.practice_code == bindparam("practice")


def on_the_register() -> FromClause:
    """Everybody alive who is on the register now, beside the one registration (`REGISTRATION`) by which they are."""
    latest = (
        select(_OTHER.c.resource_pk)
        .where(_OTHER.c.person_pk == PERSON.c.pk, _stands(_OTHER))
        .order_by((_OTHER.c.status == expressions.constant("active")).desc(), _OTHER.c.resource_pk.desc())
        .limit(1)
        .correlate(PERSON)
        .scalar_subquery()
    )
    is_alive = or_(PERSON.c.died_on.is_(None), PERSON.c.died_on > ON)
    return PERSON.join(REGISTRATION, and_(REGISTRATION.c.resource_pk == latest, is_alive))


def _stands(registration: FromClause) -> ColumnElement[bool]:
    return and_(
        registration.c.status.in_([expressions.constant(status) for status in registrations.STANDING]),
        or_(registration.c.started_on.is_(None), registration.c.started_on <= ON),
        or_(registration.c.ended_on.is_(None), registration.c.ended_on >= ON),
    )


@cache
def answer(kind: str) -> FromClause:
    """The rows of `preference` that answer a type, under a name of their own."""
    return _PREFERENCE.alias(kind.replace("-", "_"))


def with_answers(rows: FromClause, *kinds: str, at: ColumnElement[Any] = AT) -> FromClause:
    """The rows beside the answer of each type that is in force at an instant; none of a kind that nobody was asked."""
    for kind in kinds:
        said = answer(kind)
        is_of_kind = and_(said.c.person_pk == PERSON.c.pk, said.c.kind == expressions.constant(kind))
        rows = rows.outerjoin(said, and_(is_of_kind, preferences.stands(said, at)))
    return rows


def said(kind: str) -> tuple[ColumnElement[Any], ...]:
    """What `in_words` and `said_on` read of an answer."""
    name, row = kind.replace("-", "_"), answer(kind)
    return tuple(
        row.c[column].label(f"{name}_{column}")
        for column in ("resource_pk", "answer", "second_answer", "no_answer", "effective_at")
    )


def in_words(kind: str, missing: str = "not recorded") -> Callable[[Row[Any]], Cell]:
    """The cell of an answer: what was chosen, why there is none, or that nothing was recorded."""
    name = kind.replace("-", "_")

    def cell(row: Row[Any]) -> Cell:
        held = row._mapping
        if held[f"{name}_resource_pk"] is None:
            return missing
        if held[f"{name}_no_answer"]:
            return NO_ANSWER[held[f"{name}_no_answer"]]
        return _display(kind, held[f"{name}_answer"]) or "in words: see the record"

    return cell


def second_in_words(kind: str) -> Callable[[Row[Any]], Cell]:
    """The cell of a second choice; empty where there is none."""
    name = kind.replace("-", "_")
    return lambda row: _display(kind, row._mapping[f"{name}_second_answer"] or "")


def said_on(kind: str) -> Callable[[Row[Any]], Cell]:
    """The cell of the day from which an answer counts; empty where there is none, or where it counts from ever."""
    name = kind.replace("-", "_")

    def cell(row: Row[Any]) -> Cell:
        at = row._mapping[f"{name}_effective_at"]
        return at.date() if at and at > preferences.UNSAID_SINCE else None

    return cell


@cache
def _displays(kind: str) -> dict[str, str]:
    type_ = preference_type.all_types()[kind]
    answers = (*type_.answers, *(type_.second.answers if type_.second else ()))
    return {answer.code.code: answer.code.display for answer in answers}


def _display(kind: str, code: str) -> str:
    """A code in words; of a coding that is not known here, the code itself."""
    return _displays(kind).get(code, code)
