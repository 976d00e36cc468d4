"""What a clinician should look at again."""

from dataclasses import replace

import pytest

from service.register import cautions, codes
from service.register.cautions import InForce

ASKED = InForce(is_place_asked=True)
FOR_CPR = {cautions.CPR: codes.FOR_CPR.code}
INTENSIVE_CARE, VENTILATION, HOSPITAL = (
    code.code for code in (codes.INTENSIVE_CARE, codes.VENTILATION, codes.HOSPITAL_ADMISSION)
)


def found(**known: object) -> list[tuple[str, ...]]:
    """The topics of each caution."""
    return [caution.topics for caution in cautions.cautions(replace(ASKED, **known))]


def test_nothing_in_force_is_nothing_to_look_at() -> None:
    assert found() == []


@pytest.mark.parametrize(
    "decided",
    [
        {INTENSIVE_CARE: "not-for", HOSPITAL: "not-for"},
        {INTENSIVE_CARE: "not-for", HOSPITAL: "for"},
        {VENTILATION: "not-for", "281789004": "conditional"},
    ],
)
def test_cpr_contradicts_a_plan_without_what_would_follow_it(decided: dict[str, str]) -> None:
    assert found(answers=FOR_CPR, decided=decided) == [(cautions.CPR, cautions.ESCALATION)]
    assert found(answers={cautions.CPR: codes.NOT_FOR_CPR.code}, decided=decided) == []


def test_cpr_agrees_with_a_plan_for_intensive_care() -> None:
    assert found(answers=FOR_CPR, decided={INTENSIVE_CARE: "for", HOSPITAL: "conditional"}) == []


def test_cpr_contradicts_comfort_first_and_a_refusal_of_life_sustaining_treatment() -> None:
    assert found(answers={**FOR_CPR, cautions.PRIORITY: cautions.COMFORT}) == [(cautions.CPR, cautions.PRIORITY)]
    refused = found(answers=FOR_CPR, refuses_life_sustaining_treatment=True)
    assert refused == [(cautions.CPR, cautions.ADVANCE_DECISION)]


@pytest.mark.parametrize(("place", "decision", "count"), [("10", "not-for", 1), ("10", "for", 0), ("20", "not-for", 0)])
def test_dying_in_hospital_contradicts_no_admission_to_it(place: str, decision: str, count: int) -> None:
    said = found(answers={cautions.PLACE: place}, decided={HOSPITAL: decision, INTENSIVE_CARE: "not-for"})
    assert said == [(cautions.PLACE, cautions.ESCALATION)] * count


def test_an_advance_decision_is_held_against_treatment_and_against_an_attorney() -> None:
    assert found(refuses_life_sustaining_treatment=True, decided={VENTILATION: "for"}) == [
        (cautions.ESCALATION, cautions.ADVANCE_DECISION)
    ]
    both = {"refuses_life_sustaining_treatment": True, "has_attorney_for_life_sustaining_treatment": True}
    assert found(**both) == [(cautions.ADVANCE_DECISION, cautions.ATTORNEY)]


@pytest.mark.parametrize("decision", ["denied", "withdrawn"])
def test_a_refusal_of_sharing_is_told(decision: str) -> None:
    assert found(sharing=decision) == [(cautions.SHARING, cautions.REGISTRATION)]
    assert found(sharing="permitted") == []


def test_last_days_without_anticipatory_medicines_are_told() -> None:
    dying = {cautions.PROGNOSIS: "days"}
    assert found(answers=dying) == [(cautions.PROGNOSIS, cautions.MEDICINES)]
    assert found(answers=dying, has_anticipatory_medicines=True) == []


def test_only_who_is_on_the_register_misses_a_place_of_death() -> None:
    assert found(is_registered=True, is_place_asked=False) == [(cautions.REGISTRATION, cautions.PLACE)]
    assert found(is_registered=True) == found(is_place_asked=False) == []
