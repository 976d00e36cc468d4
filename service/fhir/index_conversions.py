"""How a value stands in the search index, by the type of the search parameter and the datatype of the value.

Formats: `store.models.SearchIndex`. What a parameter's type cannot hold is no value of it.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from service.fhir import dates, sortable_numbers
from service.fhir.resource_type import Body

Value = tuple[str, str, str]
"""value, system, high"""

Convert = Callable[[Any], Iterable[Value]]

LONGEST: Final = 200
"""Characters of a value in the index: PostgreSQL refuses an index row of more than about 2,700 bytes."""


def folded(text: str) -> str:
    """Text as it is compared: case and accents gone, white space single, at most 200 characters."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())[:LONGEST]


def key(text: str) -> str:
    """A code, reference or URI as the index holds it: itself, or where very long its beginning and its hash."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 64] + hashlib.sha256(text.encode()).hexdigest()


def of(kind: str, datatype: str) -> Convert | None:
    """How values of a datatype stand under a parameter of this kind; None where they have no place."""
    return _CONVERSIONS[kind].get(datatype)


def also(kind: str, datatype: str) -> tuple[str, Convert] | None:
    """What else is kept of a value, under the parameter's name with this ending: `:text` and `:identifier`."""
    if kind == "token" and datatype in _TEXTS:
        return ":text", _TEXTS[datatype]
    return (":identifier", _logical) if (kind, datatype) == ("reference", "Reference") else None


def truth(is_so: bool) -> str:
    return "true" if is_so else "false"


# Tokens


def _text(value: str) -> Iterable[Value]:
    yield key(value), "", ""


def _boolean(value: bool) -> Iterable[Value]:
    yield truth(value), "", ""


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


# Strings: what was written stands in `system`, for `:exact`


def _string(value: str) -> Iterable[Value]:
    if text := folded(value):
        yield text, key(value), ""


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


def _concept_text(value: Body) -> Iterable[Value]:
    yield from _string(value.get("text", ""))
    for coding in value.get("coding", ()):
        yield from _string(coding.get("display", ""))


def _coding_text(value: Body) -> Iterable[Value]:
    return _string(value.get("display", ""))


def _identifier_text(value: Body) -> Iterable[Value]:
    return _string(value.get("type", {}).get("text", ""))


# References and URIs


def _reference(value: Body) -> Iterable[Value]:
    reference = value.get("reference", "")
    if reference and not reference.startswith("#"):
        yield key(reference.partition("/_history/")[0]), "", ""


def _logical(value: Body) -> Iterable[Value]:
    """A reference by identifier, whether it names a resource of ours too or not."""
    return _valued(value.get("identifier", {}))


def _canonical(value: str) -> Iterable[Value]:
    """With its version as it was written, and without: a searcher may not care which."""
    yield key(value), "", ""
    url, bar, _ = value.partition("|")
    if bar:
        yield key(url), "", ""


# Dates


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


# Numbers and quantities: the lowest it may be in `value`, the highest in `high`, both as text that sorts


def _number(value: Decimal | int) -> Iterable[Value]:
    point = sortable_numbers.sortable(Decimal(value))
    yield point, "", point


def _quantity(value: Body) -> Iterable[Value]:
    """A Quantity with a comparator such as < 5 is everything on that side."""
    if "value" not in value:
        return
    point = sortable_numbers.sortable(Decimal(value["value"]))
    comparator = value.get("comparator", "")
    low = sortable_numbers.LOWEST if comparator.startswith("<") else point
    high = sortable_numbers.HIGHEST if comparator.startswith(">") else point
    yield from _in_units(low, high, value)


def _in_units(low: str, high: str, quantity: Body) -> Iterator[Value]:
    """Once by system and code, and once by each word that names the unit: searchers give either, or neither."""
    code, unit = quantity.get("code", ""), quantity.get("unit", "")
    for system in dict.fromkeys(_units(quantity.get("system", ""), code, unit)):
        yield low, key(system), high


def _units(system: str, code: str, unit: str) -> Iterator[str]:
    if system and code:
        yield f"{system}|{code}"
    yield f"|{code or unit}"
    if unit:
        yield f"|{unit}"


def _range(value: Body) -> Iterable[Value]:
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low and "value" not in high:
        return
    yield from _in_units(
        sortable_numbers.sortable(Decimal(low["value"])) if "value" in low else sortable_numbers.LOWEST,
        sortable_numbers.sortable(Decimal(high["value"])) if "value" in high else sortable_numbers.HIGHEST,
        low or high,
    )


def _sampled(value: Body) -> Iterable[Value]:
    """From the lowest to the highest of the samples; E, L and U in their list are no numbers."""
    origin = value.get("origin", {})
    factor, zero = Decimal(value.get("factor", 1)), Decimal(origin.get("value", 0))
    samples = [
        zero + factor * number
        for word in value.get("data", "").split(" ")
        if (number := sortable_numbers.number(word)) is not None
    ]
    if samples:
        lowest, highest = min(samples), max(samples)
        yield from _in_units(sortable_numbers.sortable(lowest), sortable_numbers.sortable(highest), origin)


def _money(value: Body) -> Iterable[Value]:
    return _quantity({**value, "system": "urn:iso:std:iso:4217", "code": value.get("currency", "")})


_CONVERSIONS: Final[dict[str, dict[str, Convert]]] = {
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
    "reference": {"Reference": _reference, "canonical": _canonical, "uri": _text},
    "uri": {**dict.fromkeys(("uri", "url"), _text), "canonical": _canonical},
    "date": {
        **dict.fromkeys(("date", "dateTime", "instant"), _date),
        "Period": _period,
        "Timing": _timing,
    },
    "number": dict.fromkeys(("decimal", "integer", "positiveInt", "unsignedInt"), _number),
    "quantity": {
        **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), _quantity),
        "Range": _range,
        "SampledData": _sampled,
        "Money": _money,
    },
}
KINDS: Final = frozenset(_CONVERSIONS)
_TEXTS: Final[dict[str, Convert]] = {
    "CodeableConcept": _concept_text,
    "Coding": _coding_text,
    "Identifier": _identifier_text,
}
