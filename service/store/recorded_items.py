"""Which items of the information standard a resource records, and whether there is an answer: `recorded_item`.

What stands is what the summary shows: a resource that gives it no line (a mistake, a draft, a diagnosis that was
refuted) records nothing. Which element records which item is said by the mappings of the profiles that it keeps. A
reason why there is no answer is recorded too, as a preference's or by the extension data-absent-reason (R4).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from service import db
from service.fhir import elements, narrative, preference_answers
from service.fhir.profiles import compiled, conformity, library
from service.fhir.resource_type import Body, RegisterRow, ResourceType
from service.register import codes, items, preference_type
from service.register.models import Preference, RecordedItem, Registration

RECORDED_ITEM: Final = db.table(RecordedItem)
REGISTRATION: Final = db.table(Registration)
PREFERENCE: Final = db.table(Preference)


def states(type_: ResourceType, resource: Body, derived: Sequence[RegisterRow]) -> Mapping[int, str]:
    """The state of each item that a resource records, of which the rows `derived` follow already."""
    rows = dict(derived)
    if narrative.SUMMARY_ITEM not in rows:
        return {}
    profiles = list(type_.profiles(resource))
    found: dict[int, str] = {}
    for reason in dict.fromkeys(_reasons(resource)):
        found |= _all(_held(_filled(resource, reason), profiles), reason)
    found |= _all(_held(resource, profiles), items.PRESENT)
    if REGISTRATION in rows:
        found |= _all(items.AUTOMATIC, items.PRESENT)
    if PREFERENCE in rows and (no_answer := rows[PREFERENCE]["no_answer"]):
        asked = preference_type.all_types()[rows[PREFERENCE]["kind"]].items
        found |= _all(map(int, asked), no_answer)
    return found


def _all(numbers: Iterable[int], state: str) -> dict[int, str]:
    found: dict[int, str] = dict.fromkeys(numbers, state)
    return found


def _held(resource: Body, profiles: Sequence[str]) -> set[int]:
    shipped = library.shipped()
    mapped = (conformity.items(resource, compiled.profile(one, shipped)) for one in profiles)
    return {int(number) for numbers in mapped for number in numbers}


def _reasons(element: Any) -> Iterator[str]:
    """Why elements have no value, as reasons of ours: these are few, however many codes were sent."""
    if isinstance(element, list):
        for each in element:
            yield from _reasons(each)
    elif isinstance(element, dict):
        for name, child in element.items():
            if name == "extension":
                yield from filter(None, [_reason(element)])
            elif isinstance(child, dict | list):
                yield from _reasons(child)


def _filled(element: Any, reason: str) -> Any:
    """The same, as if what is absent for that reason had a value: so the mappings say which items that would record."""
    if isinstance(element, list):
        return [_filled(each, reason) for each in element]
    if not isinstance(element, dict):
        return element
    filled = {name: _filled(child, reason) for name, child in element.items()}
    for name, child in element.items():
        if name.startswith("_") and _reason(child) == reason:
            filled.setdefault(name[1:], codes.DATA_ABSENT)
    return {**filled, "text": codes.DATA_ABSENT} if _reason(element) == reason else filled


def _reason(element: Any) -> str:
    code = elements.text_at(elements.extension(element, codes.DATA_ABSENT), "valueCode")
    return preference_answers.reason(code) if code else ""
