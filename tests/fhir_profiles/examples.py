"""The examples of `fhir_profiles/examples`, and the profiles that they are examples of."""

import json
from pathlib import Path
from typing import Any

from service import config
from service.errors import Issue
from service.fhir import intake, validation
from service.fhir.profiles import compiled, conformity, library
from service.store import judging

Body = dict[str, Any]

FOLDER = config.shipped("fhir_profiles") / "examples"
INSTANCES = sorted((FOLDER / "valid" / "profiles").glob("*.json"))
"""One file for each profile, called as the profile is."""
RECORDS = sorted((FOLDER / "valid" / "records").glob("*.json"))
"""Whole records, each one transaction."""


def body(path: Path) -> Body:
    found: Body = json.loads(path.read_text(encoding="utf-8"))
    return found


def profiles() -> dict[str, Body]:
    """Every profile of ours that something can be an instance of, by id."""
    return {
        one["id"]: one
        for one in library.shipped().structures()
        if one["kind"] == "resource" and one.get("derivation") == "constraint" and not one["abstract"]
    }


def issues(resource: Body, profile_id: str = "") -> list[Issue]:
    """Errors and warnings, as on a write; and by a profile too that the register does not ask for on a write."""
    found = judging.findings(resource) if resource["resourceType"] in judging.TYPES else validation.issues(resource)
    if profile_id and not any(issue.severity == "error" for issue in found):
        meant, _ = intake.normalised(resource)
        profile = compiled.profile(profiles()[profile_id]["url"], library.shipped())
        found = list(dict.fromkeys([*found, *conformity.issues(meant, profile)]))
    return [issue for issue in found if issue.severity != "information"]


def recorded(resource: Body) -> set[int]:
    """The items of SCCI1580 that a resource records."""
    asked = judging.TYPES[resource["resourceType"]].profiles(resource)
    held = [conformity.items(resource, compiled.profile(one, library.shipped())) for one in asked]
    return {int(number) for numbers in held for number in numbers}
