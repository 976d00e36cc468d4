"""What FHIR R4 says: the generated tables of `fhir_profiles/generated`, loaded once, never changed.

Made by `scripts/generate-definitions`: the elements of every type, held by the register or not, and the search
parameters of those in its list. Search parameters that R4 lacks are ours: `fhir_profiles/search_parameters`.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from service import config

CONTAINERS: Final = frozenset({"Bundle", "Parameters", "OperationOutcome"})
"""What is sent and answered, and never stored by itself."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type, by its JSON name.

    type      a datatype, a backbone element by its path, or "Resource"
    is_many   whether it is a list in JSON
    choice    the element this is one spelling of, such as `value[x]`; empty when it is no choice
    codes     the codes that a required binding allows, by system; none where anything goes
    targets   the resource types that a Reference may point to; none where any may be
    in_summary  whether `_summary=true` keeps it
    """

    name: str
    type: str
    is_required: bool
    is_many: bool
    choice: str
    codes: Mapping[str, tuple[str, ...]] | None
    targets: frozenset[str] | None
    in_summary: bool


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter of one type. `type` is token, string, reference, date, number, quantity or uri.

    url   its canonical URL, HL7's or ours
    """

    name: str
    type: str
    expression: str
    targets: tuple[str, ...] = ()
    url: str = ""


class _Types(Mapping[str, Mapping[str, Element]]):
    """Types are many and a process meets few of them: each is made when it is first asked for."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows = rows
        self._made: dict[str, Mapping[str, Element]] = {}

    def __getitem__(self, name: str) -> Mapping[str, Element]:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _elements(self._rows[name])
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@functools.cache
def types() -> Mapping[str, Mapping[str, Element]]:
    """Every type with its elements: resources, datatypes, and backbone elements by their path."""
    return _Types(_tables("elements")["types"])


@functools.cache
def resource_types() -> frozenset[str]:
    """The names of all resource types of R4, whether we hold them or not."""
    return frozenset(_tables("elements")["resource_types"])


@functools.cache
def value_set(url: str) -> Mapping[str, tuple[str, ...]]:
    """The codes of a value set by system. Raises LookupError for one that R4 requires nowhere in its types."""
    systems = _tables("elements")["value_sets"][url]
    return MappingProxyType({system: tuple(codes) for system, codes in systems.items()})


@functools.cache
def search_parameters(type_name: str) -> Mapping[str, SearchParameter]:
    """Every search parameter of a type by name: R4's, ours, and those that every type has, such as `_tag`."""
    rows = _tables("search_parameters")["types"].get(type_name, {})
    defined = {
        name: SearchParameter(
            name,
            row["type"],
            row["expression"],
            tuple(row.get("targets", ())),
            _url(row.get("id", f"{type_name}-{name}")),
        )
        for name, row in rows.items()
    }
    ours = {one["code"]: _of_type(one, type_name) for one in own_search_parameters() if type_name in one["base"]}
    return MappingProxyType({**{name: _of_any(name, type_name) for name in OF_EVERY_TYPE}, **defined, **ours})


def search_parameter(type_name: str, name: str) -> SearchParameter:
    """Raises LookupError when neither R4 nor we define such a parameter for the type."""
    try:
        return search_parameters(type_name)[name]
    except KeyError:
        raise LookupError(f"There is no search parameter {name} for {type_name}") from None


@functools.cache
def own_search_parameters() -> tuple[dict[str, Any], ...]:
    """The SearchParameter resources that are ours, `fhir_profiles/search_parameters/*.json`, in order of their ids."""
    folder = config.shipped("fhir_profiles") / "search_parameters"
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))


def _of_type(resource: dict[str, Any], type_name: str) -> SearchParameter:
    """What of a SearchParameter for several types is for one: the parts of its expression that begin with the type."""
    parts = [part for part in resource["expression"].split(" | ") if part.lstrip("(").startswith(f"{type_name}.")]
    return SearchParameter(
        resource["code"], resource["type"], " | ".join(parts), tuple(resource.get("target", ())), resource["url"]
    )


def _of_any(name: str, type_name: str) -> SearchParameter:
    kind, path = OF_EVERY_TYPE[name]
    return SearchParameter(name, kind, f"{type_name}.{path}", (), _url(f"Resource-{name.removeprefix('_')}"))


def _url(parameter_id: str) -> str:
    return f"http://hl7.org/fhir/SearchParameter/{parameter_id}"


OF_EVERY_TYPE: Final[Mapping[str, tuple[str, str]]] = {
    "_id": ("token", "id"),
    "_lastUpdated": ("date", "meta.lastUpdated"),
    "_profile": ("uri", "meta.profile"),
    "_security": ("token", "meta.security"),
    "_source": ("uri", "meta.source"),
    "_tag": ("token", "meta.tag"),
}
"""The search parameters of every resource type: kind, and where in the resource (R4, search, section 3.1.1.4)."""


def _elements(rows: dict[str, Any]) -> Mapping[str, Element]:
    return MappingProxyType({name: _element(name, row) for name, row in rows.items()})


def _element(name: str, row: dict[str, Any]) -> Element:
    return Element(
        name=name,
        type=row["type"],
        is_required=row.get("min", 0) > 0,
        is_many=row.get("max", "1") == "*",
        choice=row.get("choice", ""),
        codes=value_set(row["codes"]) if "codes" in row else None,
        targets=frozenset(row["targets"]) if "targets" in row else None,
        in_summary=row.get("summary", False),
    )


@functools.cache
def _tables(name: str) -> Any:
    path = config.shipped("fhir_profiles") / "generated" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))
