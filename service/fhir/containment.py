"""What R4 asks of contained resources beside what it asks of any: dom-2 to dom-5, and ref-1."""

from collections.abc import Iterable, Iterator
from typing import Any

from service.errors import Issue
from service.fhir.resource_type import Body


def nested(contained: Body, path: str) -> Iterator[Issue]:
    """What a contained resource holds and must not: others, and what only one that is kept by itself has."""
    if "contained" in contained:
        yield _broken("dom-2", "Contain it in the outer resource: contained ones hold none (dom-2)", path)
    meta = contained.get("meta")
    if isinstance(meta, dict) and meta.keys() & {"versionId", "lastUpdated", "security"}:
        message = "Leave versionId, lastUpdated and security out of what is contained (dom-4, dom-5)"
        yield _broken("dom-4", message, f"{path}.meta")


def unresolved(resource: Body, targets: Iterable[tuple[str, str]]) -> Iterator[Issue]:
    """The references to contained ids, each with its place, for which nothing is contained."""
    ids: set[str] | None = None
    for target, place in targets:
        ids = _ids(resource) if ids is None else ids
        if target not in ids:
            yield _broken("ref-1", "Nothing contained has this id (ref-1): contain it, or refer elsewhere", place)


def _ids(resource: Body) -> set[str]:
    contained = resource.get("contained")
    ids = [one.get("id") for one in contained if isinstance(one, dict)] if isinstance(contained, list) else []
    return {one for one in ids if isinstance(one, str)}


def unreferred(resource: Body, path: str) -> Iterator[Issue]:
    """What is contained in a resource that is right so far, and neither referred to nor referring outwards."""
    outer = {name: child for name, child in resource.items() if name != "contained"}
    named = {
        *_fragments(outer),
        *(text for one in resource["contained"] for text in _fragments(one) if text != "#"),
    }
    for number, one in enumerate(resource["contained"]):
        if f"#{one.get('id')}" not in named and "#" not in _fragments(one):
            message = "Nothing refers to what is contained here, and it does not refer outwards (dom-3): leave it out"
            yield _broken("dom-3", message, f"{path}.contained[{number}]")


def _fragments(value: Any) -> Iterator[str]:
    """Every text below a value that may name something contained."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _fragments(child)


def _broken(key: str, message: str, path: str) -> Issue:
    return Issue("invariant", message, path, detail=key)
