"""Whether a code is in a value set, as far as that can be told with the definitions at hand.

A value set can be listed by its compose or its expansion over code systems of the library. What it takes from elsewhere
(filters of SNOMED CT, languages, media types) cannot be told: of such codes the answer is None, undecided. Answers are
joined as Kleene did: what is certain in one part stays certain whatever another part leaves open.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from service.fhir import definitions, elements
from service.fhir.profiles import code_systems, kinds
from service.fhir.profiles.kleene import Answer, every, negated, some
from service.fhir.profiles.library import Library
from service.fhir.resource_type import Body

Codings = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Membership:
    """What is in a value set, or in a part of one.

    candidates  codes that may be in it: all that are, where it can be listed
    unlisted    systems of which other codes may be in it too; "" is any system
    is_list     whether the candidates are the set, and nothing about it is open
    """

    _judge: Callable[[str, str], Answer]
    candidates: Codings
    unlisted: frozenset[str] = frozenset()
    is_list: bool = False

    def holds(self, system: str, code: str) -> Answer:
        """Whether the code is in the set; None where that cannot be told here.

        With an empty system, as elements of type code have none: whether it is in the set by any system.
        """
        if system:
            return self._judge(system, code)
        systems = {each for each, listed in self.candidates if listed == code} | self.unlisted
        return some(self._judge(each, code) for each in systems)

    def codes(self) -> tuple[str, ...] | None:
        """Every code in the set, for telling what is allowed; None where they cannot be listed."""
        told = {code: self._judge(system, code) for system, code in self.candidates}
        if self.unlisted or None in told.values():
            return None
        return tuple(sorted(code for code, is_in in told.items() if is_in))


@functools.lru_cache(maxsize=4096)
def membership(value_set: str, library: Library) -> Membership | None:
    """What is in the value set of this canonical; None where nobody here knows the set or anything that is in it."""
    found = _of_value_set(value_set, library, ())
    return found if found.candidates or "" not in found.unlisted else None


def _of_value_set(canonical: str, library: Library, above: tuple[str, ...]) -> Membership:
    """`above` are the sets that this one is part of: a set that holds itself adds nothing that can be told."""
    resource = None if canonical in above else library.value_set(canonical)
    if resource is None:
        return _UNKNOWN if canonical in above else _of_r4(canonical)
    return _composed(resource, library, (*above, canonical)) or _expanded(resource) or _UNKNOWN


def _of_r4(canonical: str) -> Membership:
    try:
        listed = definitions.value_set(kinds.canonical(canonical))
    except LookupError:
        return _UNKNOWN
    return _listed((system, code) for system, codes in listed.items() for code in codes)


def _composed(resource: Body, library: Library, above: tuple[str, ...]) -> Membership | None:
    """By its compose; by its expansion if there is none, or if the expansion tells what the compose cannot."""
    included = [_part(one, library, above) for one in elements.all_of(resource, "compose", "include")]
    excluded = [_part(one, library, above) for one in elements.all_of(resource, "compose", "exclude")]
    if not included:
        return None
    whole = _without(_joined(included), _joined(excluded)) if excluded else _joined(included)
    expansion = _expanded(resource) if whole.unlisted else None
    if expansion is None:
        return whole
    return expansion if not expansion.unlisted else _joined((whole, expansion))


def _expanded(resource: Body) -> Membership | None:
    """By its expansion: all of the set, unless it says that it is only a part."""
    expansion = elements.part(resource, "expansion")
    listed = frozenset(_contained(elements.all_of(expansion, "contains")))
    if not listed:
        return None
    total = elements.part(expansion, "total")
    is_part = isinstance(total, int) and total > len(listed)
    return _joined((_listed(listed), _UNKNOWN)) if is_part else _listed(listed)


def _contained(contains: Iterable[Body]) -> Iterable[tuple[str, str]]:
    for one in contains:
        if not one.get("abstract"):
            yield elements.text_at(one, "system"), elements.text_at(one, "code")
        yield from _contained(elements.all_of(one, "contains"))


def _part(include: Body, library: Library, above: tuple[str, ...]) -> Membership:
    """One include or exclude: what is in all that it names (R4, ValueSet.compose.include)."""
    named = include.get("valueSet")
    sets = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    parts = [_of_value_set(one, library, above) for one in sets]
    if "system" in include:
        parts.append(_of_system(include, library))
    return functools.reduce(_both, parts) if parts else _UNKNOWN


def _of_system(include: Body, library: Library) -> Membership:
    system = elements.text_at(include, "system")
    listed = elements.all_of(include, "concept")
    if listed:
        return _listed((system, elements.text_at(one, "code")) for one in listed)
    chosen = _chosen(library, system, elements.text_at(include, "version"), elements.all_of(include, "filter"))
    if chosen is None:
        return Membership(lambda asked, _: None if asked in (system, "") else False, frozenset(), frozenset({system}))
    return _listed((system, code) for code in chosen)


def _chosen(library: Library, system: str, version: str, filters: list[dict[str, Any]]) -> frozenset[str] | None:
    resource = library.code_system(f"{system}|{version}") or library.code_system(system)
    known = code_systems.concepts(resource) if resource else None
    return None if known is None else code_systems.selected(known, filters)


def _listed(codings: Iterable[tuple[str, str]]) -> Membership:
    listed = frozenset(codings)
    return Membership(lambda system, code: (system, code) in listed, listed, is_list=True)


def _joined(parts: Iterable[Membership]) -> Membership:
    several = tuple(parts)
    candidates = frozenset[tuple[str, str]]().union(*(one.candidates for one in several))
    if all(one.is_list for one in several):
        return _listed(candidates)
    return Membership(
        lambda system, code: some(one._judge(system, code) for one in several),
        candidates,
        frozenset().union(*(one.unlisted for one in several)),
    )


def _both(one: Membership, other: Membership) -> Membership:
    return Membership(
        lambda system, code: every((one._judge(system, code), other._judge(system, code))),
        one.candidates | other.candidates,
        one.unlisted and other.unlisted and (one.unlisted | other.unlisted),
    )


def _without(one: Membership, excluded: Membership) -> Membership:
    return Membership(
        lambda system, code: every((one._judge(system, code), negated(excluded._judge(system, code)))),
        one.candidates,
        one.unlisted | (excluded.unlisted & {system for system, _ in one.candidates}),
    )


_UNKNOWN = Membership(lambda _system, _code: None, frozenset(), frozenset({""}))
"""What nobody here can tell anything of."""
