"""Observation: a preference, a decision or a clinical statement. Kept for ever; the latest effective one rules."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from service import db
from service.errors import Issue
from service.fhir import (
    answers_in_part,
    elements,
    narrative,
    preference_answers,
    preference_profiles,
    register_rules,
    traits,
)
from service.fhir.narrative import Line
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import preferences
from service.register.models import Death, Preference
from service.register.preference_type import PreferenceType

PREFERENCE: Final = db.table(Preference)
DEATH: Final = db.table(Death)


def _rules(observation: Body) -> Iterator[Issue]:
    yield from register_rules.belongs_to_a_patient(observation, "subject")
    kind = preference_answers.type_of(observation)
    # A mistake may be marked as one, whatever else is wrong with it.
    if kind and observation.get("status") != "entered-in-error":
        yield from preference_answers.issues(observation, kind)


def _profiles(observation: Body) -> Iterable[str]:
    kind = preference_answers.type_of(observation)
    return [preference_profiles.url(kind)] if kind and observation.get("status") != "entered-in-error" else []


def _register_rows(observation: Body, at: datetime) -> Iterable[RegisterRow]:
    """Observations that answer no preference type are kept and found, and say at most what reports are split by."""
    kind = preference_answers.type_of(observation)
    rows: list[RegisterRow] = list(traits.of_observation(observation, at))
    if kind is None or observation.get("status") == "entered-in-error":
        return rows
    rows.append((PREFERENCE, _preference(observation, kind, at)))
    if observation.get("status") in preferences.IN_FORCE_STATUSES:
        rows += [(DEATH, _death(observation, kind))] if kind.of_death else []
        rows += narrative.rows([_line(observation, kind, at)])
    return rows


def _preference(observation: Body, kind: PreferenceType, at: datetime) -> dict[str, Any]:
    first = preference_answers.read(observation, kind.answers)
    second = preference_answers.read_second(observation, kind)
    return {
        "kind": kind.name,
        "status": elements.text_at(observation, "status"),
        "answer": first.answer,
        "answer_group": first.group,
        "second_answer": second.answer,
        "second_answer_group": second.group,
        "no_answer": first.no_answer,
        "unmapped": first.unmapped or second.unmapped,
        "is_confirmation": preference_answers.confirmed(observation) is not None,
        "effective_at": _effective_at(observation, kind, at),
        "issued_at": _issued_at(observation, at),
    }


def _death(observation: Body, kind: PreferenceType) -> dict[str, Any]:
    place = preference_answers.read(observation, kind.answers)
    return {"died_on": None, "place": place.answer, "place_group": place.group, "status": ""}


def _line(observation: Body, kind: PreferenceType, at: datetime) -> Line:
    confirmed_on = elements.day(observation.get("effectiveDateTime")) or at.date()
    names = [elements.display_of(performer) for performer in elements.all_of(observation, "performer")]
    return Line(
        section=kind.section,
        kind="" if kind.repeats else kind.name,
        what=preference_answers.in_words(observation, kind),
        by=", ".join(filter(None, names)),
        effective_at=_effective_at(observation, kind, at),
        issued_at=_issued_at(observation, at),
        recorded_on=elements.day(observation.get("issued")) or confirmed_on,
        confirmed_on=confirmed_on,
        review_on=_review_on(observation, kind, confirmed_on),
    )


def _review_on(observation: Body, kind: PreferenceType, confirmed_on: date) -> date | None:
    set_by_author = narrative.review_date(observation)
    return set_by_author or (preferences.review_due(confirmed_on) if kind.reviewed else None)


def _effective_at(observation: Body, kind: PreferenceType, at: datetime) -> datetime:
    """From when it counts, which decides what is in force (decision 5).

    A day counts from its end. A month or a year counts from its beginning, so that it never takes the place of what is
    dated by a day within it; that there is no answer counts from ever.
    """
    if preference_answers.leaves_as_it_was(observation, kind):
        return preferences.UNSAID_SINCE
    text = elements.text_at(observation, "effectiveDateTime")
    is_a_day = len(text) >= len("2026-03-31")
    return (elements.settled(text, at) if is_a_day else elements.instant(text)) or at


def _issued_at(observation: Body, at: datetime) -> datetime:
    return elements.instant(observation.get("issued")) or at


OBSERVATION = ResourceType(
    name="Observation",
    person="subject",
    dated=lambda observation: ("effectiveDateTime", "issued"),
    rules=_rules,
    profiles=_profiles,
    register_rows=_register_rows,
    in_every_summary=True,
    in_part=InPart(
        words=frozenset(
            [
                "category",
                "code",
                "bodySite",
                "method",
                "interpretation",
                "valueString",
                "valueCodeableConcept",
                "dataAbsentReason",
                "component.code",
                "component.valueString",
                "component.valueCodeableConcept",
                "component.dataAbsentReason",
                "component.interpretation",
                "referenceRange.text",
                "component.referenceRange.text",
            ]
        ),
        without_place=answers_in_part.without_place,
    ),
)
