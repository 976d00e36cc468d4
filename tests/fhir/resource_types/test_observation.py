from datetime import UTC, date, datetime

import pytest

from service.register import codes, preference_type
from tests import added_type, builders
from tests.fhir.reading import AT, broken, lines, refusals, rows


def test_a_preference_is_kept_with_both_choices_and_both_dates():
    wish = builders.place_of_death("30", second="21", issued="2025-05-04T10:00:00Z")
    assert rows(wish, "preference") == [
        {
            "kind": "place-of-death",
            "status": "final",
            "answer": "30",
            "answer_group": "30",
            "second_answer": "21",
            "second_answer_group": "20",
            "no_answer": "",
            "unmapped": "",
            "is_confirmation": False,
            "effective_at": datetime(2025, 5, 3, 23, 59, 59, 999999, tzinfo=UTC),
            "issued_at": datetime(2025, 5, 4, 10, tzinfo=UTC),
        }
    ]


def test_a_preference_that_was_not_issued_counts_as_issued_when_it_was_written():
    assert rows(builders.observation(), "preference")[0]["issued_at"] == AT


def test_a_preference_line_says_who_and_when_and_until_when():
    decision = builders.cpr_decision(performer=[{"display": "Dr A Brook"}])
    assert lines(decision, "cpr") == [
        (
            "CPR decision: Not for attempted CPR. Recorded by Dr A Brook on 3 May 2025; "
            "last confirmed 3 May 2025; review due 3 August 2025"
        )
    ]


def test_a_review_date_of_the_author_goes_before_the_rule_of_three_months():
    [item] = rows(builders.cpr_decision(extension=builders.review_on("2025-05-10")), "summary_item")
    assert item["review_on"] == date(2025, 5, 10)


@pytest.mark.parametrize("status", ["preliminary", "cancelled", "unknown", "registered"])
def test_what_is_not_final_is_kept_but_not_shown(status):
    draft = builders.cpr_decision(status=status)
    assert (len(rows(draft, "preference")), lines(draft)) == (1, [])


def test_an_observation_that_answers_no_preference_leaves_the_register_alone():
    other = builders.observation(code={"text": "Temperature"}, effectiveDateTime=None, valueCodeableConcept=None)
    assert (rows(other), refusals(other)) == ([], [])


@pytest.mark.parametrize("name", sorted(preference_type.all_types()))
def test_every_preference_type_gives_its_row_and_its_line(name):
    kind = preference_type.all_types()[name]
    value = builders.concept(*[answer.code for answer in kind.answers[:1]], text="As she said")
    answer = builders.observation(code=builders.concept(kind.code), valueCodeableConcept=value)
    assert refusals(answer) == []
    assert [row["kind"] for row in rows(answer, "preference")] == [name]
    assert [(row["section"], row["kind"]) for row in rows(answer, "summary_item")] == [(kind.section, name)]


def test_a_type_added_as_a_file_gives_its_row_and_its_line(tmp_path):
    with added_type.music(tmp_path) as new_type:
        _gives_its_row_and_its_line(new_type)


def _gives_its_row_and_its_line(new_type):
    value = builders.concept((codes.LOCAL, "no-music"))
    wish = builders.observation(code=builders.concept(new_type.code), valueCodeableConcept=value)
    assert [row["answer"] for row in rows(wish, "preference")] == ["no-music"]
    assert lines(wish, "what-matters")[0].startswith("Music: Wishes for silence. Recorded")
    assert refusals({**wish, "effectiveDateTime": None}) == broken("Observation.effectiveDateTime")


def test_a_preference_without_its_date_is_refused():
    undated = builders.observation(effectiveDateTime=None, effectivePeriod={"start": "2025-05-03"})
    assert refusals(undated) == broken("Observation.effectiveDateTime")


def test_a_preference_without_answer_or_reason_is_refused():
    assert refusals(builders.observation(valueCodeableConcept=None)) == broken("Observation.value")


def test_a_reason_will_do_for_an_answer():
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "not-asked"}]}
    assert refusals(builders.observation(valueCodeableConcept=None, dataAbsentReason=reason)) == []


def test_an_escalation_plan_without_components_is_refused():
    plan = builders.observation(code=builders.snomed("735324008"), valueCodeableConcept=None)
    assert refusals(plan) == broken("Observation.value")


def test_a_second_choice_without_a_first_is_refused():
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "not-asked"}]}
    alone = builders.place_of_death(second="21", valueCodeableConcept=None, dataAbsentReason=reason)
    assert refusals(alone) == broken("Observation.component[0]")


def test_a_second_choice_beside_undecided_is_refused():
    undecided = builders.place_of_death(second="21", valueCodeableConcept=builders.snomed("517161000000101"))
    assert refusals(undecided) == broken("Observation.component[0]")


@pytest.mark.parametrize(
    "value", [{"text": "DNACPR"}, builders.snomed("304253006"), builders.concept(("urn:x", "450476008"))]
)
def test_a_cpr_decision_in_other_words_is_refused(value):
    assert refusals(builders.cpr_decision(valueCodeableConcept=value)) == broken("Observation.value")


def test_a_cpr_decision_for_and_against_is_refused():
    both = builders.snomed("450475007", "450476008")
    assert refusals(builders.cpr_decision(valueCodeableConcept=both)) == broken("Observation.value")


def test_codings_that_name_different_places_are_refused():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "284546000"))
    assert refusals(builders.observation(valueCodeableConcept=both)) == broken("Observation.value")


def test_a_place_and_the_lack_of_an_answer_at_once_are_refused():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "517161000000101"))
    assert refusals(builders.observation(valueCodeableConcept=both)) == broken("Observation.value")


def test_two_systems_may_name_the_same_place():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "264362003"), (codes.SNOMED, "819211000000102"))
    assert refusals(builders.observation(valueCodeableConcept=both)) == []


def test_where_someone_died_feeds_the_deaths_and_never_falls_due():
    died = builders.actual_place_of_death("876884000")
    assert rows(died, "death") == [{"died_on": None, "place": "876884000", "place_group": "40", "status": ""}]
    assert rows(died, "summary_item")[0]["review_on"] is None
    assert lines(died, "status")[0].startswith("Place of death: Died in nursing home. Recorded")


def test_a_place_of_death_that_is_not_final_is_not_yet_one():
    assert rows(builders.actual_place_of_death(status="preliminary"), "death") == []
