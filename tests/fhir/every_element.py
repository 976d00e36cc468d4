"""Every element of every type of R4, right and wrong, in the smallest resource that can hold it, made of the tables."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.fhir import definitions
from service.fhir.definitions import Element
from service.fhir.resource_type import Body
from tests.fhir.mutations import OTHERS, SAMPLES

Wrapped = Callable[[Any], Body]

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">some text</div>'
CONCEPT: Body = {"text": "some text"}
ACTIVE: Body = {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}

DEMANDED: dict[str, Body] = {
    "AllergyIntolerance": {"clinicalStatus": {"coding": [ACTIVE]}},
    "Condition.evidence": {"code": [CONCEPT]},
    "Condition.stage": {"summary": CONCEPT},
    "Consent": {"policyRule": CONCEPT},
    "DataRequirement.codeFilter": {"path": "code"},
    "DataRequirement.dateFilter": {"path": "date"},
    "Expression": {"expression": "true"},
    "Extension": {"valueString": "some text"},
    "Observation.referenceRange": {"text": "some text"},
    "Organization": {"name": "some text"},
    "Parameters.parameter": {"valueString": "some text"},
    "Patient.contact": {"name": {"text": "some text"}},
    "Questionnaire.item": {"linkId": "1", "type": "string"},
    "TriggerDefinition": {"type": "named-event", "name": "some text"},
}
"""What invariants demand where no single element is mandatory."""


def resources() -> Iterator[tuple[str, Body]]:
    """Each element by its path, with values of every type, alone and in a list, and left out."""
    seen: set[str] = set()
    for name in sorted(definitions.types().keys() & definitions.resource_types()):
        yield from _of_type(name, lambda value: value, seen)


def right(type_name: str) -> Iterator[Body]:
    """A resource type's elements, and those of the datatypes in it, each with one value that is right for it."""
    yield from _right(type_name, lambda value: value, set())


def _right(type_name: str, wrapped: Wrapped, seen: set[str]) -> Iterator[Body]:
    base, elements = smallest(type_name), definitions.types()[type_name]
    for name, element in elements.items():
        rest = {key: value for key, value in base.items() if key != name and not _is_rival(elements.get(key), element)}
        yield wrapped({**rest, name: _as_it_repeats(element, sample(element))})
        if element.type in definitions.types() and element.type not in seen:
            seen.add(element.type)
            yield from _right(element.type, _below(wrapped, rest, element), seen)


def smallest(type_name: str) -> Body:
    """An object of the type that holds what it must."""
    found: Body = {"resourceType": type_name} if type_name in definitions.resource_types() else {}
    chosen = set()
    for name, element in definitions.types()[type_name].items():
        if element.is_required and element.choice not in chosen:
            chosen |= {element.choice} - {""}
            found[name] = _as_it_repeats(element, sample(element))
    return found | DEMANDED.get(type_name, {}) or {"extension": [SAMPLES["Extension"]]}


def sample(element: Element) -> Any:
    """A value that is right for the element."""
    if element.type == "Resource":
        return {"resourceType": "Basic", "id": "a", "code": CONCEPT}
    if element.codes:
        system, codes = next(iter(element.codes.items()))
        coding = {"system": system, "code": codes[0]}
        return {"code": codes[0], "Coding": coding}.get(element.type, {"coding": [coding]})
    if element.type == "Reference" and element.targets:
        return {"reference": f"{min(element.targets)}/1"}
    if element.type == "xhtml":
        return DIV
    return copy.deepcopy(SAMPLES[element.type]) if element.type in SAMPLES else smallest(element.type)


def _of_type(type_name: str, wrapped: Wrapped, seen: set[str]) -> Iterator[tuple[str, Body]]:
    base, elements = smallest(type_name), definitions.types()[type_name]
    for name, element in elements.items():
        rest = {key: value for key, value in base.items() if key != name and not _is_rival(elements.get(key), element)}
        yield f"{type_name} without {name}", wrapped(rest)
        for value in (sample(element), *OTHERS, *SAMPLES.values()):
            yield f"{type_name}.{name}", wrapped({**rest, name: copy.deepcopy(value)})
            yield f"{type_name}.{name}", wrapped({**rest, name: [copy.deepcopy(value)]})
        if element.type in definitions.types() and element.type not in seen:
            seen.add(element.type)
            yield from _of_type(element.type, _below(wrapped, rest, element), seen)


def _is_rival(other: Element | None, element: Element) -> bool:
    return other is not None and other.choice == element.choice != ""


def _below(wrapped: Wrapped, rest: Mapping[str, Any], element: Element) -> Wrapped:
    return lambda value: wrapped({**rest, element.name: _as_it_repeats(element, value)})


def _as_it_repeats(element: Element, value: Any) -> Any:
    return [value] if element.is_many else value
