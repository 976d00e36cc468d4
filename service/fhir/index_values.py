"""What the search index holds of a resource: the values of the search parameters that its type names.

R4 says where a value stands as a FHIRPath expression. Those that search parameters use are compiled once into steps,
with the type at their end known, so that a value is converted by its datatype. Formats: `store.models.SearchIndex`.
"""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from service.fhir import dates, definitions
from service.fhir.definitions import SearchParameter
from service.fhir.resource_type import Body, ResourceType

Row = tuple[str, str, str, str]
"""param, value, system, high"""

Value = tuple[str, str, str]
"""value, system, high"""

Step = Callable[[Any], Iterable[Any]]
Convert = Callable[[Any], Iterable[Value]]

LONGEST: Final = 200
"""Characters of a value in the index: PostgreSQL refuses an index row of more than about 2,700 bytes."""


class UnsupportedExpressionError(ValueError):
    """A search parameter that the index cannot hold; a fault of the type, not of a resource: any resource shows it."""


def rows(resource: Body, type_: ResourceType) -> list[Row]:
    """The index rows of a valid resource, each once. Raises UnsupportedExpressionError or LookupError for its type."""
    found: dict[tuple[str, str, str], str] = {}
    for param in type_.search:
        for read in _readers(type_.name, param):
            for value, system, high in read(resource):
                # The key of the index is without `high`: of two periods that begin together the longer stands.
                found[param, value, system] = max(high, found.get((param, value, system), ""))
    return [(param, value, system, high) for (param, value, system), high in found.items()]


def folded(text: str) -> str:
    """Text as it is compared: case and accents gone, white space single, at most 200 characters."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())[:LONGEST]


def key(text: str) -> str:
    """A code, reference or URI as the index holds it: itself, or where very long its beginning and its hash."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 64] + hashlib.sha256(text.encode()).hexdigest()


# Compiling


@functools.cache
def _readers(type_name: str, param: str) -> tuple[Convert, ...]:
    parameter = definitions.search_parameter(type_name, param)
    return tuple(
        _reader(steps, _converter(parameter, datatype))
        for part in parameter.expression.split(" | ")
        for steps, datatype in _paths(type_name, part)
    )


def _reader(steps: tuple[Step, ...], convert: Convert) -> Convert:
    def read(resource: Body) -> Iterator[Value]:
        values: list[Any] = [resource]
        for step in steps:
            values = [child for value in values for child in step(value)]
        for value in values:
            yield from convert(value)

    return read


_SEGMENT = re.compile(r"\.?([A-Za-z]+)(?:\(([^()]*(?:\(\)[^()]*)?)\))?")
_AS = re.compile(r"\(([A-Za-z.]+) as ([A-Za-z]+)\)(.*)")
_RESOLVES = re.compile(r"resolve\(\) is ([A-Za-z]+)")
_EQUALS = re.compile(r"([A-Za-z]+)\s*=\s*'([^']*)'")


def _paths(type_name: str, expression: str) -> list[tuple[tuple[Step, ...], str]]:
    """The ways from the resource to the values, each with the datatype at its end; a choice has one for each type."""
    if cast := _AS.fullmatch(expression):
        expression = f"{cast[1]}.as({cast[2]}){cast[3]}"
    segments = list(_SEGMENT.finditer(expression))
    if "".join(segment[0] for segment in segments) != expression or segments[0][0] != type_name:
        raise UnsupportedExpressionError(f"The search index cannot read {expression}")
    paths: list[tuple[tuple[Step, ...], str]] = [((), type_name)]
    for segment in segments[1:]:
        paths = [longer for path in paths for longer in _extended(path, segment, expression)]
    if not paths:
        raise UnsupportedExpressionError(f"{expression} leads to no element of {type_name}")
    return paths


def _extended(
    path: tuple[tuple[Step, ...], str], segment: re.Match[str], expression: str
) -> Iterator[tuple[tuple[Step, ...], str]]:
    steps, datatype = path
    name, argument = segment[1], segment[2]
    if argument is None:
        for element in definitions.types().get(datatype, {}).values():
            if name in (element.name, element.choice.removesuffix("[x]")):
                yield (*steps, _member(element.name)), element.type
    elif name == "as":
        if datatype == argument:
            yield path
    elif name == "where" and (condition := _condition(argument)):
        yield (*steps, condition), datatype
    else:
        raise UnsupportedExpressionError(f"The search index cannot read {expression}")


