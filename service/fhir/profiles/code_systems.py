"""Which codes of a code system a value set means: those that keep every filter (R4, ValueSet.compose.include.filter).

Only of a code system that stands here whole. Hierarchies may be nested, or told by properties.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.fhir import elements
from service.fhir.resource_type import Body

_PARENTS: Final = frozenset({"parent", "subsumedBy"})
_CHILDREN: Final = "child"
_CODE: Final = frozenset({"concept", "code"})
"""What filters call the code itself; `code` is also how R4's own value sets do."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A code with what it stands under, and its properties as texts by name."""

    code: str
    parents: frozenset[str]
    properties: Mapping[str, frozenset[str]]


Concepts = Mapping[str, Concept]


def concepts(code_system: Body) -> Concepts | None:
    """Every code of the system; None where this is not all of it."""
    if code_system.get("content") != "complete":
        return None
    found = {one.code: one for one in _nested(elements.all_of(code_system, "concept"), ())}
    for one in tuple(found.values()):
        for child in one.properties.get(_CHILDREN, ()):
            if child in found:
                below = found[child]
                found[child] = Concept(child, below.parents | {one.code}, below.properties)
    return found


def selected(known: Concepts, filters: Sequence[Any]) -> frozenset[str] | None:
    """The codes that keep every filter; None where a filter asks what cannot be told here."""
    chosen = frozenset(known)
    for filter_ in filters:
        kept = _kept(known, filter_)
        if kept is None:
            return None
        chosen &= kept
    return chosen


def _nested(listed: Iterable[Body], above: tuple[str, ...]) -> Iterator[Concept]:
    for one in listed:
        code = elements.text_at(one, "code")
        properties = _properties(one)
        told = frozenset(parent for name in _PARENTS for parent in properties.get(name, ()))
        yield Concept(code, told | frozenset(above), properties)
        yield from _nested(elements.all_of(one, "concept"), (code,))


def _properties(concept: Body) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one in elements.all_of(concept, "property"):
        values = {_as_text(value) for name, value in one.items() if name.startswith("value")}
        found.setdefault(elements.text_at(one, "code"), set()).update(values)
    return {name: frozenset(values) for name, values in found.items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return elements.text_at(value, "code") if isinstance(value, dict) else str(value)


def _kept(known: Concepts, filter_: Any) -> frozenset[str] | None:
    name, asked, value = (elements.text_at(filter_, part) for part in ("property", "op", "value"))
    if asked in _BY_PLACE:
        return _BY_PLACE[asked](known, value) if name in _CODE else None
    test = _test(asked, value)
    return frozenset(code for code, one in known.items() if test(_values(one, name))) if test else None


def _values(concept: Concept, name: str) -> frozenset[str]:
    if name in _CODE:
        return frozenset({concept.code})
    return concept.parents if name in _PARENTS else concept.properties.get(name, frozenset())


def _test(asked: str, value: str) -> Callable[[frozenset[str]], bool] | None:
    wanted = {part.strip() for part in value.split(",")}
    tests: dict[str, Callable[[frozenset[str]], bool]] = {
        "=": lambda values: value in values,
        "in": lambda values: not wanted.isdisjoint(values),
        "not-in": wanted.isdisjoint,
        "exists": lambda values: bool(values) == (value == "true"),
    }
    return tests.get(asked) or (_by_pattern(value) if asked == "regex" else None)


def _by_pattern(value: str) -> Callable[[frozenset[str]], bool] | None:
    try:
        pattern = re.compile(value)
    except re.error:
        return None
    return lambda values: any(pattern.fullmatch(one) for one in values)


def _below(known: Concepts, top: str) -> frozenset[str]:
    found, fresh = frozenset[str](), {top}
    while fresh:
        fresh = {code for code, one in known.items() if not fresh.isdisjoint(one.parents)} - found
        found |= fresh
    return found


_BY_PLACE: Final[Mapping[str, Callable[[Concepts, str], frozenset[str]]]] = {
    "is-a": lambda known, top: _below(known, top) | (frozenset({top}) & known.keys()),
    "descendent-of": _below,
    "is-not-a": lambda known, top: frozenset(known) - _below(known, top) - {top},
}
