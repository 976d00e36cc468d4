"""Reads an Observation as the answer to a preference type: which answer it is, whether it may stand, and in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.errors import Issue
from service.fhir import concept_maps, elements, narrative
from service.fhir.register_rules import broken
from service.fhir.resource_type import Body
from service.register import codes, preference_type
from service.register.codes import DATA_ABSENT_REASON, Code
from service.register.preference_type import NO_ANSWER, Answer, Component, PreferenceType

_REASONS: Final = {
    "not-asked": "not-asked",
    "asked-declined": "declined",
    "asked-unknown": "unknown",
    "unknown": "unknown",
    "temp-unknown": "unknown",
    "not-applicable": "not-appropriate",
}
"""dataAbsentReason codes, as reasons of ours (FHIR.md §6.1). Any other reason is kept as "unknown"."""

_REASONS_AS_ANSWERS: Final = tuple(
    Answer(Code(code, DATA_ABSENT_REASON, code, "FHIR R4 data-absent-reason"), no_answer=reason)
    for code, reason in _REASONS.items()
)
"""Some senders code "not known" as the value itself; ConceptMaps translate theirs to these."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as the register keeps it; all empty where a sender wrote words only.

    answer    the code as it was recorded; of a number, the number
    unmapped  `system|code` of a coding that nothing here understands
    """

    answer: str = ""
    group: str = ""
    no_answer: str = ""
    unmapped: str = ""

    @property
    def is_answer(self) -> bool:
        return not self.no_answer


@dataclass(frozen=True, slots=True)
class _Known:
    """A coding that we know, itself or through a ConceptMap: the code as recorded, and the answer that it is."""

    code: str
    answer: Answer


def reason(code: str) -> str:
    """The reason of ours, a key of NO_ANSWER, that a data-absent-reason is."""
    return _REASONS.get(code, "unknown")


def type_of(observation: Body) -> PreferenceType | None:
    """The preference type that an Observation answers, if it answers one."""
    return preference_type.of_codes(elements.codings(observation.get("code")))


def value_of(element: Body) -> Any:
    """The value[x] of an Observation or a component; None where there is none."""
    return next((value for name, value in element.items() if name.startswith("value") and value is not None), None)


def read(element: Body, answers: tuple[Answer, ...]) -> Reading:
    """What an Observation or a component answers."""
    value = value_of(element)
    if isinstance(value, dict) and "coding" in value:
        return _coded(value, answers)
    if value is None:
        return Reading(no_answer=_reason(element))
    number = _number(value)
    return Reading(answer="" if number is None else _scalar(number))


def _number(value: Any) -> Any:
    """The number of a Quantity, or the number itself; None for anything else."""
    number = value.get("value") if isinstance(value, dict) else value
    return None if isinstance(number, str) else number


def second_choice(observation: Body, kind: PreferenceType) -> Body | None:
    """The component that holds the second choice."""
    return next((each for each in elements.all_of(observation, "component") if _is(kind.second, each)), None)


def read_second(observation: Body, kind: PreferenceType) -> Reading:
    chosen = second_choice(observation, kind)
    return read(chosen, kind.second.answers) if chosen and kind.second else Reading()


def confirmed(observation: Body) -> str | None:
    """The Observation, as "Observation/id", that this one confirms unchanged; None where it confirms none."""
    return elements.reference_of(elements.extension(observation, codes.CONFIRMED_UNCHANGED).get("valueReference"))


def says_the_same(one: Body, other: Body, kind: PreferenceType) -> bool:
    """Whether two Observations of a kind give the same answer, however they code it."""
    return _essence(one, kind) == _essence(other, kind)


def _essence(observation: Body, kind: PreferenceType) -> tuple[Any, ...]:
    first, second = read(observation, kind.answers), read_second(observation, kind)
    parts = elements.all_of(observation, "component") if kind.answered_by_components else []
    return (
        _compared(observation, first),
        _compared(second_choice(observation, kind) or {}, second),
        sorted((elements.codings(part.get("code")), str(value_of(part))) for part in parts),
    )


def _compared(element: Body, reading: Reading) -> str:
    """The reason for no answer; a place by its group, so that 21 confirms 20; the code or number; else the words."""
    return reading.no_answer or reading.group or reading.answer or str(value_of(element) or "")


def leaves_as_it_was(observation: Body, kind: PreferenceType) -> bool:
    """Whether it gives no answer, and no reason that would take an earlier one away."""
    if kind.answered_by_components and observation.get("component"):
        return False
    return kind.is_left_as_it_was(read(observation, kind.answers).no_answer)


def issues(observation: Body, kind: PreferenceType) -> Iterator[Issue]:
    """What an answer breaks that its profile cannot say: codings of one value that contradict each other, a number
    that its scale does not have."""
    yield from _is_on_its_scale(observation, kind)
    yield from _is_one_answer(observation, kind.answers, "Observation.value")
    for at, element in enumerate(elements.all_of(observation, "component")):
        if part := part_of(kind, element):
            yield from _is_one_answer(element, part.answers, f"Observation.component[{at}].value")


def _is_one_answer(element: Body, answers: tuple[Answer, ...], expression: str) -> Iterator[Issue]:
    """Codings of one value translate each other (R4 CodeableConcept); if they disagree, which one is it? So too where
    a display or the text is that of another answer: one reader goes by the code, the next by the words.

    Of codes of ours only: a ConceptMap may be less sure than what it translates.
    """
    known = _same(value_of(element), answers)
    said = {words.casefold() for words in _said(value_of(element))} if known else set()
    named = [answer for answer in answers if answer.code.display.casefold() in said]
    meanings = {answer.meaning for answer in (*(one.answer for one in known), *named) if not answer.is_vague}
    if len(meanings) > 1:
        yield broken("The codings of this value, or a code and its words, name different answers", expression)


def _said(concept: Body) -> Iterator[str]:
    """The words of a concept: its text and the displays of its codings."""
    yield elements.text_at(concept, "text").strip()
    yield from (elements.text_at(coding, "display").strip() for coding in elements.all_of(concept, "coding"))


def _is_on_its_scale(observation: Body, kind: PreferenceType) -> Iterator[Issue]:
    """9 of 10 and 9 of 100 are near opposites: a number beyond its scale tells that the scale is the wrong one."""
    number = _number(value_of(observation))
    if kind.number is None or kind.number.scale is None or number is None:
        return
    scale = kind.number.scale
    for at, element in enumerate(elements.all_of(observation, "component")):
        highest = read(element, scale.answers).group if _is(scale, element) else ""
        if highest and int(highest) < number <= kind.number.high:
            yield broken(f"This scale ends at {highest}: send the number on it", f"Observation.component[{at}].value")


def in_words(observation: Body, kind: PreferenceType) -> str:
    """`Preferred place of death: Hospice (St Chad's); Second choice: Own home; …`."""
    first = _words(observation, kind.answers)
    parts = [_component_in_words(each, kind) for each in elements.all_of(observation, "component")]
    notes = [f"Note: {elements.text_at(note, 'text')}" for note in elements.all_of(observation, "note")]
    return narrative.sentence(f"{kind.title}: {first}" if first else kind.title, *parts, *notes)


def _component_in_words(component: Body, kind: PreferenceType) -> str:
    known = part_of(kind, component)
    title = known.title if known else elements.text_of(component.get("code"))
    if known and known.is_statement and value_of(component) is True:
        return title
    words = _words(component, known.answers if known else ())
    return f"{title}: {words}" if title and words else title or words


def part_of(kind: PreferenceType, component: Body) -> Component | None:
    """The part of the answer that a component is, if we know it."""
    return next((each for each in kind.parts if _is(each, component)), None)


def _words(element: Body, answers: tuple[Answer, ...]) -> str:
    value = value_of(element)
    if value is None:
        reason = element.get("dataAbsentReason")
        return elements.text_at(reason, "text") or NO_ANSWER.get(_reason(element), "")
    if not isinstance(value, dict):
        return _scalar(value)
    if "value" in value:
        return " ".join(filter(None, (_scalar(value["value"]), elements.text_at(value, "unit"))))
    return _concept_in_words(value, answers)


def _concept_in_words(concept: Body, answers: tuple[Answer, ...]) -> str:
    """The coded answer in our words and, where they differ, the sender's beside them: neither may hide the other."""
    text = elements.text_of(concept)
    chosen = _chosen(concept, answers)
    if chosen is None:
        return text
    said = NO_ANSWER.get(chosen.answer.no_answer) or chosen.answer.code.display
    if chosen.code != chosen.answer.code.code:
        # Translated: the sender's words, also where they are a coding's display, are what was really said.
        return said if text in ("", chosen.code) else f"{said} ({text})"
    said = chosen.answer.code.display
    return said if text.casefold() in {said.casefold(), chosen.code} else f"{said} ({text})"


