"""The published examples of UK Core, all 215, judged by R4 and by the UK Core profiles of the reference folder.

Each is judged by the UK Core profile of its type, by its snapshot, or where the folder has only the differential and
R4's own definition of the type, by the snapshot that we make of it; every extension by its own definition. Two of the
examples are wrong, and are refused for what is wrong.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import config
from service.config import Settings
from service.errors import Issue
from service.fhir import codec, intake, validation
from service.fhir.profiles import compiled, conformity, packages, snapshots
from service.fhir.profiles.library import Library

REFERENCE = Settings().reference_dir
BASE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"

WRONG = {
    "Extension-UKCore-ConditionEpisode-Example": {
        "Condition.extension[0].value",
        "Condition.extension[0].valueCode",
    },
    "UKCore-Provenance-RARecordConsent-Example": {"Provenance.agent[0].onBehalfOf.reference"},
}
"""Where the two that are wrong are wrong: two values in one extension, and a reference with an address in its id."""

pytestmark = pytest.mark.skipif(
    REFERENCE is None or not (REFERENCE / "ukcore").is_dir(),
    reason="The UK Core definitions are not here: set HEARTSEASE_REFERENCE_DIR to the folder that holds ukcore/",
)


@functools.cache
def library() -> Library:
    assert REFERENCE
    return Library.of(with_snapshot(one) for one in packages.read(REFERENCE / "ukcore")).plus(
        packages.read(REFERENCE / "fhir-r4" / "extensions")
    )


@functools.cache
def r4() -> dict[str, list[dict[str, Any]]]:
    """The elements of R4's types, by name."""
    assert REFERENCE
    found = [*packages.read(REFERENCE / "fhir-r4" / "datatypes"), *packages.read(REFERENCE / "fhir-r4" / "resources")]
    return {one["id"]: one["snapshot"]["element"] for one in found if one["resourceType"] == "StructureDefinition"}


def with_snapshot(one: dict[str, Any]) -> dict[str, Any]:
    if one["resourceType"] != "StructureDefinition" or "snapshot" in one or one["type"] not in r4():
        return one
    if one["baseDefinition"] != f"http://hl7.org/fhir/StructureDefinition/{one['type']}":
        return one
    return one | {"snapshot": {"element": snapshots.snapshot(one, r4()[one["type"]], r4())}}


def examples() -> list[Path]:
    return sorted((REFERENCE / "ukcore" / "examples").glob("*.json")) if REFERENCE else []


def found(example: Path) -> list[Issue]:
    body = codec.loads(example.read_bytes())
    return [*validation.issues(body, of_any_type=True), *beyond_r4(body)]


def beyond_r4(body: dict[str, Any]) -> list[Issue]:
    profile = compiled.held(f"{BASE}{body['resourceType']}", library())
    return conformity.all_issues(body, [profile] if profile and profile.rules else [], library())


def test_all_of_the_published_examples_are_here() -> None:
    assert len(examples()) == 215
    assert {path.stem for path in examples()} >= WRONG.keys()


@pytest.mark.parametrize("example", examples(), ids=lambda path: path.stem)
def test_an_example_keeps_uk_core_unless_it_is_one_of_the_two_that_are_wrong(example: Path) -> None:
    errors = [issue for issue in found(example) if issue.severity == "error"]
    assert {issue.expression for issue in errors} == WRONG.get(example.stem, set()), errors


def test_every_example_has_a_profile_to_be_judged_by() -> None:
    types = {json.loads(path.read_text())["resourceType"] for path in examples()}
    profiles = {name: compiled.held(f"{BASE}{name}", library()) for name in types}
    assert [name for name, profile in profiles.items() if profile is None or profile.rules is None] == []


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every valid example of ours, and each entry of those that are Bundles."""
    for path in sorted((config.shipped("fhir_profiles") / "examples" / "valid").rglob("*.json")):
        body = codec.loads(path.read_bytes())
        for one in [entry["resource"] for entry in body["entry"]] if body["resourceType"] == "Bundle" else [body]:
            yield f"{path.name}: {one['resourceType']}/{one.get('id', '')}", one


def test_our_own_valid_examples_keep_uk_core_too() -> None:
    wrong = {
        name: [(issue.expression, issue.message) for issue in told if issue.severity == "error"]
        for name, one in ours()
        if (told := beyond_r4(intake.normalised(one)[0])) and any(issue.severity == "error" for issue in told)
    }
    assert wrong == {}


def test_what_cannot_be_decided_is_told_and_is_little() -> None:
    told = Counter(issue.message for path in examples() for issue in found(path) if issue.severity == "information")
    assert told["Whether this code is in all-languages cannot be told here"] == 5
    assert sum(told.values()) < 20, told
