"""The examples of `fhir_profiles/examples`, and the profiles that they are examples of."""

import json
from pathlib import Path
from typing import Any

from service import config
from service.errors import Issue
from service.fhir import validation
from service.fhir.profiles import compiled, conformity, library
from service.register import alerts
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


def issues(resource: Body) -> list[Issue]:
    """Errors and warnings of a write. What the register alone writes is judged by R4 and the profiles it claims."""
    if is_ours_alone(resource):
        found = validation.issues(resource, of_any_type=True) or _claimed(resource)
    else:
        found = judging.findings(resource)
    return [issue for issue in found if issue.severity != "information"]


def is_ours_alone(resource: Body) -> bool:
    """Whether the register writes this and never takes it: summaries, reports, and its own alerts."""
    return resource["resourceType"] not in judging.TYPES or resource.get("meta", {}).get("profile") == [alerts.PROFILE]


def _claimed(resource: Body) -> list[Issue]:
    claimed = [compiled.profile(url, library.shipped()) for url in resource.get("meta", {}).get("profile", ())]
    return conformity.all_issues(resource, claimed, library.shipped())


def recorded(resource: Body) -> set[int]:
    """The items of SCCI1580 that a resource records."""
    asked = judging.TYPES[resource["resourceType"]].profiles(resource)
    held = [conformity.items(resource, compiled.profile(one, library.shipped())) for one in asked]
    return {int(number) for numbers in held for number in numbers}
