"""R4's element tables in the shape in which a resource is walked fastest: members by JSON name, linked type to type."""

import functools
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from service.fhir import definitions
from service.fhir.definitions import Element
from service.fhir.formats import FORMATS, Fits, Format
from service.fhir.invariant import Invariant
from service.fhir.invariants import INVARIANTS

MODIFIERS: Final = frozenset({"modifierExtension", "implicitRules"})
"""Elements that may turn the meaning of all else, such as into its opposite: no compiled type has them."""

BARE: Final = frozenset({"id", "div"})
"""Attributes in FHIR's XML, and XHTML: R4 gives them no extensions; nor the `url` of an Extension."""


@dataclass(slots=True)
class Member:
    """An element of a compiled type. A primitive has `fits` and `format`, a complex one `of`; a resource neither.

    `is_bare` is one that takes no extensions, such as an id, so that no `_id` stands beside it.
    """

    element: Element
    fits: Fits | None = None
    format: Format | None = None
    of: "Type | None" = None
    many: bool = False
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """An element that takes one of several types. `names` are all its JSON names, those with an underscore too."""

    label: str
    names: frozenset[str]
    is_required: bool


@dataclass(slots=True)
class Type:
    """A resource, datatype or backbone element. `required` holds no choices: these know for themselves."""

    name: str
    members: dict[str, Member] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    choices: tuple[Choice, ...] = ()
    invariants: tuple[Invariant, ...] = ()


@functools.cache
def types() -> Mapping[str, Type]:
    """Every type by name."""
    return _Types()


class _Types(Mapping[str, Type]):
    """Each is made when first asked for, with those that it refers to; nobody sees one that is not whole."""

    def __init__(self) -> None:
        self._made: dict[str, Type] = {}
        self._making = threading.Lock()

    def __getitem__(self, name: str) -> Type:
        made = self._made.get(name)
        if made is None:
            with self._making:
                self._made |= _compiled(name, self._made)
            made = self._made[name]
        return made

    def __contains__(self, name: object) -> bool:
        return name in definitions.types()

    def __iter__(self) -> Iterator[str]:
        return iter(definitions.types())

    def __len__(self) -> int:
        return len(definitions.types())


def _compiled(name: str, made: Mapping[str, Type]) -> dict[str, Type]:
    """A type and all that can be reached from it. They refer to each other and to themselves: named before filled."""
    found: dict[str, Type] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in made and one not in found:
            found[one] = Type(one, invariants=INVARIANTS.get(one, ()))
            waiting += [element.type for element in definitions.types()[one].values() if _is_complex(element)]
    for type_ in found.values():
        _fill(type_, {**made, **found})
    return found


def _is_complex(element: Element) -> bool:
    return element.type in definitions.types()


def _fill(type_: Type, known: Mapping[str, Type]) -> None:
    elements = definitions.types()[type_.name]
    understood = [element for element in elements.values() if element.name not in MODIFIERS]
    type_.members = {element.name: _member(element, known) for element in understood}
    for name in BARE & type_.members.keys() | ({"url"} if type_.name == "Extension" else set()):
        type_.members[name].is_bare = True
    type_.required = frozenset(element.name for element in elements.values() if _is_always_there(element))
    type_.choices = tuple(_choices(elements.values()))
    if type_.name in definitions.resource_types():
        type_.members["resourceType"] = Member(elements["id"], fits=lambda _: True, is_bare=True)


def _is_always_there(element: Element) -> bool:
    return element.is_required and not element.choice


def _member(element: Element, known: Mapping[str, Type]) -> Member:
    found = Member(element, of=known.get(element.type), many=element.is_many)
    if found.of is None and element.type != "Resource":
        found.format = FORMATS[element.type]
        found.fits = found.format.fits if element.codes is None else _allowed(element.codes)
    return found


def _allowed(codes: Mapping[str, Iterable[str]]) -> Fits:
    allowed = frozenset(code for listed in codes.values() for code in listed)
    return lambda value: isinstance(value, str) and value in allowed


def _choices(elements: Iterable[Element]) -> Iterable[Choice]:
    labels = dict.fromkeys(element.choice for element in elements if element.choice)
    for label in labels:
        ours = [element for element in elements if element.choice == label]
        names = frozenset(name for element in ours for name in (element.name, f"_{element.name}"))
        yield Choice(label.removesuffix("[x]"), names, ours[0].is_required)
