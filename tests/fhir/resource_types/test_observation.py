from datetime import UTC, date, datetime

import pytest

from service.register import codes, preference_type
from tests import added_type, builders
from tests.fhir.reading import AT, lines, rows, unfit


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
    assert (rows(other), unfit(other)) == ([], [])


@pytest.mark.parametrize("name", sorted(preference_type.all_types()))
def test_every_preference_type_gives_its_row_and_its_line(name):
    kind = preference_type.all_types()[name]
    value = builders.concept(*[answer.code for answer in kind.answers[:1]], text="As she said")
    function = {"url": codes.PERFORMER_FUNCTION, "valueCodeableConcept": builders.concept((codes.LOCAL, "usual-gp"))}
    by = [{"display": "Dr Alex Brook", "extension": [function]}]
    answer = builders.observation(code=builders.concept(kind.code), valueCodeableConcept=value, performer=by)
    assert unfit(answer) == []
    assert [row["kind"] for row in rows(answer, "preference")] == [name]
    of_which_one_stands = "" if kind.repeats else name
    [line] = rows(answer, "summary_item")
    assert (line["section"], line["kind"]) == (kind.section, of_which_one_stands)


def test_a_type_added_as_a_file_gives_its_row_and_its_line(tmp_path):
    with added_type.music(tmp_path) as new_type:
        _gives_its_row_and_its_line(new_type)


def _gives_its_row_and_its_line(new_type):
    value = builders.concept((codes.LOCAL, "no-music"))
    wish = builders.observation(code=builders.concept(new_type.code), valueCodeableConcept=value)
    assert [row["answer"] for row in rows(wish, "preference")] == ["no-music"]
    assert lines(wish, "what-matters")[0].startswith("Music: Wishes for silence. Recorded")


def test_a_preference_without_its_date_is_refused():
    assert unfit(builders.observation(effectiveDateTime=None)) == ["Observation.effective"]
    period = builders.observation(effectiveDateTime=None, effectivePeriod={"start": "2025-05-03"})
    assert unfit(period) == ["Observation.effectivePeriod"]


def test_a_preference_without_answer_or_reason_is_refused():
    assert unfit(builders.observation(valueCodeableConcept=None)) == ["Observation"]


def test_a_reason_will_do_for_an_answer():
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "not-asked"}]}
    assert unfit(builders.observation(valueCodeableConcept=None, dataAbsentReason=reason)) == []


def test_an_escalation_plan_without_components_is_refused():
    plan = builders.observation(code=builders.snomed("735324008"), valueCodeableConcept=None)
    assert unfit(plan) == ["Observation"]


def test_a_second_choice_without_a_first_is_refused():
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "not-asked"}]}
    alone = builders.place_of_death(second="21", valueCodeableConcept=None, dataAbsentReason=reason)
    assert unfit(alone) == ["Observation.component[0]"]


def test_a_second_choice_beside_undecided_is_refused():
    undecided = builders.place_of_death(second="21", valueCodeableConcept=builders.snomed("517161000000101"))
    assert unfit(undecided) == ["Observation.component[0]"]


@pytest.mark.parametrize(
    "value", [{"text": "DNACPR"}, builders.snomed("304253006"), builders.concept(("urn:x", "450476008"))]
)
def test_a_cpr_decision_in_other_words_is_refused(value):
    assert unfit(builders.cpr_decision(valueCodeableConcept=value)) == ["Observation.valueCodeableConcept"]


def test_a_cpr_decision_for_and_against_is_refused():
    both = builders.snomed("450475007", "450476008")
    assert unfit(builders.cpr_decision(valueCodeableConcept=both)) == ["Observation.value"]


def test_codings_that_name_different_places_are_refused():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "284546000"))
    assert unfit(builders.observation(valueCodeableConcept=both)) == ["Observation.value"]


def test_a_place_and_the_lack_of_an_answer_at_once_are_refused():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "517161000000101"))
    assert unfit(builders.observation(valueCodeableConcept=both)) == ["Observation.value"]