def _coded(concept: Body, answers: tuple[Answer, ...]) -> Reading:
    chosen = _chosen(concept, answers)
    if chosen is None:
        keys = elements.codings(concept)
        unknown = next(iter(keys), ("", ""))
        return Reading(answer=unknown[1], unmapped="|".join(unknown) if answers and keys else "")
    if chosen.answer.no_answer:
        return Reading(no_answer=chosen.answer.no_answer)
    return Reading(chosen.code, chosen.answer.group)


def _chosen(concept: Any, answers: tuple[Answer, ...]) -> _Known | None:
    """The first coding that we know; a vague one, such as "usual place of residence", only where it stands alone.

    Only where none of them is a code of ours are they looked for in the ConceptMaps.
    """
    known = _same(concept, answers) or _translated(concept, (*answers, *_REASONS_AS_ANSWERS)) if answers else []
    return min(known, key=lambda one: one.answer.is_vague, default=None)


def _same(concept: Any, answers: tuple[Answer, ...]) -> list[_Known]:
    """The codings that are answers of ours, in the order in which they were sent."""
    return [_Known(key[1], answer) for key in elements.codings(concept) for answer in answers if answer.code.key == key]


def _translated(concept: Any, answers: tuple[Answer, ...]) -> list[_Known]:
    return [
        _Known(key[1], answer)
        for key in elements.codings(concept)
        for meant in (key, *concept_maps.translations().get(key, ()))
        for answer in answers
        if answer.code.key == meant
    ]


def _reason(element: Body) -> str:
    reason = element.get("dataAbsentReason")
    if not reason:
        return ""
    found = [
        _REASONS[code] for system, code in elements.codings(reason) if system == DATA_ABSENT_REASON and code in _REASONS
    ]
    return next(iter(found), "unknown")


def _is(component: Component | None, element: Body) -> bool:
    return component is not None and component.code.key in elements.codings(element.get("code"))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
