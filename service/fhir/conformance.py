"""The definitions that are ours: files of `fhir_profiles` and what the preference types add, found by id and name.

Read once. R4's own definitions are HL7's, and are named by HL7's canonical URLs.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from service import config
from service.errors import NotFound, Unreadable
from service.fhir import outcomes, preference_profiles
from service.fhir.definitions import SearchParameter
from service.fhir.resource_type import Body

FOLDERS: Final = {
    "CodeSystem": "code_systems",
    "ConceptMap": "concept_maps",
    "SearchParameter": "search_parameters",
    "StructureDefinition": "structure_definitions",
    "ValueSet": "value_sets",
}
"""The folder of each type that stands in files."""
TYPES: Final = ("CapabilityStatement", *FOLDERS, "ImplementationGuide", "Measure", "OperationDefinition")
"""What is served to anybody."""

Asked = Sequence[tuple[str, str]]
_PREFIX: Final = "http://hl7.org/fhir/SearchParameter/"
_APART: Final = ("Measure",)
"""Types of definitions that HL7 gives search parameters of their own."""


@functools.cache
def files() -> tuple[Body, ...]:
    """Every definition that stands in a file."""
    found = [path for folder in FOLDERS.values() for path in _folder(folder)]
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in found)


@functools.cache
def ours() -> tuple[Body, ...]:
    """Every definition of ours that stands in a file, and what is derived from the preference types."""
    derived = preference_profiles.derived(files())
    rules = {rule["key"]: rule["human"] for one in derived for rule in _invariants(one)}
    return tuple(_with_rules(one, rules) if one["url"] == outcomes.DETAILS else one for one in derived)


def _invariants(one: Body) -> Iterable[Body]:
    """The invariants that a profile of ours adds."""
    for element in one.get("differential", {}).get("element", ()):
        yield from element.get("constraint", ())


def _with_rules(details: Body, rules: Mapping[str, str]) -> Body:
    """The code system of findings, with the key of each invariant of ours."""
    told = [{"code": key, "display": key, "definition": rules[key]} for key in sorted(rules)]
    definition = "What a profile of ours asks for that has no element of its own in FHIR"
    rule = {"code": "rule", "display": "Rule of a profile", "definition": definition, "concept": told}
    return {**details, "concept": [*details["concept"], rule]}


def _folder(name: str) -> Iterable[Path]:
    return sorted((config.shipped("fhir_profiles") / name).glob("*.json"))


def search_parameters(type_name: str) -> tuple[SearchParameter, ...]:
    """By what definitions of a type are found; HL7 defines `name` and `url` once for most types of definitions."""
    shared = _PREFIX + (type_name if type_name in _APART else "conformance")
    return (
        SearchParameter("_id", "token", f"{type_name}.id", (), f"{_PREFIX}Resource-id"),
        SearchParameter("name", "string", f"{type_name}.name", (), f"{shared}-name"),
        SearchParameter("url", "uri", f"{type_name}.url", (), f"{shared}-url"),
    )


class Definitions:
    """All that are served, by type and id."""

    def __init__(self, derived: Iterable[Body]) -> None:
        by_type: dict[str, dict[str, Body]] = {name: {} for name in TYPES}
        for one in (*ours(), *derived):
            by_type[one["resourceType"]][one["id"]] = one
        self._by_type: Mapping[str, Mapping[str, Body]] = MappingProxyType(by_type)

    def read(self, type_name: str, definition_id: str) -> Body:
        """Raises NotFound."""
        try:
            return self._by_type[type_name][definition_id]
        except KeyError:
            raise NotFound(f"There is no such {type_name} here; search by url or name") from None

    def found(self, type_name: str, asked: Asked) -> list[Body]:
        """Those for which everything holds that is asked. Raises Unreadable for what they are not found by."""
        allowed = {"_id": _is_id, "name": _is_named, "url": _is_at}
        for name, _ in asked:
            if name not in allowed:
                raise Unreadable.not_supported(f"{type_name} is found by _id, name and url")
        return [
            one
            for one in self._by_type[type_name].values()
            if all(any(allowed[name](one, value) for value in values.split(",")) for name, values in asked)
        ]


def _is_id(one: Body, value: str) -> bool:
    return bool(one["id"] == value)


def _is_named(one: Body, value: str) -> bool:
    return bool(one["name"].lower().startswith(value.lower()))


def _is_at(one: Body, value: str) -> bool:
    """By canonical URL, with or without `|version`."""
    return value in (one["url"], f"{one['url']}|{one.get('version', '')}")
