"""The references of a resource to others: found for the index and the integrity check, rewritten in a transaction."""

import re
from collections.abc import Callable
from typing import Any

from service.fhir import definitions
from service.fhir.resource_type import Body

Relinked = Callable[[str, str, str], str]
_ADDRESSES = frozenset({"url", "uri", "valueUri", "valueUrl", "valueUuid", "valueOid"})
_LINK = re.compile(r"""((?:href|src)\s*=\s*["'])([^"']*)""")


def references(resource: Body) -> set[tuple[str, str]]:
    """Every literal reference to another resource, with its expression: `("CarePlan.subject.reference", "Patient/1")`.

    References to contained resources, and those that contained resources make, are not among them.
    """
    outer = {name: child for name, child in resource.items() if name != "contained"}
    return {
        (f"{path}.reference", reference["reference"])
        for path, reference in _found(outer, resource["resourceType"])
        if not reference["reference"].startswith("#")
    }


def relink(resource: Body, becomes: Relinked) -> None:
    """Rewrites in place whatever leads somewhere, as R4's transactions ask: references, addresses (`url`, `valueUri`
    and the like) and links in a narrative; those of contained resources too.

    `becomes` is given what stands there, the path of the object that it stands in, and the element's name.
    """
    _relink(resource, resource["resourceType"], becomes)


def relink_operations(operations: list[Any], path: str, becomes: Relinked) -> None:
    """The same in what the operations of a JSON Patch bring. `path` is where they stand."""
    for at, operation in enumerate(operations):
        if not isinstance(operation, dict):
            continue
        _relink(operation, f"{path}[{at}]", becomes)
        value, name = operation.get("value"), str(operation.get("path", "")).rpartition("/")[2]
        if isinstance(value, str) and name in ("reference", "url"):
            operation["value"] = becomes(value, f"{path}[{at}]", name)


def make_relative(resource: Body, *, base: str) -> None:
    """Rewrites in place every reference below our own base as the relative one, which means the same (R4 §2.3.0.1)."""
    relink(resource, below(base))


def below(base: str) -> Relinked:
    """What leads to something below this base URL, relative to it; anything else as it stands."""
    own = f"{base}/"
    return lambda said, path, name: said.removeprefix(own) if name == "reference" else said


def _relink(value: Body, path: str, becomes: Relinked) -> None:
    for name, child in value.items():
        if isinstance(child, str):
            # An Expression has a `reference` too, which names a definition; it always has a `language`.
            if name in _ADDRESSES or (name == "reference" and "language" not in value):
                value[name] = becomes(child, path, name)
            elif name == "div":
                value[name] = _LINK.sub(lambda link: link[1] + becomes(link[2], path, "div"), child)
        elif isinstance(child, dict):
            _relink(child, f"{path}.{name}", becomes)
        elif isinstance(child, list):
            for number, one in enumerate(child):
                if isinstance(one, dict):
                    _relink(one, f"{path}.{name}[{number}]", becomes)


def _found(value: Any, path: str) -> list[tuple[str, Body]]:
    found: list[tuple[str, Body]] = []
    _collect(value, path, found)
    return found


def _collect(value: Any, path: str, found: list[tuple[str, Body]]) -> None:
    """Adds to `found`; not a generator, because this runs for every write and `yield from` costs a frame a level."""
    if isinstance(value, list):
        for number, child in enumerate(value):
            if isinstance(child, dict):
                _collect(child, f"{path}[{number}]", found)
        return
    # An Expression has a `reference` too, which names a definition; it always has a `language`.
    if isinstance(value.get("reference"), str) and "language" not in value:
        found.append((path, value))
    for name, child in value.items():
        if isinstance(child, (dict, list)):
            _collect(child, f"{path}.{name}", found)


def referred_type(reference: str) -> str:
    """The resource type that a literal reference names; empty where only following it would tell.

    Raises ValueError when the text is no reference: a relative one is `Type/id`, maybe with `/_history/version`.
    """
    found = _REST.fullmatch(reference)
    if found and found[1] in definitions.resource_types():
        return found[1]
    if not reference or reference.startswith("#") or _ABSOLUTE.fullmatch(reference):
        return ""
    raise ValueError("Not a reference")


_ABSOLUTE = re.compile(r"(?:https?|urn:uuid|urn:oid|ftp|file|mailto):\S+")
_REST = re.compile(r"(?:https?://\S+/)?([A-Z][A-Za-z]*)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
