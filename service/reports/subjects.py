"""Who is behind the figures of one practice: for its own people, who may see them anyway.

Named are those whom the asker sees today. Who has moved to another practice since is counted, and not named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from service.actor import Actor, Sees
from service.config import Settings
from service.reports import counting
from service.reports.measure import Measure
from service.reports.report import Asked
from service.reports.scene import scene
from service.store import access_filter

_PERSON = access_filter.PERSON


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, the id of their Patient, and the codes of the parts that count them."""

    person_pk: int
    patient_id: str
    parts: tuple[str, ...]


def of(session: Session, one: Measure, asked: Asked, settings: Settings, *, by: Actor) -> tuple[Subject, ...]:
    """The people of `asked.own`, in the order of their keys. Raises Unreadable as a report does."""
    seen = scene(session, one, asked, settings)
    days: Mapping[str, Any] = {"day_0": seen.on} if seen.is_stock else {"first": seen.first, "last": seen.on}
    found = session.execute(
        _statement(one, access_filter.in_bulk(by.sees)),
        {"practice": asked.own, **days, **access_filter.parameters(by)},
    )
    codes = [part.code for part in counting.columns(one)]
    return tuple(
        Subject(row[0], row[1], tuple(code for code, counts in zip(codes, row[2:], strict=True) if counts))
        for row in found
    )


def by_part(one: Measure, subjects: tuple[Subject, ...]) -> dict[str, list[str]]:
    """The ids of Patients by part; none of a part that a published table counts or that is added up of others."""
    return {
        part.code: [subject.patient_id for subject in subjects if part.code in subject.parts]
        for part in counting.columns(one)
        if not part.given
    }


@cache
def _statement(one: Measure, sees: Sees) -> Select[Any]:
    """Columns: key of the person, id of the Patient, then whether each part counts them."""
    rows = one.population.rows(1 if one.population.is_stock else 0)
    answers = (counting.answer(part, rows).label(part.code) for part in counting.columns(one))
    return (
        select(_PERSON.c.pk, _PERSON.c.patient_id, *answers)
        .select_from(rows.join(_PERSON, _PERSON.c.pk == rows.c.person_pk))
        .where(rows.c.practice_code == bindparam("practice"), access_filter.visible_person(sees))
        .order_by(_PERSON.c.pk)
    )
