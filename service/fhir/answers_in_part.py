"""What is left of an answer for somebody who may not learn where the person is: of places only the codes we know.

Words and foreign codes may name a house, a hospice or a practice. Observations that answer no preference type may say
anything, so that nothing of their words is left.
"""

from collections.abc import Callable
from typing import Any, Final

from service.fhir import concept_maps, elements, preference_answers
from service.fhir.resource_type import Body
from service.register import codes
from service.register.preference_type import Answer, PreferenceType

WITHHELD: Final[Body] = {
    "coding": [{"system": codes.DATA_ABSENT_REASON, "code": "masked"}],
    "text": "withheld, as the whereabouts of this person are restricted",
}
"""Said in place of a value that is there and not told."""

_IsLeft = Callable[[Body], bool]


def without_place(observation: Body) -> Body:
    kind = preference_answers.type_of(observation)
    if kind is None:
        return _unknown(observation)
    left = _answered(observation, kind.answers) if kind.tells_where else observation
    parts = [_part(each, kind) for each in elements.all_of(observation, "component")]
    return {**left, "component": parts} if parts else left


def _part(component: Body, kind: PreferenceType) -> Body:
    known = preference_answers.part_of(kind, component)
    if known is None:
        return _unknown(component) if kind.tells_where else component
    return _answered(component, known.answers) if kind.tells_where or known.tells_where else component


def _answered(element: Body, answers: tuple[Answer, ...]) -> Body:
    """With the codes of its answer alone: a code that is no answer of ours may be that of an organisation."""
    known = {answer.code.key for answer in answers}
    return _coded(element, lambda coding: not known.isdisjoint(_meanings(coding)))


def _meanings(coding: Body) -> tuple[tuple[str, str], ...]:
    key = (elements.text_at(coding, "system"), elements.text_at(coding, "code"))
    return (key, *concept_maps.translations().get(key, ()))


def _unknown(element: Body) -> Body:
    """With the codes of what it asks and answers."""
    left = _coded(element, lambda coding: True)
    parts = [_unknown(each) for each in elements.all_of(element, "component")]
    code = _concept(element.get("code"), lambda coding: True)
    return {**left, "code": code, **({"component": parts} if parts else {})}


def _coded(element: Body, is_left: _IsLeft) -> Body:
    """The element without the words of its value; where no value is left, it says that one was withheld."""
    values = {name: value for name, value in element.items() if name.lstrip("_").startswith("value")}
    left = {name: kept for name, value in values.items() if (kept := _value(name, value, is_left)) not in (None, {})}
    rest = {name: value for name, value in element.items() if name not in values}
    if "dataAbsentReason" in rest:
        left["dataAbsentReason"] = _concept(rest["dataAbsentReason"], lambda coding: True) or WITHHELD
    return {**rest, **left, **({"dataAbsentReason": WITHHELD} if values and not left else {})}


def _value(name: str, value: Any, is_left: _IsLeft) -> Any:
    if name == "valueCodeableConcept":
        return _concept(value, is_left)
    return None if name in ("valueString", "_valueString") else value


def _concept(concept: Any, is_left: _IsLeft) -> Body:
    """The system and code of each coding that is left: a display may say more than its code."""
    found = [
        {name: coding[name] for name in ("system", "code") if name in coding}
        for coding in elements.all_of(concept, "coding")
        if coding.get("code") and is_left(coding)
    ]
    return {"coding": found} if found else {}
