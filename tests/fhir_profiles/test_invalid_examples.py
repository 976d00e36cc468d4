"""The invalid examples: one file for every rule, named after the issue that it raises, and it raises no other error.

`invalid/<profile>/<code>--<element>.json`: a valid example with one fault. `invariant-<key>` names an invariant, and
`element~slice` the kind of an element. `invalid/register` holds what breaks the register's own rules, which no profile
can say.
"""

import re
from pathlib import Path

import pytest

from service.fhir import validation
from service.fhir.resource_type import SELF
from service.store import judging
from service.store.ownership import TARGET
from tests.fhir_profiles import examples, rules
from tests.fhir_profiles.rules import Rule

FOLDER = examples.FOLDER / "invalid"
FILES = sorted(FOLDER.rglob("*.json"))
REGISTER = "register"

TOLD_TWICE = {
    Rule("epaccs-nrl-pointer", "required", "DocumentReference.subject"): "business-rule--DocumentReference.subject",
    Rule("epaccs-nrl-pointer", "value", "DocumentReference.subject.reference"): (
        "business-rule--DocumentReference.subject"
    ),
    Rule("epaccs-preference", "required", "Observation.subject"): "business-rule--Observation.subject",
    Rule("epaccs-preference", "value", "Observation.subject.reference"): "business-rule--Observation.subject",
    Rule("epaccs-patient", "required", "Patient.identifier:nhsNumber.value"): "value--Patient.identifier.value",
}
"""Rules of profiles that are never the only error, each with the file of the register's rule that says so too."""

RULES_OF_THE_REGISTER = {
    *(
        ("business-rule", f"{name}.{type_.person}")
        for name, type_ in judging.TYPES.items()
        if type_.person not in ("", SELF, TARGET)
    ),
    *(
        ("business-rule", f"{name}.period.end")
        for name in ("CarePlan", "CareTeam", "EpisodeOfCare", "Flag", "RelatedPerson")
    ),
    ("business-rule", "CarePlan.meta.tag"),
    ("business-rule", "DocumentReference.content.attachment.hash"),
    ("business-rule", "DocumentReference.content.attachment.size"),
    ("business-rule", "Flag.code"),
    ("business-rule", "Flag.meta.profile"),
    ("business-rule", "Observation.component.value"),
    ("business-rule", "Observation.component~care-priority-scale.value"),
    ("business-rule", "Observation.value"),
    ("business-rule", "Patient.deceasedDateTime"),
    ("business-rule", "Patient.identifier"),
    ("value", "Patient.identifier.value"),
}
"""Of one resource alone; what a day or another resource breaks is tested where these are."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_invalid_example_raises_what_its_name_says_and_nothing_else(path: Path) -> None:
    resource = examples.body(path)
    assert [issue for issue in validation.issues(resource, of_any_type=True) if issue.severity == "error"] == []
    raised = {
        (rules.told(issue), re.sub(r"\[\d+\]", "", issue.expression))
        for issue in examples.issues(resource)
        if issue.severity == "error"
    }
    [(code, expression)] = raised
    assert code == path.stem.partition("--")[0]
    promised = rules.expression(path.stem)
    if rules.is_extension(path.parent.name):
        assert f"{expression}.".endswith(f".extension{promised.removeprefix('Extension')}.")
    else:
        assert expression == promised


def test_no_rule_of_a_profile_is_without_a_file() -> None:
    stems = {path.parent.name: [one.stem for one in path.parent.glob("*.json")] for path in FILES}
    missing = {
        rule for rule in rules.every() if not any(rule.is_shown_by(stem) for stem in stems.get(rule.profile, ()))
    }
    assert missing == set(TOLD_TWICE)
    assert {f"{stem}.json" for stem in TOLD_TWICE.values()} <= {path.name for path in (FOLDER / REGISTER).glob("*")}


def test_no_file_is_without_a_rule() -> None:
    known = rules.every()
    of_profiles = [path for path in FILES if path.parent.name != REGISTER]
    stray = [
        path
        for path in of_profiles
        if not any(rule.profile == path.parent.name and rule.is_shown_by(path.stem) for rule in known)
    ]
    assert stray == []
    assert {tuple(path.stem.split("--")) for path in (FOLDER / REGISTER).glob("*.json")} == RULES_OF_THE_REGISTER
