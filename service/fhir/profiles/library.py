"""Definitions by what names them: StructureDefinitions, ValueSets and CodeSystems by canonical URL and version."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, Self

from service import config
from service.fhir import conformance
from service.fhir.profiles import kinds, packages
from service.fhir.resource_type import Body

KINDS: Final = ("StructureDefinition", "ValueSet", "CodeSystem")


class Library:
    """Definitions that are judged by. Never changed: `plus` makes another.

    Of two with one canonical the first stays, unless only the other has a snapshot. A canonical is a URL with or
    without `|version`; one with a version names that version and no other.
    """

    def __init__(self, by_kind: Mapping[str, Mapping[str, Body]]) -> None:
        self._by_kind = by_kind

    @classmethod
    def of(cls, resources: Iterable[Body]) -> Self:
        """What of these can be judged by; all else is left out."""
        by_kind: dict[str, dict[str, Body]] = {kind: {} for kind in KINDS}
        for one in resources:
            if one.get("resourceType") in KINDS:
                _add(by_kind[one["resourceType"]], one)
        return cls({kind: MappingProxyType(named) for kind, named in by_kind.items()})

    def plus(self, more: Iterable[Body]) -> Self:
        """A library with these too. What is here already is not replaced."""
        return type(self).of(chain(self._all(), more))

    def structure(self, canonical: str) -> Body | None:
        return self._by_kind["StructureDefinition"].get(canonical)

    def structure_of_any_version(self, canonical: str) -> Body | None:
        """That of the canonical; where its version is not here, the one that is."""
        return self.structure(canonical) or self.structure(kinds.canonical(canonical))

    def value_set(self, canonical: str) -> Body | None:
        return self._by_kind["ValueSet"].get(canonical)

    def code_system(self, canonical: str) -> Body | None:
        return self._by_kind["CodeSystem"].get(canonical)

    def structures(self) -> tuple[Body, ...]:
        return tuple(self._of_kind("StructureDefinition"))

    def _all(self) -> Iterator[Body]:
        return chain.from_iterable(map(self._of_kind, KINDS))

    def _of_kind(self, kind: str) -> Iterator[Body]:
        return iter({id(one): one for one in self._by_kind[kind].values()}.values())


@functools.cache
def shipped() -> Library:
    """What is ours: the files of `fhir_profiles`, and what the preference types add."""
    return Library.of(conformance.ours())


@functools.cache
def known() -> Library:
    """What is ours, and the packages of the settings. Raises Unreadable where one of these cannot be read."""
    paths = config.settings().package_paths
    return shipped().plus(one for path in paths for one in packages.read(path)) if paths else shipped()


def _add(named: dict[str, Body], resource: Body) -> None:
    for name in _names(resource):
        if name not in named or ("snapshot" in resource and "snapshot" not in named[name]):
            named[name] = resource


def _names(resource: Body) -> Iterator[str]:
    address: Any = resource.get("url")
    if isinstance(address, str):
        yield address
        yield versioned(resource)


def versioned(resource: Body) -> str:
    """The canonical of a definition with its version, by which a library finds it whatever else it holds."""
    return f"{resource['url']}|{resource.get('version', '')}"
