"""Codes that are easily taken for their opposite, each with what it means; codes that nobody vouches for, each in one
place."""

from pathlib import Path

import pytest

from service.fhir import preference_answers
from service.register import codes, preference_type
from tests import builders

SERVICE = Path(__file__).parent.parent.parent / "service"
KINDS = preference_type.all_types()


def line(observation):
    kind = preference_answers.type_of(observation)
    assert kind is not None
    return preference_answers.in_words(observation, kind)


def test_450475007_is_for_attempted_cpr():
    assert codes.FOR_CPR.code == "450475007"
    assert line(builders.cpr_decision("450475007")) == "CPR decision: For attempted CPR"


def test_450476008_is_not_for_attempted_cpr():
    assert codes.NOT_FOR_CPR.code == "450476008"
    assert line(builders.cpr_decision("450476008")) == "CPR decision: Not for attempted CPR"


def test_845151000000104_is_that_the_person_is_not_aware_of_the_cpr_decision():
    assert codes.NOT_AWARE_OF_CPR_DECISION.code == "845151000000104"
    said = {"code": builders.snomed("845151000000104"), "valueBoolean": True}
    assert line(builders.cpr_decision(component=[said])).endswith("; The person is not aware of the decision")


def test_stage_c_of_the_gold_standards_framework_is_yellow_and_means_weeks():
    [stage] = [answer for answer in KINDS["gsf-stage"].answers if answer.code.code == "845751000000103"]
    assert (stage.group, stage.code.display) == ("C", "GSF prognostic indicator C (yellow): weeks")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("not-surprised", "No, it would not be a surprise"),
        ("surprised", "Yes, it would be a surprise"),
        ("not-for", "Not for"),
        ("lacks-capacity", "Lacks capacity for this decision"),
        ("not-aware-of-prognosis", "Not aware of the prognosis"),
        ("does-not-wish-to-donate", "Does not wish to donate"),
    ],
)
def test_a_local_code_says_what_it_says(code, says):
    declared = {each.code: each.display for kind in KINDS.values() for each in kind.codes}
    assert declared[code] == says


@pytest.mark.parametrize(
    ("known", "written"),
    [(codes.TREATMENT_ESCALATION_PLAN, "735324008"), (codes.LASTING_POWER_CATEGORY, "hcd")],
)
def test_what_nobody_vouches_for_stands_in_one_place_and_says_so(known, written):
    holding = [path.name for path in SERVICE.rglob("*.py") if f'"{written}"' in path.read_text()]
    assert (known.code, known.confidence, holding) == (written, "UNVERIFIED", ["codes.py"])
