"""Spoils a resource in every way that a sender's fault might, the same way each time for the same seed.

A mutation changes one place. `mutants` gives spoilt copies without end; most are wrong, some are as right as before.
"""

import copy
import itertools
import pickle
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from service.fhir import definitions
from service.fhir.resource_type import Body

TRIES = 30
"""Places where a kind of mutation is tried before the next kind has its turn."""


class Place(NamedTuple):
    """Where in a resource: its holder, a dict or list, and the key or number in it."""

    holder: Any
    key: Any
    resource: Body

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    @value.setter
    def value(self, new: Any) -> None:
        self.holder[self.key] = new


class Mutant(NamedTuple):
    kind: str
    resource: Body


def mutants(resource: Body, seed: str, *, times: int = 1) -> Iterator[Mutant]:
    """Spoilt copies, so many mutations each, every kind in turn that can be done somewhere."""
    chance, unspoilt = random.Random(seed), pickle.dumps(resource)
    for kind in itertools.cycle(KINDS):
        spoilt = pickle.loads(unspoilt)
        kinds = [kind, *(chance.choice(list(KINDS)) for _ in range(times - 1))]
        if all(_is_done(KINDS[one], spoilt, chance) for one in kinds):
            yield Mutant(" and ".join(kinds), spoilt)


def _is_done(kind: "Kind", resource: Body, chance: random.Random) -> bool:
    places = list(_places(resource))
    return any(kind(Place(*place, resource), chance) for place in chance.choices(places, k=TRIES))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _places(child)


# Each says whether it could be done at this place.


def _drop(place: Place, chance: random.Random) -> bool:
    del place.holder[place.key]
    return True


def _rename(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.holder, dict):
        return False
    name = place.key
    ways = (name + "x", name[:-1], name.upper(), name.capitalize(), f"_{name}", name.lstrip("_"), f" {name}", "", "div")
    place.holder[chance.choice(ways)] = place.holder.pop(name)
    return True


def _rename_as_neighbour(place: Place, chance: random.Random) -> bool:
    """The name of another element, so that a value stands where one of another type belongs."""
    if not isinstance(place.holder, dict):
        return False
    place.holder[_some_name(chance)] = place.holder.pop(place.key)
    return True


def _retype(place: Place, chance: random.Random) -> bool:
    place.value = copy.deepcopy(chance.choice(OTHERS))
    return True


def _empty(place: Place, chance: random.Random) -> bool:
    place.value = chance.choice(("", " ", "\n", {}, [], [{}], [None], [[]]))
    return True


def _null(place: Place, chance: random.Random) -> bool:
    place.value = None
    return True


def _duplicate(place: Place, chance: random.Random) -> bool:
    if isinstance(place.holder, list):
        place.holder.insert(place.key, copy.deepcopy(place.value))
    else:
        place.value = [place.value, copy.deepcopy(place.value)]
    return True


def _list_for_one(place: Place, chance: random.Random) -> bool:
    place.value = [place.value]
    return True


def _one_for_list(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.value, list):
        return False
    place.value = place.value[0] if place.value else {}
    return True


def _nest(place: Place, chance: random.Random) -> bool:
    inner = place.value
    for _ in range(chance.choice((1, 2, 100))):
        inner = {chance.choice(("value", "extension", str(place.key), "_value")): inner}
    place.value = inner
    return True


def _format(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.value, str):
        return False
    place.value = chance.choice(TEXTS)
    return True


def _spoil_text(place: Place, chance: random.Random) -> bool:
    """One character of a text added, lost or replaced: what is almost a date, a code, an address."""
    text = place.value
    if not isinstance(text, str) or not text:
        return False
    at = chance.randrange(len(text))
    added = chance.choice(("", chance.choice(CHARACTERS), chance.choice(CHARACTERS) + text[at]))
    place.value = chance.choice((text[:at] + added + text[at + 1 :], text + added, added + text))
    return True


def _wrong_code(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.value, str) or " " in place.value:
        return False
    ways = (
        place.value.upper(),
        place.value.capitalize(),
        f"{place.value} ",
        "zzz",
        "active",
        place.value.replace("-", ""),
    )
    place.value = chance.choice(ways)
    return True


def _number(place: Place, chance: random.Random) -> bool:
    if isinstance(place.value, bool) or not isinstance(place.value, (int, Decimal)):
        return False
    place.value = chance.choice(NUMBERS)
    return True


def _as_text(place: Place, chance: random.Random) -> bool:
    if isinstance(place.value, (str, dict, list)):
        return False
    place.value = str(place.value).lower()
    return True


def _text_as_number(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.value, str):
        return False
    place.value = chance.choice((0, 5, 2026, True))
    return True


def _hostile(place: Place, chance: random.Random) -> bool:
    if not isinstance(place.value, str):
        return False
    place.value = chance.choice(HOSTILE)
    return True


