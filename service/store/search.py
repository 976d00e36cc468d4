"""What a searcher asks: query parameters read into criteria, each a condition on the search index, and into the rest.

Unknown parameters are refused, or named in a warning under `Prefer: handling=lenient`. What is known and cannot be done
is refused by name in any case: nothing is accepted and then left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from service.errors import Issue, Unreadable
from service.fhir import definitions, index_values, subsets
from service.fhir.resource_type import ResourceType
from service.store import judging, search_links, search_text
from service.store.search_criteria import Criterion, Include, Pairs, Place, SortKey
from service.store.search_text import MOST_VALUES, shown

PAGE, LARGEST_PAGE = 50, 1000
MOST_SORT_KEYS: Final = 3
MOST_PARAMETERS: Final = 50
SUMMARIES: Final = (*subsets.SUMMARIES, "count")
_UNSUPPORTED: Final = ("_contained", "_containedType", "_content", "_filter", "_list", "_query", "_score", "_text")


@dataclass(frozen=True, slots=True)
class Query:
    """A search understood. `asked` is what was understood of it, for the `self` link and the audit.

    types          the resource types that are searched: one, or several for a search at the base
    is_everywhere  whether the types were not named, so that those are left out that the actor may not search
    after          where the page before ended (`search_sql.place`): sort values, then the key; empty for the first page
    total          "none" or "accurate"
    summary        the value of `_summary`, such as "count"; empty when all is wanted
    elements       what `_elements` names
    """

    types: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    count: int = PAGE
    after: Place = ()
    sort: tuple[SortKey, ...] = ()
    total: str = "none"
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    summary: str = ""
    elements: tuple[str, ...] = ()
    asked: Pairs = ()
    warnings: tuple[Issue, ...] = field(default=())
    is_everywhere: bool = False

    @property
    def type_name(self) -> str:
        return self.types[0]


def parsed(
    type_: ResourceType | None, pairs: Pairs, *, after: Place = (), is_lenient: bool = False, base: str = ""
) -> Query:
    """The search of one type; of none for a search at the base, whose types `_type` names.

    What is asked for below `base`, our own address, is found by the relative reference too, as it is kept.
    Raises Unreadable naming the parameter that is unknown, or whose value cannot be read.
    """
    for name, value in pairs:
        _check_text(name, value)
    if len(pairs) > MOST_PARAMETERS:
        raise Unreadable(f"A search has at most {MOST_PARAMETERS} parameters; ask in several searches")
    types, rest = _types(type_, pairs)
    own = f"{base}/" if base else ""
    reading = _Reading(types, is_lenient, Query(tuple(one.name for one in types), (), after=after), own)
    for name, value in rest:
        reading.read(name, value)
    query = reading.query
    if sum(criterion.values_asked for criterion in query.criteria) > MOST_VALUES:
        raise Unreadable(f"A search asks for at most {MOST_VALUES} values; ask in several searches")
    if type_ is not None:
        return query
    is_everywhere = len(rest) == len(pairs)
    asked = query.asked if len(rest) == len(pairs) else (("_type", ",".join(query.types)), *query.asked)
    return replace(query, is_everywhere=is_everywhere, asked=asked)


def _check_text(name: str, value: str) -> None:
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unreadable(f"Search parameter {shown(name)} holds a character that no value can have")
    if name.endswith(":") or ":." in name:
        raise Unreadable(f"Search parameter {shown(name)} ends with a colon, after which a modifier stands")


def _types(type_: ResourceType | None, pairs: Pairs) -> tuple[list[ResourceType], Pairs]:
    """The types that are searched, and what else is asked."""
    named = [value for name, value in pairs if name == "_type"]
    rest = [pair for pair in pairs if pair[0] != "_type"]
    if type_ is not None:
        if named:
            raise Unreadable.not_supported("_type goes with a search at the base, where no type stands in the URL")
        return [type_], rest
    if len(named) > 1:
        raise Unreadable("_type is given once, with commas between the types")
    wanted = search_text.parts("_type", named[0]) if named else list(judging.TYPES)
    for name in wanted:
        if name not in judging.TYPES:
            raise Unreadable(f"_type names {shown(name)}, which is not held here; /metadata lists the types")
    return [judging.TYPES[name] for name in dict.fromkeys(wanted)], rest


@dataclass
class _Reading:
    """A query that grows, one parameter at a time."""

    types: Sequence[ResourceType]
    is_lenient: bool
    query: Query
    own: str = ""

    def read(self, name: str, value: str) -> None:
        plain, _, modifier = name.partition(":")
        if name in _UNSUPPORTED:
            raise Unreadable.not_supported(f"Search parameter {name} is not supported")
        if name in _RESULTS:
            self._once(name)
            self.query = _RESULTS[name](self, value)
        elif plain in ("_include", "_revinclude"):
            self.query = self._included(plain, modifier, value)
        elif not self._is_known(name):
            self._unknown(name)
            return
        else:
            criteria, asked = (*self.query.criteria, self._criterion(name, value)), (*self.query.asked, (name, value))
            self.query = replace(self.query, criteria=criteria, asked=asked)
            return
        self.query = replace(self.query, asked=(*self.query.asked, (name, value)))

    def _once(self, name: str) -> None:
        if any(name == given for given, _ in self.query.asked):
            raise Unreadable(f"{name} is given once")

    def _is_known(self, name: str) -> bool:
        first = name.partition(":")[0].partition(".")[0]
        return first == "_has" or all(first in definitions.search_parameters(one.name) for one in self.types)

    def _unknown(self, name: str) -> None:
        if self.is_lenient:
            message = f"Search parameter {shown(name)} was ignored"
            issue = Issue("not-supported", message, severity="warning")
            self.query = replace(self.query, warnings=(*self.query.warnings, issue))
            return
        raise search_links.no_such_parameter(self.types, name)

    def _criterion(self, name: str, value: str) -> Criterion:
        value = self._in_every_spelling(value)
        found = {search_links.criterion(one, name, value) for one in self.types}
        if len(found) > 1:
            raise Unreadable.not_supported(
                f"Search parameter {shown(name)} means different things to these types; search one by one"
            )
        return found.pop()

    def _in_every_spelling(self, value: str) -> str:
        """A reference below our own address is kept as a relative one; a canonical URL stays what it is."""
        if not self.own or self.own not in value:
            return value
        every = search_text.split(value, ",")
        return ",".join([*every, *(one.removeprefix(self.own) for one in every if one.startswith(self.own))])

    def count(self, value: str) -> Query:
        """`_count=0` is `_summary=count` (R4, search, 3.1.1.5.3)."""
        if not (value.isascii() and value.isdigit()):
            raise Unreadable("_count is a whole number")
        number = int(value[:6])
        if not number:
            return replace(self.query, summary="count")
        return replace(self.query, count=min(number, LARGEST_PAGE))

    def sort(self, value: str) -> Query:
        keys = [SortKey(part.removeprefix("-"), part.startswith("-")) for part in search_text.parts("_sort", value)]
        if len(keys) > MOST_SORT_KEYS or len({sort_key.param for sort_key in keys}) < len(keys):
            raise Unreadable.not_supported(f"_sort takes up to {MOST_SORT_KEYS} different parameters")
        for sort_key in keys:
            self._check_sort(sort_key.param)
        return replace(self.query, sort=tuple(keys))

    def _check_sort(self, name: str) -> None:
        if not all(name in definitions.search_parameters(one.name) for one in self.types):
            raise search_links.no_such_parameter(self.types, name)
        if any(len(index_values.stands_as(one.name, one.person, name)) > 1 for one in self.types):
            raise Unreadable.not_supported(
                f"_sort cannot order by {name}, which joins several parameters; order by one of them"
            )

    def total(self, value: str) -> Query:
        """An estimate costs no less here than counting, so both count."""
        if value not in ("none", "estimate", "accurate"):
            raise Unreadable("_total is none, estimate or accurate")
        return replace(self.query, total="none" if value == "none" else "accurate")

    def total_method(self, value: str) -> Query:
        """What `count()` of fhirpy sends, beside a `_count` of 0."""
        if value != "count":
            raise Unreadable.not_supported("_totalMethod is count; FHIR's own parameter is _total")
        return replace(self.query, total="accurate")

    def summary(self, value: str) -> Query:
        if value not in SUMMARIES:
            raise Unreadable(f"_summary is one of {', '.join(SUMMARIES)}")
        return self.query if value == "false" else replace(self.query, summary=value)

    def elements(self, value: str) -> Query:
        """Whether there are such elements `fhir.subsets` judges, which knows what is answered."""
        found = tuple(dict.fromkeys(search_text.parts("_elements", value)))
        return replace(self.query, elements=found)

    def _included(self, name: str, modifier: str, value: str) -> Query:
        include = _include(name, modifier, value)
        if name == "_include":
            return replace(self.query, includes=(*self.query.includes, include))
        return replace(self.query, revincludes=(*self.query.revincludes, include))


_RESULTS: Final = {
    "_count": _Reading.count,
    "_sort": _Reading.sort,
    "_total": _Reading.total,
    "_totalMethod": _Reading.total_method,
    "_summary": _Reading.summary,
    "_elements": _Reading.elements,
}


def _include(name: str, modifier: str, value: str) -> Include:
    if modifier not in ("", "iterate"):
        raise Unreadable.not_supported(f"{name} takes the modifier :iterate, not :{shown(modifier)}")
    source, _, rest = value.partition(":")
    param, _, target = rest.partition(":")
    if source == "*" and not rest:
        return Include("*", "*", iterate=bool(modifier))
    if source not in judging.TYPES or (target and target not in judging.TYPES):
        raise Unreadable.not_supported(
            f"{name} is Type:parameter or Type:parameter:Type, of types that /metadata lists"
        )
    parameter = definitions.search_parameters(source).get(param)
    if param != "*" and (parameter is None or parameter.type != "reference"):
        raise Unreadable.not_supported(f"{name} names {shown(value)}, which is no reference parameter of {source}")
    if parameter and target and parameter.targets and target not in parameter.targets:
        raise Unreadable.not_supported(f"{name} names {shown(value)}, but {param} leads to no {target}")
    return Include(source, param, target, bool(modifier))
