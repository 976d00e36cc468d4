"""What is judged of a resource on its way in: R4, then the profiles that it must keep or claims, then our rules."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import config
from service.fhir.profiles import library
from service.register import codes
from service.store import judging
from tests import builders
from tests.fhir.profiles.small import element, extension, structure

OURS = f"{codes.BASE}/StructureDefinition/epaccs-document"
THEIRS = "urn:test:theirs"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a deployer's package, which asks of a person that they have a photo."""
    photo = structure("Patient", element("Patient.photo", min=1), canonical=THEIRS)
    a_code = element("Extension.value[x]", min=1, max="1", type=[{"code": "code"}])
    for number, one in enumerate((photo, extension("urn:test:kind", a_code))):
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
    monkeypatch.setenv("HEARTSEASE_PROFILE_PACKAGES", str(tmp_path))
    config.settings.cache_clear()
    library.known.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.settings.cache_clear()
    library.known.cache_clear()


def claiming(body: dict[str, Any], *profiles: str) -> dict[str, Any]:
    return {**body, "meta": {"profile": list(profiles)}}


def found(body: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(issue.severity, issue.code, issue.expression) for issue in judging.findings(body)}


def test_what_r4_refuses_is_judged_by_nothing_else() -> None:
    body = builders.patient(gender="zzz", name=[])
    assert {issue.expression for issue in judging.findings(body)} == {"Patient.gender", "Patient.name"}


def test_a_profile_of_ours_that_is_claimed_must_be_kept() -> None:
    body = claiming(builders.care_team(), OURS)
    assert ("error", "structure", "CareTeam") in found(body)
    assert ("error", "structure", "CareTeam") in found(claiming(builders.care_team(), f"{OURS}|0.0.1"))


def test_a_profile_that_nobody_here_holds_is_said_not_to_be_judged() -> None:
    body = claiming(builders.care_team(), "urn:test:unheld")
    assert ("information", "informational", "CareTeam.meta.profile[0]") in found(body)
    assert judging.issues(body) == []


def test_what_a_deployers_profile_finds_is_only_worth_a_word(package: Path) -> None:
    said = found(claiming(builders.patient(), THEIRS))
    assert ("warning", "required", "Patient.photo") in said
    assert judging.issues(claiming(builders.patient(), THEIRS)) == []
    assert ("warning", "required", "Patient.photo") not in found(builders.patient())


def test_what_a_deployers_extension_asks_is_only_worth_a_word(package: Path) -> None:
    body = builders.patient(extension=[{"url": "urn:test:kind", "valueString": "a"}])
    assert ("warning", "structure", "Patient.extension[0].valueString") in found(body)


def test_a_profile_is_claimed_of_what_was_meant() -> None:
    """UK Core's first code system of the status of NHS numbers, which PDS still sends, is understood."""
    status = {
        "url": codes.NHS_NUMBER_STATUS,
        "valueCodeableConcept": {
            "coding": [
                {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus", "code": "01"}
            ]
        },
    }
    body = builders.patient()
    body["identifier"][0]["extension"] = [status]
    assert judging.issues(body) == []
    assert [issue.severity for issue in judging.findings(body)] == ["warning"]