def _stranger(place: Place, chance: random.Random) -> bool:
    """An element that was not there, known elsewhere in R4 or nowhere."""
    if not isinstance(place.value, dict):
        return False
    name = chance.choice(
        (_some_name(chance), f"_{_some_name(chance)}", "shoeSize", "fhir_comments", "resourceType", "id")
    )
    place.value.setdefault(name, copy.deepcopy(chance.choice(OTHERS)))
    return True


def _typed_stranger(place: Place, chance: random.Random) -> bool:
    """An element that the type has and that was not there, with a value that may fit."""
    if not isinstance(place.value, dict):
        return False
    tables = [table for table in definitions.types().values() if place.value.keys() <= table.keys() | {"resourceType"}]
    table = chance.choice(tables or [definitions.types()["Element"]])
    name = chance.choice(list(table))
    ways = [SAMPLES.get(table[name].type, {"id": "a"}), *OTHERS]
    value = copy.deepcopy(chance.choice((ways[0], chance.choice(ways))))
    place.value.setdefault(name, [value] if table[name].is_many else value)
    return True


def _second_choice(place: Place, chance: random.Random) -> bool:
    """Another `value[x]` beside the one there, or instead of it, or the extension of another."""
    if not isinstance(place.holder, dict):
        return False
    labels = {
        element.choice
        for table in definitions.types().values()
        for name, element in table.items()
        if name == place.key and element.choice
    }
    if not labels:
        return False
    label = sorted(labels)[0].removesuffix("[x]")
    type_ = chance.choice(list(SAMPLES))
    prefix = chance.choice(("", "", "_"))
    value = {"id": "a"} if prefix else copy.deepcopy(SAMPLES[type_])
    if chance.random() < 0.5:
        del place.holder[place.key]
    place.holder[f"{prefix}{label}{type_[0].upper()}{type_[1:]}"] = value
    return True


def _companion(place: Place, chance: random.Random) -> bool:
    """What stands beside a primitive: right, of the wrong length, or of the wrong kind."""
    if not isinstance(place.holder, dict) or not isinstance(place.key, str):
        return False
    extended: Body = {"extension": [{"url": "https://example.org/a", "valueCode": "a"}]}
    ways: tuple[Any, ...] = (extended, [extended], [None, extended], [None], {"id": "a"}, {}, None, "a", {"value": "a"})
    place.holder[f"_{place.key}"] = copy.deepcopy(chance.choice(ways))
    return True


def _only_companion(place: Place, chance: random.Random) -> bool:
    """The value is gone and an extension says why, as R4 allows for a primitive."""
    if not _companion(place, chance):
        return False
    del place.holder[place.key]
    return True


def _swap(place: Place, chance: random.Random) -> bool:
    """A value from somewhere else in the same resource."""
    holder, key = chance.choice(list(_places(place.resource)))
    place.value = copy.deepcopy(holder[key])
    return True


def _resource_type(place: Place, chance: random.Random) -> bool:
    ways = (
        "Patient",
        "Shoe",
        "HumanName",
        "patient",
        "DomainResource",
        "",
        None,
        5,
        ["Patient"],
        {},
        "Bundle",
        "Basic",
    )
    place.resource["resourceType"] = chance.choice(ways)
    return True


def _contain(place: Place, chance: random.Random) -> bool:
    ways: tuple[Any, ...] = (
        {"resourceType": "Shoe"},
        {"resourceType": 5},
        {"resourceType": "Basic", "id": "a"},
        {"resourceType": "Medication", "id": "a", "status": 5},
        {"resourceType": "Medication", "id": "a", "ingredient": [{"isActive": "yes"}]},
        {"resourceType": "Location", "id": "a", "position": {"longitude": "east"}},
        {"resourceType": "Encounter", "id": "a b", "status": "planned", "class": {"code": "AMB"}},
        {"resourceType": "Encounter", "id": "a", "period": {"start": "then"}},
        {"resourceType": "Claim", "id": "a", "status": 5},
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Shoe"}}]},
        {"id": "a"},
        5,
        [],
    )
    place.resource["contained"] = [copy.deepcopy(chance.choice(ways))]
    if place.resource.get("resourceType") != "Patient" and chance.random() < 0.5:
        place.resource["subject"] = {"reference": "#a"}
    return True


def _some_name(chance: random.Random) -> str:
    types = definitions.types()
    return chance.choice(list(types[chance.choice(list(types))]))


Kind = Callable[[Place, random.Random], bool]
KINDS: dict[str, Kind] = {
    "drop": _drop,
    "rename": _rename,
    "rename as another element": _rename_as_neighbour,
    "retype": _retype,
    "empty": _empty,
    "null": _null,
    "duplicate": _duplicate,
    "list for one": _list_for_one,
    "one for a list": _one_for_list,
    "nest": _nest,
    "wrong format": _format,
    "spoilt text": _spoil_text,
    "wrong code": _wrong_code,
    "wrong number": _number,
    "number or boolean as text": _as_text,
    "text as number": _text_as_number,
    "hostile unicode": _hostile,
    "element of nowhere": _stranger,
    "element of the type": _typed_stranger,
    "two choices": _second_choice,
    "companion": _companion,
    "companion only": _only_companion,
    "swap": _swap,
    "resource type": _resource_type,
    "contained": _contain,
}

