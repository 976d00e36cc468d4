"""What the search index holds of a resource: the values of every search parameter of its type.

R4 says where a value stands as a FHIRPath expression. Those that search parameters use are compiled once into steps
(`index_paths`), with the type at their end known, so that a value is converted by its datatype (`index_conversions`).
"""

import functools
from collections.abc import Iterator
from typing import Any

from service.fhir import definitions, index_conversions, index_paths
from service.fhir.index_conversions import Convert
from service.fhir.index_paths import Step, UnsupportedExpressionError
from service.fhir.resource_type import SELF, Body, ResourceType

Row = tuple[str, str, str, str]
"""param, value, system, high"""

Read = tuple[tuple[Step, ...], tuple[tuple[str, Convert], ...]]
"""The steps from an element of the resource to values, and under which parameters these stand, converted how."""

_WRITTEN_BY_THE_STORE = ("_id", "_lastUpdated")


def rows(resource: Body, type_: ResourceType) -> list[Row]:
    """The index rows of a valid resource, each once. Raises UnsupportedExpressionError for a fault of its type."""
    reads, truths = _compiled(type_.name, type_.person)
    found: dict[tuple[str, str, str], str] = {}
    for element, value in resource.items():
        for steps, params in reads.get(element, ()):
            for one in _reached(value, steps):
                for param, convert in params:
                    for text, system, high in convert(one):
                        # The key of the index is without `high`: of two periods that begin together the longer stands.
                        found[param, text, system] = max(high, found.get((param, text, system), ""))
    for param, element in truths:
        found[param, index_conversions.truth(_is_true(resource, element)), ""] = ""
    return [(param, value, system, high) for (param, value, system), high in found.items()]


def _reached(value: Any, steps: tuple[Step, ...]) -> list[Any]:
    values = [one for one in value if one is not None] if isinstance(value, list) else [value]
    for step in steps:
        values = [child for value in values for child in step(value)]
    return values


def _is_true(resource: Body, element: str) -> bool:
    """`X.exists() and X != false`, for a choice in any of its spellings."""
    return any(value is not False for name, value in resource.items() if name.startswith(element))


@functools.cache
def stands_as(type_name: str, person: str, param: str) -> tuple[str, ...]:
    """The parameters under which the values of one stand in the index: itself, or others that hold the same.

    `subject` stands as `patient` where it is always a Patient; `combo-code` as `code` and `component-code`.
    """
    defined = definitions.search_parameters(type_name)
    if _is_the_person(type_name, person, param):
        return ("patient",)
    parts = dict.fromkeys(defined[param].expression.split(" | "), "")
    for other in defined.values():
        within = other.expression.split(" | ")
        if other.type == defined[param].type and len(within) < len(parts) and set(within) <= set(parts):
            parts |= dict.fromkeys(within, other.name)
    return tuple(dict.fromkeys(parts.values())) if all(parts.values()) else (param,)


def _is_the_person(type_name: str, person: str, param: str) -> bool:
    defined = definitions.search_parameters(type_name)
    if param == "patient" or person in ("", SELF) or "patient" not in defined:
        return False
    is_many = definitions.types()[type_name][person].is_many
    return not is_many and defined[param].expression == f"{type_name}.{person}"


@functools.cache
def indexed(type_name: str, person: str) -> tuple[str, ...]:
    """The parameters that have rows of their own in the index."""
    return tuple(
        name
        for name in definitions.search_parameters(type_name)
        if name not in _WRITTEN_BY_THE_STORE and stands_as(type_name, person, name) == (name,)
    )


@functools.cache
def _compiled(type_name: str, person: str) -> tuple[dict[str, list[Read]], list[tuple[str, str]]]:
    """By element of the resource, what is read from it; and the parameters that only ask whether something is so."""
    gathered: dict[str, dict[tuple[Step, ...], list[tuple[str, Convert]]]] = {}
    truths = []
    for name in indexed(type_name, person):
        parameter = definitions.search_parameter(type_name, name)
        if element := index_paths.asks_whether(parameter.expression):
            truths.append((name, element))
            continue
        for first, steps, datatype in _paths(type_name, parameter.expression):
            for param, convert in _conversions(parameter, datatype):
                gathered.setdefault(first, {}).setdefault(steps, []).append((param, convert))
    return {
        first: [(steps, tuple(dict.fromkeys(params))) for steps, params in reads.items()]
        for first, reads in gathered.items()
    }, truths


def _paths(type_name: str, expression: str) -> Iterator[index_paths.Path]:
    for part in expression.split(" | "):
        yield from index_paths.paths(type_name, part)


def _conversions(parameter: definitions.SearchParameter, datatype: str) -> Iterator[tuple[str, Convert]]:
    if parameter.type not in index_conversions.KINDS:
        raise UnsupportedExpressionError(f"The search index holds no {parameter.type}, such as {parameter.name}")
    if convert := index_conversions.of(parameter.type, datatype):
        yield parameter.name, convert
    if found := index_conversions.also(parameter.type, datatype):
        yield f"{parameter.name}{found[0]}", found[1]


@functools.cache
def datatypes(type_name: str, param: str) -> frozenset[str]:
    """The datatypes that stand at the end of a parameter's expression and have a place in the index."""
    parameter = definitions.search_parameter(type_name, param)
    if index_paths.asks_whether(parameter.expression):
        return frozenset({"boolean"})
    found = {datatype for _, _, datatype in _paths(type_name, parameter.expression)}
    return frozenset(datatype for datatype in found if index_conversions.of(parameter.type, datatype))


@functools.cache
def implied_systems(type_name: str, param: str) -> frozenset[str]:
    """The systems whose codes stand in the index without a system, because their element is a bare `code`."""
    parameter = definitions.search_parameter(type_name, param)
    if index_paths.asks_whether(parameter.expression):
        return frozenset()
    return frozenset(
        system
        for part in parameter.expression.split(" | ")
        for element in index_paths.elements_at_end(type_name, part)
        if element.type == "code" and element.codes
        for system in element.codes
    )


@functools.cache
def is_single(type_name: str, param: str) -> bool:
    """Whether a resource has one row of the parameter at most: one date, one code."""
    if param == "_lastUpdated":
        return True
    parameter = definitions.search_parameter(type_name, param)
    if index_paths.asks_whether(parameter.expression):
        return True
    ways = [way for part in parameter.expression.split(" | ") for way in index_paths.ways(type_name, part)]
    is_many = any(element.is_many for _, _, elements in ways for element in elements)
    spellings = {tuple(element.choice or element.name for element in elements) for _, _, elements in ways}
    return not is_many and len(spellings) == 1 and datatypes(type_name, param) <= _ONE_ROW


_ONE_ROW = frozenset({"boolean", "code", "date", "dateTime", "id", "instant", "Period", "Timing", "uri"})
"""Datatypes of which a value gives one row."""