def _member(name: str) -> Step:
    def step(value: Any) -> Iterable[Any]:
        child = value.get(name)
        if isinstance(child, list):
            return [one for one in child if one is not None]
        return () if child is None else (child,)

    return step


def _condition(argument: str) -> Step | None:
    if found := _RESOLVES.fullmatch(argument):
        return functools.partial(_if_refers_to, found[1])
    if found := _EQUALS.fullmatch(argument):
        return functools.partial(_if_equal, found[1], found[2])
    return None


def _if_refers_to(type_name: str, value: Any) -> Iterable[Any]:
    segments = value.get("reference", "").split("/")
    is_it = value.get("type") == type_name or type_name in segments[:-1]
    return (value,) if is_it else ()


def _if_equal(name: str, literal: str, value: Any) -> Iterable[Any]:
    return (value,) if value.get(name) == literal else ()


# Converting


def _converter(parameter: SearchParameter, datatype: str) -> Convert:
    """How a value of this datatype stands in the index. What a parameter's type cannot hold is no value of it."""
    if parameter.type not in _CONVERTERS:
        raise UnsupportedExpressionError(
            f"The search index holds no {parameter.type} parameters, such as {parameter.name}"
        )
    return _CONVERTERS[parameter.type].get(datatype, _nothing)


def _nothing(value: Any) -> Iterable[Value]:
    return ()


def _text(value: str) -> Iterable[Value]:
    yield key(value), "", ""


def _boolean(value: bool) -> Iterable[Value]:
    yield "true" if value else "false", "", ""


def _coding(value: Body) -> Iterable[Value]:
    if "code" in value:
        yield key(value["code"]), key(value.get("system", "")), ""


def _concept(value: Body) -> Iterable[Value]:
    for coding in value.get("coding", ()):
        yield from _coding(coding)


def _valued(value: Body) -> Iterable[Value]:
    """An Identifier or a ContactPoint."""
    if "value" in value:
        yield key(value["value"]), key(value.get("system", "")), ""


def _string(value: str) -> Iterable[Value]:
    if text := folded(value):
        yield text, "", ""


def _strings(*names: str) -> Convert:
    """A HumanName or an Address: each part by itself, and all of them in this order."""

    def convert(value: Body) -> Iterator[Value]:
        parts: list[str] = []
        for name in names:
            part = value.get(name, ())
            parts += [part] if isinstance(part, str) else [one for one in part if one is not None]
        for text in (*parts, " ".join(parts), value.get("text", "")):
            yield from _string(text)

    return convert


def _reference(value: Body) -> Iterable[Value]:
    reference = value.get("reference", "")
    if reference and not reference.startswith("#"):
        yield key(reference.partition("/_history/")[0]), "", ""


def _interval(low_high: dates.Interval) -> Iterable[Value]:
    yield dates.sortable(low_high[0]), "", dates.sortable(low_high[1])


def _date(value: str) -> Iterable[Value]:
    return _interval(dates.interval(value))


def _period(value: Body) -> Iterable[Value]:
    return _interval(dates.period_interval(value)) if "start" in value or "end" in value else ()


def _timing(value: Body) -> Iterable[Value]:
    """From the first of its events to the last, or the bounds of its repeats."""
    events = [dates.interval(event) for event in value.get("event", ()) if event is not None]
    bounds = value.get("repeat", {}).get("boundsPeriod")
    intervals = events + ([dates.period_interval(bounds)] if bounds else [])
    if not intervals:
        return ()
    return _interval((min(low for low, _ in intervals), max(high for _, high in intervals)))


_CONVERTERS: dict[str, dict[str, Convert]] = {
    "token": {
        **dict.fromkeys(("code", "string", "id", "uri"), _text),
        "boolean": _boolean,
        "Coding": _coding,
        "CodeableConcept": _concept,
        **dict.fromkeys(("Identifier", "ContactPoint"), _valued),
    },
    "string": {
        **dict.fromkeys(("string", "markdown"), _string),
        "HumanName": _strings("prefix", "given", "family", "suffix"),
        "Address": _strings("line", "city", "district", "state", "postalCode", "country"),
    },
    "reference": {"Reference": _reference, "canonical": _text},
    "uri": dict.fromkeys(("uri", "url", "canonical"), _text),
    "date": {
        **dict.fromkeys(("date", "dateTime", "instant"), _date),
        "Period": _period,
        "Timing": _timing,
    },
}
