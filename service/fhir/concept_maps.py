"""What foreign and legacy codings mean in codes of ours: the ConceptMaps we ship, and those that a deployer adds.

Ours stand in `fhir_profiles/concept_maps`; the comment of each row says where it was seen and how sure it is. A
deployer's folder (`HEARTSEASE_CONCEPT_MAPS`) goes before them. Read once, at start. What was recorded stays as it was
recorded; only what is derived from it is translated, so `heartsease rebuild` applies a new map to old records.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from service import config
from service.errors import Unreadable
from service.fhir import elements
from service.fhir.resource_type import Body

Key = tuple[str, str]
"""(system, code)"""

_MEANS_THAT: Final = frozenset({"equal", "equivalent", "wider", "subsumes"})
"""ConceptMap equivalences (R4, target against source) by which what is true of the target is true of the source."""


@functools.cache
def translations() -> Mapping[Key, tuple[Key, ...]]:
    """Our codes by foreign ones, the surest first. Raises Unreadable for a file that is no ConceptMap."""
    found: dict[Key, list[Key]] = {}
    for path in _files():
        for source, target in _pairs(_map(path)):
            found.setdefault(source, []).append(target)
    return MappingProxyType({source: tuple(dict.fromkeys(targets)) for source, targets in found.items()})


def _files() -> Iterator[Path]:
    """The deployer's first: who knows the senders knows better what their codes mean."""
    if added := config.settings().concept_maps:
        if not added.is_dir():
            raise Unreadable("HEARTSEASE_CONCEPT_MAPS names no folder: name one that holds ConceptMaps as .json files")
        yield from sorted(added.glob("*.json"))
    yield from sorted((config.shipped("fhir_profiles") / "concept_maps").glob("*.json"))


def _map(path: Path) -> Body:
    message = f"{path.name} is no FHIR ConceptMap in JSON: correct it, or take it out of the folder"
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise Unreadable(message) from error
    if elements.text_at(found, "resourceType") != "ConceptMap":
        raise Unreadable(message)
    body: Body = found
    return body


def _pairs(concept_map: Body) -> Iterator[tuple[Key, Key]]:
    for group in elements.all_of(concept_map, "group"):
        source, target = elements.text_at(group, "source"), elements.text_at(group, "target")
        for row in elements.all_of(group, "element"):
            for each in elements.all_of(row, "target"):
                code, meant = elements.text_at(row, "code"), elements.text_at(each, "code")
                if code and meant and elements.text_at(each, "equivalence") in _MEANS_THAT:
                    yield (source, code), (target, meant)
