"""What stands beside the matches of a page: what they refer to (`_include`), and what refers to them (`_revinclude`).

Each resource comes once, none that is a match already, none that the actor may not see: the access filter is in every
statement. `:iterate` follows what was included before, a few rounds. Of a named type the token needs read; under a
wildcard, and where a reference may lead to several types, comes what it may read.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from service import expressions
from service.actor import Actor, Sees
from service.errors import Issue, Unreadable
from service.fhir import definitions, index_values
from service.read_door import ReadDoor
from service.store import access_filter, judging, search_sql, search_whereabouts
from service.store.search_criteria import Include
from service.store.search_matching import INDEX, RESOURCE
from service.store.search_sql import Match

LARGEST: Final = 1000
"""Resources included beside one page, at most."""
ROUNDS: Final = 5
"""How often `:iterate` is followed after the first time."""

_Wanted = Mapping[tuple[str, str], Collection[str]]
"""Types by the type and the parameter that lead to them."""

_EVERY: Final = "*"
_REFERENCE: Final = re.compile(r"([A-Z][A-Za-z]*)/([A-Za-z0-9\-.]{1,64})")


@dataclass(frozen=True, slots=True)
class Included:
    """What came, and what did not come, said as warnings."""

    resources: tuple[Match, ...] = ()
    warnings: tuple[Issue, ...] = ()


def check(types: Collection[str], includes: Iterable[Include], revincludes: Iterable[Include], *, by: Actor) -> None:
    """Raises Unreadable for what could bring nothing beside matches of these types; Forbidden, naming the scope, for a
    type that is asked for by name and that the actor may not read."""
    for include in includes:
        targets = _targets(include)
        if not include.iterate and include.source not in (_EVERY, *types):
            raise _begins_nowhere("_include", include)
        if include.param != _EVERY and not any(by.may("r", target) for target in targets):
            by.require("r", min(targets, default=include.source))
    for include in revincludes:
        if not include.iterate and not set(types).intersection(_targets(include)):
            raise _begins_nowhere("_revinclude", include)
        if include.source != _EVERY:
            by.require("r", include.source)


def _begins_nowhere(name: str, include: Include) -> Unreadable:
    asked = ":".join(filter(None, (include.source, include.param, include.target)))
    return Unreadable(
        f"{name}={asked} leads to or from no type that is searched; to follow what is included, send {name}:iterate"
    )


def types(includes: Iterable[Include], revincludes: Iterable[Include]) -> frozenset[str]:
    """The resource types that may come."""
    forward = [target for include in includes for target in _targets(include)]
    return frozenset([*forward, *(source for include in revincludes for source in _sources(include))])


async def beside(
    door: ReadDoor, page: Sequence[Match], includes: Sequence[Include], revincludes: Sequence[Include], *, by: Actor
) -> Included:
    """The resources to include beside a page. `check` has been asked before."""
    gathered = _Gathered(door, by, {_reference(match): match.pk for match in page})
    newest = await gathered.round(page, includes, revincludes)
    includes = [include for include in includes if include.iterate]
    revincludes = [include for include in revincludes if include.iterate]
    for _ in range(ROUNDS):
        if not newest or not (includes or revincludes):
            break
        newest = await gathered.round(newest, includes, revincludes)
    is_unfinished = bool(newest) and bool(includes or revincludes)
    return Included(tuple(gathered.found), tuple(_warnings(gathered.is_full, is_unfinished)))


def _warnings(is_full: bool, is_unfinished: bool) -> Iterable[Issue]:
    if is_full:
        message = f"No more than {LARGEST:,} resources are included beside a page; ask for smaller pages with _count"
        yield Issue("too-costly", message, severity="warning")
    elif is_unfinished:
        message = f"What was included was followed {ROUNDS} times; there may be more"
        yield Issue("too-costly", message, severity="warning")


@dataclass
class _Gathered:
    """What was included so far. `seen` are the keys of these and of the matches, by reference."""

    door: ReadDoor
    by: Actor
    seen: dict[str, int]
    found: list[Match] = field(default_factory=list)
    is_full: bool = False

    async def round(
        self, newest: Sequence[Match], includes: Sequence[Include], revincludes: Sequence[Include]
    ) -> list[Match]:
        """Includes what belongs to the resources found last, and returns it."""
        before = len(self.found)
        for some, led_by in _wanted(newest, includes, self.by):
            ids, urls = await self._referred_to(some, led_by)
            for type_name in sorted(ids):
                await self._add(_by_id, {"type": type_name, "ids": sorted(ids[type_name])})
            for type_name in sorted(urls):
                await self._add(_holding, {"type": type_name, "params": ["url"], "values": sorted(urls[type_name])})
        for (source, target), params in sorted(_asked_of(revincludes, self.by).items()):
            values = [_reference(match) for match in newest if target in ("", match.resource_type)]
            for statement, named in _parted(params, self.by.sees) if values else ():
                await self._add(statement, {"type": source, "params": named, "values": values})
        return self.found[before:]

    async def _referred_to(
        self, newest: Sequence[Match], wanted: _Wanted
    ) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """The ids, and the canonical URLs, that these refer to and that are not here yet, by type."""
        params = sorted({param for _, param in wanted})
        given = {"pks": [match.pk for match in newest], "params": params}
        ids: dict[str, set[str]] = defaultdict(set)
        urls: dict[str, set[str]] = defaultdict(set)
        for source, param, value in await self.door.rows(_REFERENCES, given):
            targets = wanted.get((source, param), ())
            reference = _REFERENCE.fullmatch(value)
            if reference and value not in self.seen and reference[1] in targets:
                ids[reference[1]].add(reference[2])
            elif not reference:
                for target in _CANONICAL.intersection(targets):
                    urls[target].add(value)
        return ids, urls

    async def _add(self, statement: Any, parameters: dict[str, Any]) -> None:
        room = LARGEST - len(self.found)
        limits = {"limit": room + 1, "seen": list(self.seen.values())}
        given = {**parameters, **limits, **access_filter.parameters(self.by)}
        rows = sorted(search_sql.found(await self.door.rows(statement(self.by.sees), given), by=self.by))
        self.is_full = self.is_full or len(rows) > room
        self.found += rows[:room]
        self.seen |= {_reference(match): match.pk for match in rows[:room]}


def _reference(match: Match) -> str:
    return f"{match.resource_type}/{match.id}"


def _wanted(
    newest: Sequence[Match], includes: Iterable[Include], by: Actor
) -> Iterator[tuple[Sequence[Match], _Wanted]]:
    """The types to include, of those that the actor may read, by the type and the parameter that lead to them.

    What leads from people who are seen in part must not tell where they are.
    """
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for include in includes:
        targets = [target for target in _targets(include) if by.may("r", target)]
        for source, param in _params(include):
            wanted[source, param].update(targets)
    harmless = {key: targets for key, targets in wanted.items() if search_whereabouts.is_harmless(key[1:])}
    for is_partial, led_by in ((False, wanted), (True, harmless)):
        some = [match for match in newest if match.is_partial is is_partial]
        if some and led_by:
            yield some, led_by


def _parted(params: Collection[str], sees: Sees) -> Iterable[tuple[Any, list[str]]]:
    """Statements of what refers by these parameters: by some that is found only where it is seen in full."""
    if sees not in access_filter.PARTLY:
        return [(_holding, sorted(params))]
    harmless = [param for param in sorted(params) if search_whereabouts.is_harmless([param])]
    others = sorted(set(params).difference(harmless))
    return [(statement, some) for statement, some in ((_holding, harmless), (_holding_in_full, others)) if some]


def _asked_of(revincludes: Iterable[Include], by: Actor) -> dict[tuple[str, str], set[str]]:
    """The search parameters to look under, by the type that refers and the type referred to (empty for any)."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for include in revincludes:
        for source, param in _params(include):
            if by.may("r", source):
                asked[source, include.target].add(param)
    return asked


