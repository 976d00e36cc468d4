"""The extensions of a resource, wherever they stand, and whether each may stand there.

A definition names its contexts as paths (`Patient.contact`), as datatypes (`Address`), as the URL of the extension it
stands in, or as FHIRPath (R4, "Defining extensions", context). A path and a datatype are both right for one place:
FHIR.md §3.2 calls the other reading a known cause of false alarms.
"""

import functools
from dataclasses import dataclass
from typing import Final

from service.fhir import definitions
from service.fhir.profiles import kinds
from service.fhir.profiles.asked import Context
from service.fhir.resource_type import Body

_ANYTHING: Final = frozenset({"Element", "BackboneElement"})
"""Contexts that name every place: the resource itself too, as HL7's own validator has it."""
_ANY_RESOURCE: Final = frozenset({"Resource", "DomainResource"})


@dataclass(frozen=True, slots=True)
class Found:
    """One extension. `host` is what it extends, a primitive as its companion, and stands at `type_path` in `resource`.

    type_path  from the root of its resource, without indexes and by JSON names: `Patient.contact.telecom.system`
    path       its own FHIRPath expression
    """

    extension: Body
    host: Body
    resource: Body
    type_path: str
    path: str


def found(resource: Body, path: str) -> list[Found]:
    """Every extension, those of contained resources and those inside other extensions too."""
    all_found: list[Found] = []
    _collect(resource, resource, str(resource.get("resourceType", "")), path, all_found)
    return all_found


def _collect(value: Body, resource: Body, type_path: str, path: str, into: list[Found]) -> None:
    """Adds to `into`; not a generator, because this runs for every write and `yield from` costs a frame a level."""
    for name, child in value.items():
        kind = type(child)
        if kind is dict:
            _go_on(child, resource, type_path, path, name.lstrip("_"), into)
        elif kind is list and child:
            is_extension = name == "extension"
            plain = name.lstrip("_")
            for number, one in enumerate(child):
                if type(one) is not dict:
                    continue
                if is_extension:
                    into.append(Found(one, value, resource, type_path, f"{path}.extension[{number}]"))
                _go_on(one, resource, type_path, path, f"{plain}[{number}]", into)


def _go_on(child: Body, resource: Body, type_path: str, path: str, name: str, into: list[Found]) -> None:
    if "resourceType" in child:
        _collect(child, child, str(child["resourceType"]), f"{path}.{name}", into)
    else:
        _collect(child, resource, f"{type_path}.{name.partition('[')[0]}", f"{path}.{name}", into)


def may_stand(at: Found, contexts: tuple[Context, ...]) -> bool | None:
    """Whether one of the contexts is where it stands; None where that cannot be decided."""
    places = _places(at.type_path)
    is_open = False
    for context in contexts:
        if context.kind == "extension":
            if at.host.get("url") == context.expression.partition("#")[0]:
                return True
        elif context.kind != "element" or not _is_known(context.expression):
            is_open = True
        elif context.expression in places:
            return True
    return None if is_open else not contexts


def _is_known(expression: str) -> bool:
    root = expression.partition(".")[0].partition("#")[0]
    return root in _ANYTHING or root in _ANY_RESOURCE or root in definitions.types() or root in kinds.PRIMITIVES


@functools.lru_cache(maxsize=4096)
def _places(type_path: str) -> frozenset[str]:
    """Every name that a context may give to a place: from its resource, from each datatype on the way, and its type.

    A choice is named `value[x]`, or by the type that was chosen, or without either.
    """
    root, *names = type_path.split(".")
    if not names:
        return frozenset({root, *_ANYTHING, *_ANY_RESOURCE})
    types = [root]
    labels: list[tuple[str, str, str]] = []
    for name in names:
        element = definitions.types().get(types[-1], {}).get(name)
        choice = element.choice if element else ""
        labels.append((name, choice or name, choice.removesuffix(kinds.CHOICE) or name))
        types.append(element.type if element else "")
    paths = {
        ".".join((type_, *(label[spelling] for label in labels[number:])))
        for number, type_ in enumerate(types[:-1])
        for spelling in range(3)
        if type_
    }
    return frozenset({*paths, types[-1], *_ANYTHING})


def is_surplus(at: Found, maximum: int) -> bool:
    """Whether as many of its kind as may be stand before it at its host."""
    same = [one for one in at.host["extension"] if isinstance(one, dict) and one.get("url") == at.extension["url"]]
    return any(one is at.extension for one in same[maximum:])
