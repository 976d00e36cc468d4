"""Files judged without a database, as a write would judge what is in them: `heartsease validate`."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.config import settings
from service.errors import Unreadable
from service.register import codes
from service.store import validating
from tests import builders

R4 = "http://hl7.org/fhir/StructureDefinition"
ENCOUNTER = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
}


@pytest.fixture(autouse=True)
def _without_a_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")


def written(path: Path, resource: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(resource if isinstance(resource, str) else json.dumps(resource))
    return path


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def errors(path: Path, resource: Any, profile: str = "") -> set[str]:
    asked = validating.profile(profile) if profile else None
    [judged] = validating.in_files([written(path / "x.json", resource)], asked)
    return {issue.expression for issue in judged.issues if issue.severity == "error"}


def test_r4_the_profiles_and_our_rules_are_judged_by(tmp_path: Path) -> None:
    assert errors(tmp_path, builders.patient()) == set()
    assert errors(tmp_path, builders.patient(gender="zzz")) == {"Patient.gender"}
    assert errors(tmp_path, builders.patient(identifier=[])) == {"Patient.identifier"}
    assert errors(tmp_path, builders.patient(birthDate="2199-01-01")) == {"Patient.birthDate"}
    assert errors(tmp_path, builders.registration(managingOrganization=None)) == {"EpisodeOfCare.managingOrganization"}


def test_a_type_that_the_register_does_not_hold_is_judged_by_r4(tmp_path: Path) -> None:
    assert errors(tmp_path, ENCOUNTER) == set()
    assert errors(tmp_path, {**ENCOUNTER, "status": "zzz"}) == {"Encounter.status"}
    [judged] = validating.in_files([written(tmp_path / "x.json", ENCOUNTER)])
    assert validating.NOT_HELD in [issue.message for issue in judged.issues]


def test_each_entry_of_a_bundle_is_judged_at_its_place(tmp_path: Path) -> None:
    sent = bundle(builders.patient(gender="zzz"), builders.registration(managingOrganization=None), ENCOUNTER)
    assert errors(tmp_path, sent) == {
        "Bundle.entry[0].resource.gender",
        "Bundle.entry[1].resource.managingOrganization",
    }


def test_one_more_profile_is_kept_by_what_is_of_its_type(tmp_path: Path) -> None:
    cpr = f"{codes.BASE}/StructureDefinition/epaccs-cpr-decision"
    assert "Observation.code" in errors(tmp_path, builders.observation(), cpr)
    assert "Bundle.entry[1].resource.code" in errors(tmp_path, bundle(ENCOUNTER, builders.observation()), cpr)
    assert errors(tmp_path, builders.patient(), cpr) == set()
    assert errors(tmp_path, builders.patient(), f"{R4}/Patient") == set()


@pytest.mark.parametrize("unknown", ["https://other.example/profile", f"{R4}/Nothing", f"{codes.BASE}/x|9", "", "{"])
def test_a_profile_that_is_not_held_is_not_supported(unknown: str) -> None:
    with pytest.raises(Unreadable, match="not held here"):
        validating.profile(unknown)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"resourceType": 3}',
        '{"resourceType": "Zzz"}',
        '{"resourceType": "Bundle", "entry": 3}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [3, null, {"resource": 4}, {"resource": {}}]}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Bundle"}}]}',
        '{"a":' * 300 + "1" + "}" * 300,
    ],
)
def test_what_is_no_resource_is_told_and_nothing_breaks(tmp_path: Path, hostile: str) -> None:
    [judged] = validating.in_files([written(tmp_path / "x.json", hostile)])
    assert not judged.is_right


def test_the_command_tells_of_each_file_and_ends_with_1_where_one_is_wrong(tmp_path: Path) -> None:
    settings.cache_clear()
    written(tmp_path / "in/right.json", builders.patient())
    right = CliRunner().invoke(app, ["validate", str(tmp_path / "in")])
    assert right.exit_code == 0, right.output
    assert "right.json: no errors" in right.stdout
    written(tmp_path / "in/deeper/wrong.json", builders.patient(gender="zzz"))
    wrong = CliRunner().invoke(app, ["validate", str(tmp_path / "in"), str(tmp_path / "nowhere.json")])
    assert wrong.exit_code == 1
    assert "error       Patient.gender" in wrong.stdout
    assert "3 files, 2 with errors" in wrong.stdout
    assert "HILL" not in wrong.stdout.upper()
    settings.cache_clear()


def test_the_command_refuses_an_unknown_profile_in_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["validate", "--profile", "urn:x", str(written(tmp_path / "x.json", ENCOUNTER))])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not held here" in done.stderr


@pytest.mark.parametrize("type_name", [[], {}, None, 7, "Nothing"])
def test_a_type_that_is_none_is_an_issue(type_name: Any) -> None:
    assert {issue.severity for issue in validating.findings({"resourceType": type_name})} == {"error"}
