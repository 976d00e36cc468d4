"""What each preference type says in FHIR: its profile, its value sets and its codes, derived from the declaration.

A profile is a child of `epaccs-preference`, which stands in a file. Nothing of a type is written down twice: what the
declaration says is what is published, and what is judged. Closed types bind their answers as required; of all others a
foreign coding is kept, and a warning at most.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.fhir.profiles import snapshots
from service.fhir.resource_type import Body
from service.register import codes, preference_type
from service.register.codes import Code
from service.register.preference_type import Answer, Component, Number, PreferenceType

PARENT: Final = f"{codes.BASE}/StructureDefinition/epaccs-preference"
MAPPING: Final = {"identity": "scci1580", "name": "SCCI1580 Amd 11/2015, palliative care co-ordination: item numbers"}

_ABOUT: Final = {
    "version": "0.1.0",
    "status": "draft",
    "experimental": True,
    "date": "2026-11-22",
    "publisher": "Heartsease",
}
_CODED: Final = "valueCodeableConcept"


def url(kind: PreferenceType) -> str:
    """The canonical URL of a type's profile."""
    return f"{codes.BASE}/StructureDefinition/epaccs-{kind.name}"


def derived(authored: Iterable[Body]) -> list[Body]:
    """All definitions of ours: those `authored` in files, and what the preference types add to them.

    The code system holds the types' own codes, so that a type with codes of its own is one file too.
    """
    completed = [_with_codes(one) if one["url"] == codes.LOCAL else one for one in authored]
    parent = next(one for one in completed if one["url"] == PARENT)
    kinds = preference_type.all_types().values()
    return [*completed, *(found for kind in kinds for found in (_profile(kind, parent), *_value_sets(kind)))]


def _with_codes(system: Body) -> Body:
    """The code system of ours, with the codes that the preference types declare."""
    declared = [code for kind in preference_type.all_types().values() for code in kind.codes]
    concepts = {code.code: _concept(code) for code in declared if code.system == codes.LOCAL}
    concepts |= {concept["code"]: concept for concept in system["concept"]}
    return {**system, "concept": [concepts[code] for code in sorted(concepts)]}


def _concept(code: Code) -> Body:
    return {
        "code": code.code,
        "display": code.display,
        "definition": f"{code.source[:1].upper()}{code.source[1:]}",
    }


def _profile(kind: PreferenceType, parent: Body) -> Body:
    structure = {
        "resourceType": "StructureDefinition",
        "id": f"epaccs-{kind.name}",
        "url": url(kind),
        "name": _camel(f"epaccs-{kind.name}"),
        "title": kind.title,
        **_ABOUT,
        "description": _description(kind),
        "fhirVersion": "4.0.1",
        "mapping": [MAPPING],
        "kind": "resource",
        "abstract": False,
        "type": "Observation",
        "baseDefinition": PARENT,
        "derivation": "constraint",
        "differential": {"element": list(_elements(kind))},
    }
    return structure | {"snapshot": {"element": snapshots.snapshot(structure, parent["snapshot"]["element"])}}


def _description(kind: PreferenceType) -> str:
    numbers = sorted({*kind.items, *filter(None, [kind.date_item, kind.review_item, *_items_of_parts(kind)])}, key=int)
    recorded = f"SCCI1580 item {', '.join(numbers)}." if numbers else "Not an item of SCCI1580."
    return f"{kind.code.display}, as the register keeps it. {recorded}"


def _items_of_parts(kind: PreferenceType) -> list[str]:
    return [part.item for part in kind.parts]


def _elements(kind: PreferenceType) -> Iterator[Body]:
    """The differential, in the order of the elements of an Observation."""
    yield _element("Observation", short=kind.title, constraint=list(_invariants(kind)))
    yield from _mapped("Observation.extension:reviewDate", [kind.review_item])
    yield _element("Observation.code", **_question(kind), **_mapping([] if kind.needs_answer_or_reason else kind.items))
    yield from _mapped("Observation.effective[x]", [kind.date_item])
    yield from _answer(kind)
    yield from _mapped("Observation.dataAbsentReason", kind.items)
    for part in kind.parts:
        yield from _part(kind, part)