@cache
def _params(include: Include) -> tuple[tuple[str, str], ...]:
    """Pairs of a type and of a parameter under which its references stand in the index."""
    return tuple(
        dict.fromkeys(
            (source, stands_as)
            for source in _sources(include)
            for param in (_reference_params(source) if include.param == _EVERY else (include.param,))
            for stands_as in index_values.stands_as(source, judging.TYPES[source].person, param)
        )
    )


def _sources(include: Include) -> tuple[str, ...]:
    return tuple(judging.TYPES) if include.source == _EVERY else (include.source,)


@cache
def _targets(include: Include) -> tuple[str, ...]:
    """The types that we hold and that these references may lead to."""
    if include.target:
        return (include.target,)
    found = {
        target for source, param in _params(include) for target in definitions.search_parameter(source, param).targets
    }
    return tuple(name for name in judging.TYPES if name in found)


@cache
def _reference_params(type_name: str) -> tuple[str, ...]:
    return tuple(one.name for one in definitions.search_parameters(type_name).values() if one.type == "reference")


_CANONICAL: Final = frozenset(name for name in judging.TYPES if "url" in definitions.search_parameters(name))
"""The types that others name by a canonical URL, such as Questionnaire."""

_REFERENCES = (
    select(INDEX.c.resource_type, INDEX.c.param, INDEX.c.value)
    .where(expressions.among(INDEX.c.resource_pk, "pks"), expressions.among(INDEX.c.param, "params"))
    .distinct()
)
"""What resources refer to; discloses nothing by itself."""


@cache
def _by_id(sees: Sees) -> Select[Any]:
    return _visible(sees).where(RESOURCE.c.resource_type == bindparam("type"), expressions.among(RESOURCE.c.id, "ids"))


@cache
def _holding_in_full(sees: Sees) -> Select[Any]:
    return _holding(sees).where(access_filter.in_full(sees, RESOURCE))


@cache
def _holding(sees: Sees) -> Select[Any]:
    """The resources of a type that hold any of some values under any of some parameters."""
    holding = select(INDEX.c.resource_pk).where(
        INDEX.c.resource_type == bindparam("type"),
        expressions.among(INDEX.c.param, "params"),
        expressions.among(INDEX.c.value, "values"),
    )
    return _visible(sees).where(RESOURCE.c.pk.in_(holding), ~expressions.among(RESOURCE.c.pk, "seen"))


def _visible(sees: Sees) -> Select[Any]:
    """Current resources that the actor may see, as of `Match`; unsorted, lest an index be walked for their order."""
    return (
        select(*search_sql.returned(sees))
        .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
        .where(
            RESOURCE.c.deleted.is_(False),
            access_filter.visible(sees, RESOURCE),
        )
        .limit(bindparam("limit"))
    )