OTHERS: list[Any] = [
    "a",
    "",
    5,
    -1,
    Decimal("1.5"),
    True,
    None,
    {},
    [],
    {"id": "a"},
    ["a"],
    [5],
    [{"id": "a"}],
    {"a": 1},
]
NUMBERS = [
    0,
    -1,
    2**31,
    -(2**31) - 1,
    2**63,
    Decimal("1.5"),
    Decimal("1E+30"),
    Decimal("-0.0"),
    Decimal("1.000000000001"),
]
CHARACTERS = [
    " ",
    "\t",
    "/",
    "#",
    ":",
    "-",
    "0",
    "9",
    "Z",
    "é",
    "٣",
    "\u200b",
    "\u0000",
    "\u2028",
    "|",
    "<",
    "&",
    "=",
    "+",
]
HOSTILE = [
    "\u0000",
    "a\u0000b",
    "\u202eevil",
    "\u200b",
    "\u00a0",
    "\ufeff",
    "١٢٣",
    "２０２６-０１-０１",
    "2026-01-0１",
    "\x7f",
    "\x85",
    "a" * 100_000,
    "💀" * 70,
    "é" * 65,
    "\r\n",
    "\u2028",
]
"""Half a surrogate pair is not among them: `codec` refuses it before anything is judged."""

TEXTS = [
    "2026",
    "2026-13",
    "2026-02-30",
    "2026-1-1",
    "20260101",
    "01/02/2026",
    "0000",
    "0000-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-01-01T",
    "2026-01-01T10:00",
    "2026-01-01T10:00:00",
    "2026-01-01T10:00:00Z",
    "2026-01-01T10:00:00z",
    "2026-01-01 10:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01T10:00:00+14:00",
    "2026-01-01T10:00:00+14:01",
    "2026-01-01T10:00:00-00:00",
    "2026-01-01T10:00:00+0100",
    "2026-01-01T10:00:00.123456789123Z",
    "2026-W01-1",
    "10:00",
    "10:00:00",
    "24:00:00",
    "10:00:00Z",
    "true",
    "5",
    "-5",
    "1e3",
    "NaN",
    "a b",
    " a",
    "a ",
    "a  b",
    "a\tb",
    "urn:uuid:not-one",
    "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
    "urn:oid:01.2",
    "urn:oid:3.2",
    "https://example.org/ a",
    "not/a b",
    "#",
    "##",
    "TQ",
    "TQ==",
    "T Q = =",
    "TQ=",
    "====",
    "a" * 65,
    "a_b",
    "<div>a</div>",
    '<div xmlns="http://www.w3.org/1999/xhtml">a</div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><script>a</script></div>',
]
"""Right for one primitive, wrong for others."""

CODING: Body = {"system": "https://example.org/codes", "code": "a"}
SAMPLES: dict[str, Any] = {
    "boolean": True,
    "integer": 5,
    "unsignedInt": 0,
    "positiveInt": 1,
    "decimal": Decimal("1.50"),
    "string": "some text",
    "markdown": "some *text*",
    "code": "a",
    "id": "a",
    "uri": "https://example.org/a",
    "url": "https://example.org/a",
    "canonical": "https://example.org/a|1.0",
    "oid": "urn:oid:1.2.3",
    "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "date": "2026-01-01",
    "dateTime": "2026-01-01T10:00:00Z",
    "instant": "2026-01-01T10:00:00.000Z",
    "time": "10:00:00",
    "base64Binary": "TQ==",
    "Age": {"value": 5, "system": "http://unitsofmeasure.org", "code": "a"},
    "Annotation": {"text": "some text"},
    "Attachment": {"contentType": "text/plain", "data": "TQ=="},
    "CodeableConcept": {"coding": [CODING]},
    "Coding": CODING,
    "ContactPoint": {"system": "phone", "value": "01632 960001"},
    "Duration": {"value": 5, "system": "http://unitsofmeasure.org", "code": "d"},
    "Extension": {"url": "https://example.org/a", "valueString": "a"},
    "HumanName": {"family": "Example"},
    "Identifier": {"system": "https://example.org/ids", "value": "1"},
    "Meta": {"tag": [CODING]},
    "Money": {"value": Decimal("1.5"), "currency": "GBP"},
    "Period": {"start": "2026-01-01"},
    "Quantity": {"value": 5},
    "Range": {"low": {"value": 5}},
    "Ratio": {"numerator": {"value": 5}, "denominator": {"value": 5}},
    "Reference": {"reference": "Patient/1"},
    "Timing": {"code": {"text": "daily"}},
}
"""A value of each type that many elements have."""
