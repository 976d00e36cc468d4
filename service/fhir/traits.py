"""What a resource says of a person that reports are split by: rows of `trait` (`register/traits.py`)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from service import db
from service.fhir import elements, preference_answers
from service.fhir.resource_type import Body, RegisterRow
from service.register import (
    codes,
    diagnosis_groups,
    ethnicity,
    learning_disability,
    places,
    preferences,
    residence,
    traits,
)
from service.register.models import Trait

TRAIT: Final = db.table(Trait)
_ENGLISH: Final = ("en", "eng")
"""Of ISO 639, the part of BCP 47 that tells the language; UK Core's own code system has it too."""


def of_patient(patient: Body, at: datetime) -> Iterator[RegisterRow]:
    """Ethnicity and language. A Patient dates neither, so that the day of writing does."""
    said = elements.extension(patient, ethnicity.CATEGORY).get("valueCodeableConcept")
    yield from _row(traits.ETHNICITY, ethnicity.group_of(elements.codings(said)), at.date())
    yield from _row(traits.LANGUAGE, _language(patient), at.date())


def of_condition(condition: Body, at: datetime, *, stands: bool) -> Iterator[RegisterRow]:
    """The group of a diagnosis, a learning disability, a kind of residence; nothing of what nobody is sure of.

    A diagnosis in remission groups as ever; who has left a care home lives there no longer.
    """
    verification = elements.codings(condition.get("verificationStatus"))
    if verification and (codes.CONDITION_VERIFICATION, "confirmed") not in verification:
        return
    said = elements.codings(condition.get("code"))
    on = elements.day(condition.get("recordedDate")) or elements.day(condition.get("onsetDateTime")) or at.date()
    reference = f"Condition/{elements.text_at(condition, 'id')}"
    yield from _row(traits.DIAGNOSIS_GROUP, diagnosis_groups.group_of(said), on, reference)
    if stands:
        yield from _of_findings(said, on)


def of_observation(observation: Body, at: datetime) -> Iterator[RegisterRow]:
    """A learning disability or a kind of residence, as the code or as the value; or as what a preferred place is."""
    value = preference_answers.value_of(observation)
    if observation.get("status") not in preferences.IN_FORCE_STATUSES or value is False:
        return
    on = elements.day(observation.get("effectiveDateTime")) or at.date()
    said = [*elements.codings(observation.get("code")), *elements.codings(value)]
    yield from _of_findings(said, on)
    yield from _row(traits.RESIDENCE, residence.kind_of_place(_usual_residence(observation)), on)


def _of_findings(said: list[tuple[str, str]], on: date) -> Iterator[RegisterRow]:
    is_disabled = learning_disability.is_said_by(said)
    yield from _row(traits.LEARNING_DISABILITY, learning_disability.YES if is_disabled else "", on)
    yield from _row(traits.RESIDENCE, residence.kind_of(said), on)


def _row(kind: str, value: str, on: date, reference: str = "") -> Iterator[RegisterRow]:
    if value:
        yield TRAIT, {"kind": kind, "value": value, "said_on": on, "reference": reference}


def _language(patient: Body) -> str:
    """English where any language is, of those preferred if any are: somebody can talk with them."""
    spoken = elements.all_of(patient, "communication")
    spoken = [each for each in spoken if each.get("preferred") is True] or spoken
    said = [concept for each in spoken if elements.text_of(concept := each.get("language"))]
    if not said:
        return ""
    return traits.ENGLISH if any(map(_is_english, said)) else traits.OTHER_LANGUAGE


def _is_english(language: Any) -> bool:
    told = [code.partition("-")[0].lower() for _, code in elements.codings(language) if code]
    return any(code in _ENGLISH for code in told) if told else elements.text_of(language).casefold() == "english"


def _usual_residence(observation: Body) -> str:
    """The group of the place, first or second choice, that is said to be the usual residence; empty where none is."""
    kind = preference_answers.type_of(observation)
    if kind is None or not kind.second:
        return ""
    parts = elements.all_of(observation, "component")
    told = [code for part in parts if part.get("valueBoolean") is True for code in elements.codings(part.get("code"))]
    if places.IS_USUAL_RESIDENCE.code.key in told:
        return preference_answers.read(observation, kind.answers).group
    is_second = places.SECOND_IS_USUAL_RESIDENCE.code.key in told
    return preference_answers.read_second(observation, kind).group if is_second else ""
