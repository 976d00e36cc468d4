"""A part of a resource, as `_summary` and `_elements` ask for it (FHIR R4 §3.1.1.6.8 and .9).

`_summary=true` keeps what R4 marks as summary, all the way down; `text` the narrative; `data` all but the narrative.
`_elements` names elements of the resource itself: `name`, or `Patient.name` where several types are answered. Whatever
is asked for, mandatory elements stay, and so does what may change the meaning of the rest. What remains is tagged
SUBSETTED, so that nobody takes it for the whole and writes it back.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from service.errors import Unreadable
from service.fhir import codec, definitions
from service.fhir.definitions import Element
from service.fhir.resource_type import Body

SUMMARIES: Final = ("true", "text", "data", "false")
"""What `_summary` may be of a resource; `count` is of a search only."""

SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}

_ALWAYS: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})
_MOST_ELEMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Subset:
    """What to keep. `summary` is "true", "text", "data" or empty; `elements` are names, alone or after a type."""

    summary: str = ""
    elements: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.summary and not self.elements


WHOLE: Final = Subset()


def asked(summary: str, elements: Iterable[str], types: Collection[str], included: Collection[str] = ()) -> Subset:
    """The subset of an answer of resources of `types`, beside which others are `included`.

    `elements` are the values of `_elements`, each a list between commas. Raises Unreadable, naming what is not known.
    """
    names = tuple(name.strip() for value in elements for name in value.split(",") if name.strip())
    if summary and summary not in SUMMARIES:
        raise Unreadable(f"_summary is one of {', '.join(SUMMARIES)}; of a search also count")
    if len(names) > _MOST_ELEMENTS:
        raise Unreadable(f"_elements names at most {_MOST_ELEMENTS} elements")
    for name in names:
        _check(name, types, included)
    kept = "" if summary == "false" else summary
    if kept and names:
        raise Unreadable("Ask for _summary or for _elements: together they do not say which part is wanted")
    return Subset(kept, names)


def of(body: bytes, type_name: str, subset: Subset, *, is_included: bool = False) -> bytes:
    """The part of a stored resource, every number as it was sent.

    Names without a type say nothing of an included resource, which stays whole unless its type is named (R4).
    """
    if subset.is_whole:
        return body
    if subset.elements:
        names = _named(subset.elements, type_name, is_included)
        if names is None:
            return body
        return _tagged(_only(codec.loads(body), names | _mandatory(type_name)))
    resource = codec.loads(body)
    if subset.summary == "data":
        return _tagged({name: value for name, value in resource.items() if name not in ("text", "_text")})
    if subset.summary == "text":
        return _tagged(_only(resource, _mandatory(type_name) | {"text"}))
    return _tagged(_summarised(resource))


def _check(name: str, types: Collection[str], included: Collection[str]) -> None:
    type_name, dot, element = name.rpartition(".")
    if dot and type_name not in (*types, *included):
        raise Unreadable(f"_elements names {_shown(type_name)}, of which nothing is answered here")
    if not any(_spellings(whose, element) for whose in ([type_name] if dot else types)):
        raise Unreadable(f"_elements takes elements of the resource itself; {_shown(element)} is none of this one's")


def _shown(name: str) -> str:
    """A name that was sent, safe to show."""
    return "".join(letter for letter in name[:60] if letter.isalnum() or letter in ".-")


@lru_cache(maxsize=2000)
def _spellings(type_name: str, name: str) -> frozenset[str]:
    """The JSON names that an element goes by: `value` (or `value[x]`) is a choice of many."""
    stem = name.removesuffix("[x]")
    return frozenset(
        element.name
        for element in definitions.types().get(type_name, {}).values()
        if stem in (element.name, element.choice.removesuffix("[x]"))
    )


@lru_cache(maxsize=1000)
def _named(elements: tuple[str, ...], type_name: str, is_included: bool) -> frozenset[str] | None:
    """The JSON names asked for of this type; None where nothing was said of it."""
    split = [name.rpartition(".") for name in elements]
    of_type = [element for whose, dot, element in split if whose == type_name or not (dot or is_included)]
    if not of_type:
        return None
    return frozenset().union(*(_spellings(type_name, element) for element in of_type))


@lru_cache(maxsize=200)
def _mandatory(type_name: str) -> frozenset[str]:
    return _ALWAYS | {element.name for element in definitions.types()[type_name].values() if element.is_required}


def _only(resource: Body, names: Collection[str]) -> Body:
    """The elements of these names, each with its companion (`_birthDate`), in their order."""
    return {name: value for name, value in resource.items() if name.removeprefix("_") in names}


def _summarised(resource: Body) -> Body:
    return _pruned(resource, resource["resourceType"], _ALWAYS)


def _pruned(value: Body, type_name: str, always: Collection[str] = ()) -> Body:
    """A resource or a complex value with its summary elements and its mandatory ones."""
    elements = definitions.types().get(type_name, {})
    kept: Body = {}
    for name, child in value.items():
        element = elements.get(name.removeprefix("_"))
        if name in always:
            kept[name] = child
        elif element and (element.in_summary or element.is_required):
            part = child if name.startswith("_") else _part(child, element)
            if part not in ({}, []):
                kept[name] = part
    return kept


def _part(child: Any, element: Element) -> Any:
    """What is mandatory but no summary element stays whole: it would not be valid otherwise."""
    if not element.in_summary:
        return child
    if isinstance(child, list):
        return [pruned for one in child if (pruned := _part(one, element)) != {}]
    if isinstance(child, dict) and element.type in definitions.types():
        pruned = _pruned(child, element.type)
        return child if not pruned and element.is_required else pruned
    return child


def _tagged(resource: Body) -> bytes:
    meta = resource.get("meta", {})
    others = [tag for tag in meta.get("tag", ()) if tag.get("code") != SUBSETTED["code"]]
    return codec.dumps({**resource, "meta": {**meta, "tag": [*others, SUBSETTED]}})