def test_two_systems_may_name_the_same_place():
    both = builders.concept((codes.PLACE_TYPE, "21"), (codes.SNOMED, "264362003"), (codes.SNOMED, "819211000000102"))
    assert unfit(builders.observation(valueCodeableConcept=both)) == []


def test_where_someone_died_feeds_the_deaths_and_never_falls_due():
    died = builders.actual_place_of_death("876884000")
    assert rows(died, "death") == [{"died_on": None, "place": "876884000", "place_group": "40", "status": ""}]
    assert rows(died, "summary_item")[0]["review_on"] is None
    assert lines(died, "status")[0].startswith("Place of death: Died in nursing home. Recorded")


def test_a_place_of_death_that_is_not_final_is_not_yet_one():
    assert rows(builders.actual_place_of_death(status="preliminary"), "death") == []


@pytest.mark.parametrize(
    ("value", "is_fit"), [(0, True), (50, True), (100, True), (55, False), (110, False), (-10, False)]
)
def test_a_karnofsky_score_goes_from_0_to_100_in_tens(value, is_fit):
    asked = {"code": builders.snomed("901671000000100"), "valueCodeableConcept": None}
    scores = [{"valueInteger": value}, {"valueQuantity": {"value": value, "unit": "%"}}]
    assert [unfit(builders.observation(**asked, **score)) for score in scores] == [
        [] if is_fit else ["Observation"]
    ] * 2


def test_a_priority_of_care_as_a_number_says_on_which_scale():
    asked = {"code": builders.concept((codes.LOCAL, "care-priority")), "valueCodeableConcept": None}
    scale = {
        "code": builders.concept((codes.LOCAL, "care-priority-scale")),
        "valueCodeableConcept": builders.concept((codes.LOCAL, "comfort-of-100")),
    }
    assert unfit(builders.observation(**asked, valueInteger=50)) == ["Observation"]
    told = builders.observation(**asked, valueInteger=50, component=[scale])
    assert unfit(told) == []
    assert "Priority of care: 50; Scale: 0 (sustain life) to 100 (comfort)" in lines(told, "treatment-escalation")[0]


def test_a_prognosis_is_given_by_a_key_worker_a_usual_gp_or_a_responsible_clinician():
    assert unfit(builders.prognosis()) == []
    assert unfit(builders.prognosis(performer=[{"display": "Dr Alex Brook"}])) == ["Observation"]


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("517161000000101", "undecided"),
        ("766391000000108", "declined"),
        ("517111000000103", "unable"),
        ("517131000000106", "not-appropriate"),
    ],
)
def test_why_there_is_no_preferred_place_of_death_is_kept_apart(reason, kept):
    wish = builders.observation(valueCodeableConcept=builders.snomed(reason))
    [row] = rows(wish, "preference")
    assert (unfit(wish), row["no_answer"], row["answer"]) == ([], kept, "")


def test_a_place_has_its_organisation_its_address_and_whether_it_is_the_usual_residence():
    said = {
        "place-organisation": {"valueString": "St Example's Hospice"},
        "place-address": {"valueString": "1 Example Road"},
        "is-usual-residence": {"valueBoolean": False},
        "second-organisation": {"valueString": "Example House"},
        "second-is-usual-residence": {"valueBoolean": True},
    }
    parts = [{"code": builders.concept((codes.LOCAL, code)), **value} for code, value in said.items()]
    wish = builders.place_of_death("30", second="40")
    wish = {**wish, "component": [*wish["component"], *parts]}
    assert unfit(wish) == []
    [line] = lines(wish, "place-of-death")
    assert "Hospice; Second choice: Care home; Organisation: St Example&#x27;s Hospice; Address: 1 Example Road" in line
    assert "The second choice is the usual place of residence: yes" in line


def test_an_answer_that_confirms_an_earlier_one_is_kept_as_a_confirmation():
    earlier = {"url": codes.CONFIRMED_UNCHANGED, "valueReference": builders.reference("Observation/may")}
    assert rows(builders.place_of_death(extension=[earlier]), "preference")[0]["is_confirmation"]