def _question(kind: PreferenceType) -> Body:
    if kind.other_codes:
        return {"binding": _binding("required", f"epaccs-{kind.name}-questions")}
    return {"patternCodeableConcept": _pattern(kind.code)}


def _answer(kind: PreferenceType) -> Iterator[Body]:
    mapping = _mapping(kind.items)
    if kind.closed:
        binding = _binding("required", _answers_id(kind))
        yield _element("Observation.value[x]", type=_types("CodeableConcept"), binding=binding, **mapping)
        return
    numbers = ("Quantity", "integer") if kind.number else ()
    yield _element("Observation.value[x]", type=_types("CodeableConcept", "string", *numbers), **mapping)
    if kind.answers:
        binding = _binding("extensible", _answers_id(kind))
        yield _element(f"Observation.value[x]:{_CODED}", sliceName=_CODED, binding=binding)


def _part(kind: PreferenceType, part: Component) -> Iterator[Body]:
    name = _slug(part)
    at = f"Observation.component:{name}"
    second = [_second_implies_first(kind)] if part is kind.second else []
    yield _element(at, sliceName=name, short=part.title, max="1", constraint=second, **_mapping([part.item]))
    yield _element(f"{at}.code", patternCodeableConcept=_pattern(part.code))
    if part.is_statement:
        yield _element(f"{at}.value[x]", type=_types("boolean"), fixedBoolean=True)
    if part.answers:
        yield from _part_answer(kind, part, at)


def _part_answer(kind: PreferenceType, part: Component, at: str) -> Iterator[Body]:
    own = f"epaccs-{kind.name}-{_slug(part)}-answers"
    among = _answers_id(kind) if part.answers == kind.answers else own
    if part.closed:
        yield _element(f"{at}.value[x]", type=_types("CodeableConcept"), binding=_binding("required", among))
        return
    yield _element(f"{at}.value[x]:{_CODED}", sliceName=_CODED, binding=_binding("extensible", among))


def _invariants(kind: PreferenceType) -> Iterator[Body]:
    if kind.needs_answer_or_reason:
        parts = " or component.exists()" if kind.answered_by_components else ""
        said = "value, or at least one component" if kind.answered_by_components else "a value"
        human = f"Give {said}, or the reason why there is none in dataAbsentReason".replace(
            "Give value", "Give a value"
        )
        yield _invariant("answered", human, f"value.exists() or dataAbsentReason.exists(){parts}")
    if kind.number:
        yield from _bounds(kind.number)
    if kind.performers:
        named = ", ".join(code.code for code in kind.performers)
        human = f"Say with the extension event-performerFunction as what one performer recorded this: {named}"
        yield _invariant("performer-function", human, _performed_as(kind.performers))


def _bounds(number: Number) -> Iterator[Body]:
    """Of a number: `value.ofType` is empty of words and codes."""
    human = f"A number goes from {number.low} to {number.high} in steps of {number.step}"
    within = f"$this >= {number.low} and $this <= {number.high} and $this mod {number.step} = 0"
    yield _invariant("number", human, f"(value.ofType(integer) | value.ofType(Quantity).value).all({within})")
    if number.scale:
        is_said = f"component.code.coding.{_any_of(number.scale.code.system, [number.scale.code])}.exists()"
        is_number = "(value.ofType(integer) | value.ofType(Quantity)).exists()"
        human = f"Say on which scale the number stands, in the component {number.scale.code.code}"
        yield _invariant("scale", human, f"{is_number}.not() or {is_said}")


def _second_implies_first(kind: PreferenceType) -> Body:
    """Asked of the component, so that it costs nothing where there is none."""
    none = [answer.code for answer in kind.answers if answer.no_answer]
    first = "%resource.value.exists()"
    is_answer = [f"%resource.value.coding.{_any_of(system, among)}.empty()" for system, among in _by_system(none)]
    return _invariant("second-choice", "A second choice needs a first choice", " and ".join([first, *is_answer]))


