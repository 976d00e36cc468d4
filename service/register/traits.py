"""What reports are split by: what of a person is known that may go with worse care.

Resources say these; `trait` holds a row for each that does (`fhir/traits.py`). Which of them counts is decided here, in
SQL: of most kinds what was said last. The primary diagnosis is what the latest registration names as rank 1, else the
earliest confirmed one whose group is known.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from service import db
from service.expressions import constant
from service.register import diagnosis_groups, registrations
from service.register.models import Registration, Trait

ETHNICITY: Final = "ethnicity"
"""Keys of `ethnicity.GROUPS`."""
LANGUAGE: Final = "language"
"""ENGLISH or OTHER_LANGUAGE."""
RESIDENCE: Final = "residence"
"""Keys of `residence.KINDS`."""
LEARNING_DISABILITY: Final = "learning-disability"
"""`learning_disability.YES` alone."""
DIAGNOSIS_GROUP: Final = "diagnosis-group"
"""Keys of `diagnosis_groups.GROUPS`."""

ENGLISH, OTHER_LANGUAGE = "english", "other"
NOT_RECORDED: Final = "not-recorded"
"""What `value` gives where nothing was said."""

_TRAIT: Final = db.table(Trait)
_REGISTRATION: Final = db.table(Registration)


def value(kind: str, person_pk: ColumnElement[int]) -> ColumnElement[str]:
    """What is known of a person, else NOT_RECORDED. `person_pk` is a column of the statement around it."""
    if kind == DIAGNOSIS_GROUP:
        return func.coalesce(_primary(person_pk), _earliest(person_pk), constant(NOT_RECORDED))
    return func.coalesce(_latest(kind, person_pk, lambda trait: trait.c.value), constant(NOT_RECORDED))


def said_last(kind: str, person_pk: ColumnElement[int]) -> ScalarSelect[int]:
    """The key of the resource that said last what `value` gives, where the kind is not DIAGNOSIS_GROUP."""
    return _latest(kind, person_pk, lambda trait: trait.c.resource_pk)


def _latest(kind: str, person_pk: ColumnElement[int], column: Any) -> ScalarSelect[Any]:
    trait = _TRAIT.alias()
    return (
        select(column(trait))
        .where(trait.c.person_pk == person_pk, trait.c.kind == constant(kind))
        .order_by(trait.c.said_on.desc(), trait.c.resource_pk.desc())
        .limit(1)
        .scalar_subquery()
    )


def _primary(person_pk: ColumnElement[int]) -> ScalarSelect[str]:
    """Of the diagnosis that the latest registration which counts, and names one, has as its primary."""
    trait, registration = _TRAIT.alias(), _REGISTRATION.alias()
    is_named = (
        (trait.c.person_pk == registration.c.person_pk)
        & (trait.c.kind == constant(DIAGNOSIS_GROUP))
        & (trait.c.reference == registration.c.diagnosis)
    )
    return (
        select(trait.c.value)
        .select_from(registration.join(trait, is_named))
        .where(
            registration.c.person_pk == person_pk,
            registration.c.diagnosis != constant(""),
            registration.c.status.not_in(registrations.NOT_COUNTED),
        )
        .order_by(registration.c.started_on.desc(), registration.c.resource_pk.desc())
        .limit(1)
        .scalar_subquery()
    )


def _earliest(person_pk: ColumnElement[int]) -> ScalarSelect[str]:
    trait = _TRAIT.alias()
    return (
        select(trait.c.value)
        .where(
            trait.c.person_pk == person_pk,
            trait.c.kind == constant(DIAGNOSIS_GROUP),
            trait.c.value != constant(diagnosis_groups.OTHER),
        )
        .order_by(trait.c.said_on, trait.c.resource_pk)
        .limit(1)
        .scalar_subquery()
    )
