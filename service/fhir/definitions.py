"""What FHIR R4 says about our types: the generated tables of `fhir_profiles/generated`, loaded once, never changed.

Made by `scripts/generate-definitions`; another resource type is added to its list.
"""

import functools
import json
from collections.abc import Mapping
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
    """A search parameter as R4 defines it for one type. `type` is token, string, reference, date, uri and so on."""

    name: str
    type: str
    expression: str
    targets: tuple[str, ...]


@functools.cache
def types() -> Mapping[str, Mapping[str, Element]]:
    """Every type with its elements: resources, datatypes, and backbone elements by their path."""
    tables = _tables("elements")
    sets = {url: _value_set(systems) for url, systems in tables["value_sets"].items()}
    return MappingProxyType({name: _elements(rows, sets) for name, rows in tables["types"].items()})


@functools.cache
def resource_types() -> frozenset[str]:
    """The names of all resource types of R4, whether we hold them or not."""
    return frozenset(_tables("elements")["resource_types"])


def search_parameter(type_name: str, name: str) -> SearchParameter:
    """Raises LookupError when R4 defines no such parameter for the type."""
    try:
        row = _search_parameters()[type_name][name]
    except KeyError:
        raise LookupError(f"R4 defines no search parameter {name} for {type_name}") from None
    return SearchParameter(name, row["type"], row["expression"], tuple(row.get("targets", ())))


@functools.cache
def _search_parameters() -> Any:
    return _tables("search_parameters")["types"]


def _elements(rows: dict[str, Any], sets: dict[str, Mapping[str, tuple[str, ...]]]) -> Mapping[str, Element]:
    return MappingProxyType({name: _element(name, row, sets) for name, row in rows.items()})


def _element(name: str, row: dict[str, Any], sets: dict[str, Mapping[str, tuple[str, ...]]]) -> Element:
    return Element(
        name=name,
        type=row["type"],
        is_required=row.get("min", 0) > 0,
        is_many=row.get("max", "1") == "*",
        choice=row.get("choice", ""),
        codes=sets[row["codes"]] if "codes" in row else None,
        targets=frozenset(row["targets"]) if "targets" in row else None,
        in_summary=row.get("summary", False),
    )


def _value_set(systems: dict[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({system: tuple(codes) for system, codes in systems.items()})


def _tables(name: str) -> Any:
    path = config.shipped("fhir_profiles") / "generated" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))