def _performed_as(functions: Iterable[Code]) -> str:
    [(system, among)] = _by_system(functions)
    coding = f"performer.extension.where(url = '{codes.PERFORMER_FUNCTION}').value.coding"
    return f"{coding}.{_any_of(system, among)}.exists()"


def _by_system(members: Iterable[Code]) -> list[tuple[str, list[Code]]]:
    found: dict[str, list[Code]] = {}
    for code in members:
        found.setdefault(code.system, []).append(code)
    return list(found.items())


def _any_of(system: str, among: Iterable[Code]) -> str:
    """FHIRPath of the codes among codings; asking the system once is what makes it quick."""
    is_one = " or ".join(f"$this = '{code.code}'" for code in among)
    return f"where(system = '{system}').code.where({is_one})"


def _invariant(key: str, human: str, expression: str) -> Body:
    return {"key": f"epaccs-{key}", "severity": "error", "human": human, "expression": expression}


def _value_sets(kind: PreferenceType) -> Iterator[Body]:
    """One of the answers, one of each component that has others, one of the question where several codes ask it."""
    if kind.other_codes:
        yield _value_set(f"epaccs-{kind.name}-questions", f"{kind.title}: the question", [kind.code, *kind.other_codes])
    if kind.answers:
        yield _value_set(_answers_id(kind), f"{kind.title}: the answers", _codes_of(kind.answers))
    for part in kind.parts:
        if part.answers and part.answers != kind.answers:
            title = f"{kind.title}, {part.title}: the answers"
            yield _value_set(f"epaccs-{kind.name}-{_slug(part)}-answers", title, _codes_of(part.answers))


def _codes_of(answers: tuple[Answer, ...]) -> list[Code]:
    return [answer.code for answer in answers]


def _value_set(set_id: str, title: str, members: list[Code]) -> Body:
    return {
        "resourceType": "ValueSet",
        "id": set_id,
        "url": f"{codes.BASE}/ValueSet/{set_id}",
        "name": _camel(set_id),
        "title": title,
        **_ABOUT,
        "description": f"{title}. Other codings are kept too, unless the binding is required.",
        "compose": {"include": [_included(system, among) for system, among in _by_system(members)]},
    }


def _included(system: str, members: list[Code]) -> Body:
    return {
        "system": system,
        "concept": [{"code": code.code, "display": code.display} for code in members],
    }


def _answers_id(kind: PreferenceType) -> str:
    return f"epaccs-{kind.name}-answers"


def _element(element_id: str, **said: Any) -> Body:
    """An element of the differential; what is empty is not said."""
    path = ".".join(part.partition(":")[0] for part in element_id.split("."))
    return {"id": element_id, "path": path, **{name: value for name, value in said.items() if value not in ([], None)}}


def _mapped(element_id: str, numbers: Iterable[str]) -> Iterator[Body]:
    """An element of which nothing is said but which items it records."""
    if mapping := _mapping(numbers):
        yield _element(element_id, **mapping)


def _mapping(numbers: Iterable[str]) -> Body:
    found = [{"identity": MAPPING["identity"], "map": number} for number in numbers if number]
    return {"mapping": found} if found else {}


def _binding(strength: str, set_id: str) -> Body:
    return {"strength": strength, "valueSet": f"{codes.BASE}/ValueSet/{set_id}"}


def _types(*names: str) -> list[Body]:
    return [{"code": name} for name in names]


def _pattern(code: Code) -> Body:
    return {"coding": [{"system": code.system, "code": code.code}]}


def _slug(part: Component) -> str:
    """The name of a component's slice: its code where that is a word, else its title."""
    words = part.title if part.code.system != codes.LOCAL else part.code.code
    return "-".join("".join(sign if sign.isalnum() else " " for sign in words.lower()).split())


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
