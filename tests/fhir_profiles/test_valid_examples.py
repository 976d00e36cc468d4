"""The valid examples: one of every profile, and ten whole records that hold everything the register is for."""

from pathlib import Path
from typing import Any

import pytest

from service.register import codes, items, nhs_number, preference_type
from tests.fhir_profiles import examples
from tests.systems import System

ALERT = "epaccs-alert"
"""Raised by the register, and refused from outside."""

FLAGS = {
    "cancer": {"526631000000108", "450476008"},
    "changed-mind-twice": {"526631000000108", "450476008"},
    "dementia-in-a-care-home": {"526631000000108", "450476008", "816381000000105"},
    "died-elsewhere-than-chosen": {"450476008"},
    "frailty": {"526631000000108", "450476008"},
    "heart-failure": {"526631000000108"},
    "lacking-capacity": {"526631000000108", "450476008"},
    "motor-neurone-disease": {"526631000000108", "450476008", "816301000000100"},
    "no-fixed-abode": {"526631000000108"},
    "sharing-refused": {"526631000000108"},
}
"""The codes of the Flags that the register raises for each record."""

TOLD = {
    "died-elsewhere-than-chosen": {items.REVIEW_DATE: items.MISSING},
    "sharing-refused": {16: "declined", 28: "declined"},
}
"""What a summary says of items that a record does not simply hold: of a plan that is over nothing is to be reviewed."""


def resources(path: Path) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in examples.body(path)["entry"]]


def test_every_profile_has_an_example() -> None:
    assert {path.stem for path in examples.INSTANCES} == set(examples.profiles())


@pytest.mark.parametrize("path", examples.INSTANCES, ids=lambda path: path.stem)
def test_an_example_keeps_the_profile_it_is_named_after_and_gives_no_cause_for_a_warning(path: Path) -> None:
    resource = examples.body(path)
    assert resource["resourceType"] == examples.profiles()[path.stem]["type"]
    assert resource["meta"]["profile"] == [examples.profiles()[path.stem]["url"]]
    assert examples.issues(resource) == []


@pytest.mark.parametrize("path", examples.RECORDS, ids=lambda path: path.stem)
def test_nothing_in_a_record_gives_cause_for_a_warning(path: Path) -> None:
    assert [issue for resource in resources(path) for issue in examples.issues(resource)] == []


def test_the_records_hold_all_sixty_items() -> None:
    every = [resource for path in examples.RECORDS for resource in resources(path)]
    assert set().union(*map(examples.recorded, every)) | set(items.AUTOMATIC) == set(items.ALL)


def test_the_records_hold_an_answer_to_every_question_and_every_profile_of_a_record() -> None:
    every = [resource for path in examples.RECORDS for resource in resources(path)]
    asked = {
        (coding["system"], coding["code"])
        for resource in every
        if resource["resourceType"] == "Observation"
        for coding in resource["code"]["coding"]
    }
    assert {kind.code.key for kind in preference_type.all_types().values()} <= asked
    claimed = {url.rpartition("/")[2] for resource in every for url in resource.get("meta", {}).get("profile", ())}
    never_sent = {ALERT, "epaccs-summary", "epaccs-disability"}
    assert claimed == set(examples.profiles()) - never_sent


def test_everybody_is_invented() -> None:
    numbers = {
        identifier["value"]
        for path in (*examples.RECORDS, *examples.INSTANCES)
        for resource in (resources(path) if path in examples.RECORDS else [examples.body(path)])
        if resource["resourceType"] == "Patient"
        for identifier in resource["identifier"]
    }
    assert len(numbers) == len(examples.RECORDS) + 1
    assert all(number.startswith("999") and nhs_number.is_valid(number) for number in numbers)


@pytest.mark.parametrize("path", examples.RECORDS, ids=lambda path: path.stem)
def test_a_record_is_kept_and_comes_back_with_its_items_and_its_flags(integration: System, path: Path) -> None:
    sent = resources(path)
    answer = integration.post("", examples.body(path))
    assert answer.status_code == 200, answer.text
    for resource in sent:
        kept = integration.get(f"{resource['resourceType']}/{resource['id']}").json()
        assert without_meta(kept) == without_meta(resource)
    patient = next(resource for resource in sent if resource["resourceType"] == "Patient")
    assert flags(integration, patient["id"]) == FLAGS[path.stem]
    number = next(one["value"] for one in patient["identifier"])
    assert states(integration.summary(number).json()) == expected(path)


def without_meta(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "meta"}


def flags(integration: System, patient_id: str) -> set[str]:
    found = integration.get(f"Flag?patient={patient_id}&status=active").json().get("entry", [])
    return {coding["code"] for entry in found for coding in entry["resource"]["code"]["coding"]}


def states(summary: dict[str, Any]) -> dict[int, str]:
    """What the last section of a summary says of each mandatory and required item."""
    parts = [
        {part["url"]: next(value for name, value in part.items() if name != "url") for part in said["extension"]}
        for section in summary["entry"][0]["resource"]["section"]
        for said in section.get("extension", ())
        if said["url"] == f"{codes.BASE}/StructureDefinition/epaccs-item-state"
    ]
    return {part["item"]: part["state"] for part in parts}


def expected(path: Path) -> dict[int, str]:
    sent = resources(path)
    recorded = set().union(*map(examples.recorded, sent)) | set(items.AUTOMATIC)
    has_died = any("deceasedDateTime" in resource for resource in sent)
    absent = {items.DATE_OF_DEATH: items.MISSING if has_died else items.NOT_DUE}
    found = {
        item.number: items.PRESENT if item.number in recorded else absent.get(item.number, items.MISSING)
        for item in items.DEMANDED
    }
    return found | TOLD.get(path.stem, {})
