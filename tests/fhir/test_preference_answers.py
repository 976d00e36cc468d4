import pytest

from service.fhir import preference_answers
from service.fhir.preference_answers import Reading
from service.register import codes, preference_type
from tests import builders

KINDS = preference_type.all_types()


def read(value, kind="place-of-death"):
    return preference_answers.read(builders.observation(valueCodeableConcept=value), KINDS[kind].answers)


def in_words(observation):
    kind = preference_answers.type_of(observation)
    assert kind is not None
    return preference_answers.in_words(observation, kind)


def absent(reason):
    return {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": reason}]}


@pytest.mark.parametrize(("code", "group"), [("21", "20"), ("30", "30"), ("42", "40")])
def test_a_data_dictionary_place_is_kept_as_recorded_and_rolled_up(code, group):
    assert read(builders.concept((codes.PLACE_TYPE, code))) == Reading(code, group)


@pytest.mark.parametrize(("code", "group"), [("264362003", "20"), ("225732001", "10"), ("257688003", "40")])
def test_a_snomed_place_belongs_to_a_group_too(code, group):
    assert read(builders.snomed(code)) == Reading(code, group)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("517161000000101", "undecided"),
        ("766391000000108", "declined"),
        ("517111000000103", "unable"),
        ("517131000000106", "not-appropriate"),
    ],
)
def test_a_finding_that_there_is_no_answer_is_kept_apart_from_answers(code, reason):
    assert read(builders.snomed(code)) == Reading(no_answer=reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("not-asked", "not-asked"),
        ("asked-declined", "declined"),
        ("asked-unknown", "unknown"),
        ("not-applicable", "not-appropriate"),
        ("masked", "unknown"),
    ],
)
def test_a_missing_answer_is_kept_with_its_reason(code, reason):
    observation = builders.observation(valueCodeableConcept=None, dataAbsentReason=absent(code))
    assert preference_answers.read(observation, KINDS["place-of-death"].answers) == Reading(no_answer=reason)


def test_a_place_goes_before_the_remark_that_it_is_the_usual_residence():
    both = builders.concept((codes.SNOMED, "819211000000102"), (codes.PLACE_TYPE, "41"))
    assert read(both) == Reading("41", "40")


def test_an_unknown_code_is_kept_without_a_group():
    assert read(builders.concept(("urn:local", "somewhere"))) == Reading("somewhere", unmapped="urn:local|somewhere")


def test_words_alone_are_neither_a_code_nor_the_lack_of_an_answer():
    assert read({"text": "By the sea"}) == Reading()


def test_a_score_is_its_number():
    observation = builders.observation(
        code=builders.snomed("901671000000100"), valueCodeableConcept=None, valueInteger=50
    )
    assert preference_answers.read(observation, ()) == Reading("50")


def test_what_a_person_said_is_not_kept_as_a_code():
    observation = builders.observation(valueCodeableConcept=None, valueString="By the sea")
    assert preference_answers.read(observation, ()) == Reading()


def test_the_words_name_both_choices():
    assert (
        in_words(builders.place_of_death("30", second="21"))
        == "Preferred place of death: Hospice; Second choice: Own home"
    )


def test_the_words_of_the_sender_stand_beside_the_coded_answer():
    said = {"coding": [{"system": codes.PLACE_TYPE, "code": "30"}], "text": "St Example's"}
    assert (
        in_words(builders.observation(valueCodeableConcept=said)) == "Preferred place of death: Hospice (St Example's)"
    )


def test_the_words_of_the_sender_are_shown_even_where_they_are_the_display_that_was_sent():
    said = {"coding": [{"system": codes.SNOMED, "code": "450476008", "display": "Not for CPR"}], "text": "Not for CPR"}
    words = in_words(builders.cpr_decision(valueCodeableConcept=said))
    assert words == "CPR decision: Not for attempted CPR (Not for CPR)"


@pytest.mark.parametrize(
    "said",
    [
        {"coding": [{"system": codes.SNOMED, "code": "450475007", "display": "Not for attempted CPR"}]},
        {"coding": [{"system": codes.SNOMED, "code": "450475007"}], "text": "not for attempted CPR "},
        {"coding": [{"system": codes.SNOMED, "code": "450476008", "display": "For attempted CPR"}]},
    ],
)
def test_a_code_beside_the_words_of_its_opposite_is_refused(said):
    observation = builders.cpr_decision(valueCodeableConcept=said)
    found = preference_answers.issues(observation, preference_answers.type_of(observation))
    assert [(issue.severity, issue.expression) for issue in found] == [("error", "Observation.value")]


@pytest.mark.parametrize(("number", "scale", "is_refused"), [(50, "10", True), (9, "10", False), (50, "100", False)])
def test_a_number_beyond_its_scale_is_refused(number, scale, is_refused):
    said = builders.concept((codes.LOCAL, f"comfort-of-{scale}"))
    part = {"code": builders.concept((codes.LOCAL, "care-priority-scale")), "valueCodeableConcept": said}
    code = builders.concept((codes.LOCAL, "care-priority"))
    observation = builders.observation(code=code, valueCodeableConcept=None, valueInteger=number, component=[part])
    found = preference_answers.issues(observation, preference_answers.type_of(observation))
    assert [issue.expression for issue in found] == ["Observation.component[0].value"] * is_refused


def test_the_words_say_why_there_is_no_answer():
    observation = builders.observation(valueCodeableConcept=None, dataAbsentReason=absent("not-asked"))
    assert in_words(observation) == "Preferred place of death: not asked"


def test_a_part_that_no_type_knows_is_shown_with_its_own_title():
    other = {"code": {"text": "Music"}, "valueString": "Elgar"}
    assert in_words(builders.observation(component=[other])).endswith("Music: Elgar")


def test_each_intervention_of_an_escalation_plan_is_shown_with_what_was_decided():
    parts = [
        {"code": builders.snomed("305351004"), "valueCodeableConcept": builders.concept((codes.LOCAL, "not-for"))},
        {"code": builders.snomed("281789004"), "valueCodeableConcept": {"text": "If it brings comfort"}},
    ]
    plan = builders.observation(code=builders.snomed("735324008"), valueCodeableConcept=None, component=parts)
    assert in_words(plan) == "Treatment escalation plan; Intensive care: Not for; Antibiotics: If it brings comfort"


def test_a_note_is_shown():
    assert in_words(builders.observation(note=[{"text": "Two dogs"}])).endswith("Note: Two dogs")


def test_a_yes_or_no_is_shown_in_words():
    usual = {"code": builders.concept((codes.LOCAL, "is-usual-residence")), "valueBoolean": True}
    assert in_words(builders.observation(component=[usual])).endswith("Is the usual place of residence: yes")


def test_a_quantity_is_shown_with_its_unit():
    score = {"value": 50, "unit": "%"}
    observation = builders.observation(
        code=builders.snomed("901671000000100"), valueCodeableConcept=None, valueQuantity=score
    )
    assert in_words(observation) == "Functional status (AKPS): 50 %"
