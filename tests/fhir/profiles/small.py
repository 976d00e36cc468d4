"""Small StructureDefinitions, written by hand: a snapshot with nothing but what a test is about."""

import re
from typing import Any

from service.errors import Issue
from service.fhir.profiles import compiled, conformity
from service.fhir.profiles.asked import Profile
from service.fhir.profiles.library import Library

ASKED = "urn:test:asked"


def element(name: str, **said: Any) -> dict[str, Any]:
    """An ElementDefinition by its id. Without a cardinality it has that of most: 0..*."""
    _, _, slice_name = name.rpartition(".")[2].partition(":")
    sliced = {"sliceName": slice_name} if slice_name else {}
    return {"id": name, "path": re.sub(r":[^.]+", "", name), "min": 0, "max": "*", **sliced, **said}


def of(code: str, *, profile: str = "", target: str = "") -> dict[str, Any]:
    """A type of an element."""
    named = {"profile": [profile]} if profile else {}
    return {"code": code, **named, **({"targetProfile": [target]} if target else {})}


def sliced(*discriminators: tuple[str, str], rules: str = "open", **more: Any) -> dict[str, Any]:
    """How an element is sliced; discriminators as (type, path)."""
    return {"discriminator": [{"type": kind, "path": path} for kind, path in discriminators], "rules": rules, **more}


def structure(type_name: str, *elements: dict[str, Any], canonical: str = ASKED, **more: Any) -> dict[str, Any]:
    root = [] if any(one["id"] == type_name for one in elements) else [element(type_name)]
    return {
        "resourceType": "StructureDefinition",
        "url": canonical,
        "version": "1",
        "name": "Asked",
        "type": type_name,
        "derivation": "constraint",
        **more,
        "snapshot": {"element": [*root, *elements]},
    }


def extension(canonical: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The definition of an extension, which may stand anywhere unless its `context` says where."""
    url = element("Extension.url", min=1, max="1", fixedUri=canonical)
    anywhere = [{"type": "element", "expression": "Element"}]
    return structure("Extension", url, *elements, canonical=canonical, **{"context": anywhere, **more})


def profile(type_name: str, *elements: dict[str, Any], beside: Any = ()) -> Profile:
    return compiled.profile(ASKED, Library.of([structure(type_name, *elements), *beside]))


def issues(resource: dict[str, Any], *elements: dict[str, Any], beside: Any = ()) -> list[Issue]:
    return conformity.issues(resource, profile(resource["resourceType"], *elements, beside=beside))


def found(resource: dict[str, Any], *elements: dict[str, Any], beside: Any = ()) -> list[tuple[str, str, str]]:
    """What is found, as (severity, code, expression)."""
    told = issues(resource, *elements, beside=beside)
    return [(issue.severity, issue.code, issue.expression) for issue in told]


def error(code: str, expression: str) -> list[tuple[str, str, str]]:
    return [("error", code, expression)]


def undecided(expression: str) -> list[tuple[str, str, str]]:
    return [("information", "informational", expression)]
