"""The FHIRPath of search parameters, compiled into steps: member, cast, and a condition on a reference or a value."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from service.fhir import definitions
from service.fhir.definitions import Element

Step = Callable[[Any], Iterable[Any]]

Path = tuple[str, tuple[Step, ...], str]
"""An element of the resource, the steps on from there, and the datatype at their end."""

Way = tuple[tuple[Step, ...], str, tuple[Element, ...]]


class UnsupportedExpressionError(ValueError):
    """A search parameter that the index cannot hold; a fault of the type, not of a resource: any resource shows it."""


_SEGMENT: Final = re.compile(r"\.?([A-Za-z]+)(?:\(([^()]*(?:\(\)[^()]*)?)\))?")
_AS: Final = re.compile(r"\(([A-Za-z.]+) as ([A-Za-z]+)\)(.*)")
_RESOLVES: Final = re.compile(r"resolve\(\) is ([A-Za-z]+)")
_EQUALS: Final = re.compile(r"([A-Za-z]+)\s*=\s*(?:'([^']*)'|([0-9]+))")
_WHETHER: Final = re.compile(r"[A-Za-z]+\.([A-Za-z]+)\.exists\(\) and [A-Za-z]+\.\1 != false")


def asks_whether(expression: str) -> str:
    """The element of which an expression asks only whether it is there and not false, such as Patient.deceased."""
    found = _WHETHER.fullmatch(expression)
    return found[1] if found else ""


def paths(type_name: str, expression: str) -> Iterator[Path]:
    """The ways from the resource to the values; a choice has one for each of its types.

    Raises UnsupportedExpressionError.
    """
    for steps, datatype, elements in ways(type_name, expression):
        yield elements[0].name, steps, datatype


def elements_at_end(type_name: str, expression: str) -> list[Element]:
    return [elements[-1] for _, _, elements in ways(type_name, expression)]


def ways(type_name: str, expression: str) -> list[Way]:
    """As `paths`, with every element on the way."""
    plain = expression
    if cast := _AS.fullmatch(expression):
        plain = f"{cast[1]}.as({cast[2]}){cast[3]}"
    segments = list(_SEGMENT.finditer(plain))
    if "".join(segment[0] for segment in segments) != plain or segments[0][0] != type_name:
        raise UnsupportedExpressionError(f"The search index cannot read {expression}")
    found: list[Way] = [((), type_name, ())]
    for segment in segments[1:]:
        found = [longer for way in found for longer in _extended(way, segment, expression)]
    if not found or not all(elements for _, _, elements in found):
        raise UnsupportedExpressionError(f"{expression} leads to no element of {type_name}")
    return found


def _extended(way: Way, segment: re.Match[str], expression: str) -> Iterator[Way]:
    steps, datatype, elements = way
    name, argument = segment[1], segment[2]
    if argument is None:
        for element in definitions.types().get(datatype, {}).values():
            if name in (element.name, element.choice.removesuffix("[x]")):
                further = (_member(element.name),) if elements else ()  # the first element is where the reader starts
                yield (*steps, *further), element.type, (*elements, element)
    elif name == "as":
        if datatype == argument:
            yield way
    elif name == "where" and (condition := _condition(argument)):
        yield (*steps, condition), datatype, elements
    else:
        raise UnsupportedExpressionError(f"The search index cannot read {expression}")


@functools.cache
def _member(name: str) -> Step:
    def step(value: Any) -> Iterable[Any]:
        child = value.get(name)
        if isinstance(child, list):
            return [one for one in child if one is not None]
        return () if child is None else (child,)

    return step


@functools.cache
def _condition(argument: str) -> Step | None:
    if found := _RESOLVES.fullmatch(argument):
        return functools.partial(_if_refers_to, found[1])
    if found := _EQUALS.fullmatch(argument):
        return functools.partial(_if_equal, found[1], int(found[3]) if found[3] else found[2])
    return None


def _if_refers_to(type_name: str, value: Any) -> Iterable[Any]:
    segments = value.get("reference", "").split("/")
    is_it = value.get("type") == type_name or type_name in segments[:-1]
    return (value,) if is_it else ()


def _if_equal(name: str, literal: str | int, value: Any) -> Iterable[Any]:
    return (value,) if value.get(name) == literal else ()
