"""Each type's refusals, the rows that it stands for, and its lines of the summary."""

import json
from datetime import UTC, date, datetime

import pytest

from service.errors import Issue
from service.fhir import resource_type, validation
from service.fhir.resource_type import SELF
from service.register import codes, preference_type, sections
from tests import builders
from tests.register.test_preference_type import new_type  # noqa: F401  # a fixture

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TYPES = resource_type.all_types()
OF_A_PERSON = sorted(name for name, type_ in TYPES.items() if type_.person not in ("", SELF))
SCRIPT = "<script>alert(1)</script>"


def refusals(resource):
    """The (code, expression) of each broken rule."""
    return [(issue.code, issue.expression) for issue in TYPES[resource["resourceType"]].rules(resource)]


def broken(expression):
    return [("business-rule", expression)]


def rows(resource, table=None, at=AT):
    found = TYPES[resource["resourceType"]].register_rows(resource, at)
    return [row for into, row in found if table in (None, into.name)]


def lines(resource, section=None):
    return [row["narrative"] for row in rows(resource, "summary_item") if section in (None, row["section"])]


# The catalogue


def test_the_register_holds_eleven_types():
    assert set(TYPES) == set(builders.SMALLEST)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_smallest_resource_breaks_no_rule(name):
    assert refusals(builders.SMALLEST[name]()) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_smallest_resource_is_valid_r4(name):
    assert validation.issues(builders.SMALLEST[name]()) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_search_parameters_are_those_of_r4(name, reference_dir):
    bundle = json.loads((reference_dir / "fhir-r4" / "search-parameters.json").read_text())
    published = {each["resource"]["code"] for each in bundle["entry"] if name in each["resource"]["base"]}
    assert set(TYPES[name].search) <= published


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("target", [None, {}, {"display": "Anna"}, {"reference": "Group/1"}, {"reference": "#p"}])
def test_what_is_about_a_person_says_whose_it_is(name, target):
    element = TYPES[name].person
    assert refusals(builders.SMALLEST[name](**{element: target})) == broken(f"{name}.{element}")


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("written", ["urn:uuid:b1f7a5f0-0000-4000-8000-000000000000", "Patient?identifier=x|1"])
def test_a_transaction_may_say_whose_it_is_before_the_person_has_an_id(name, written):
    assert refusals(builders.SMALLEST[name](**{TYPES[name].person: {"reference": written}})) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_line_stands_in_a_section_of_the_summary(name):
    assert {row["section"] for row in rows(builders.SMALLEST[name](), "summary_item")} <= set(sections.BY_KEY)


@pytest.mark.parametrize(
    "resource",
    [
        builders.patient(
            generalPractitioner=[{"display": SCRIPT}], communication=[{"language": {"text": SCRIPT}}], id="anna"
        ),
        builders.registration(managingOrganization={"display": SCRIPT}, careManager={"display": SCRIPT}),
        builders.care_plan(title=SCRIPT, author={"display": SCRIPT}),
        builders.observation(
            valueCodeableConcept={"text": SCRIPT}, performer=[{"display": SCRIPT}], note=[{"text": SCRIPT}]
        ),
        builders.sharing(organization=[{"display": SCRIPT}]),
        builders.advance_decision(SCRIPT),
        builders.lasting_power(SCRIPT),
        builders.condition(code={"text": SCRIPT}, recorder={"display": SCRIPT}),
        builders.related_person(name=[{"text": SCRIPT}], relationship=[{"text": SCRIPT}]),
        builders.care_team(participant=[{"role": [{"text": SCRIPT}], "member": {"display": SCRIPT}}]),
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_hostile_text_is_escaped_in_every_line(resource):
    written = " ".join(lines(resource))
    assert "&lt;script&gt;" in written
    assert "<" not in written


@pytest.mark.parametrize("name", ["EpisodeOfCare", "CarePlan", "Observation", "Consent", "CareTeam"])
def test_what_was_entered_in_error_leaves_no_trace_in_the_register(name):
    assert rows(builders.SMALLEST[name](status="entered-in-error")) == []


# Patient


def test_a_patient_is_a_person():
    known = builders.patient(
        id="anna", gender="female", generalPractitioner=builders.at_practice("M83999", "2020-01-01")
    )
    assert rows(known, "person") == [
        {
            "patient_id": "anna",
            "nhs_number": builders.NHS_NUMBER,
            "name": "EXAMPLE, Anna",
            "born_on": "1940-05-06",
            "gender": "female",
            "practice_code": "M83999",
            "practice_from": date(2020, 1, 1),
            "died_on": None,
        }
    ]


def test_a_practice_is_known_by_the_shape_of_its_code_where_no_system_is_named():
    [person] = rows(builders.patient(generalPractitioner=[{"identifier": {"value": "m83999"}}]), "person")
    assert person["practice_code"] == "M83999"


@pytest.mark.parametrize("identifier", [{"value": "G9999998"}, {"system": "urn:gmc", "value": "1234567"}, {}])
def test_another_number_of_a_practitioner_is_no_practice(identifier):
    [person] = rows(builders.patient(generalPractitioner=[{"identifier": identifier}]), "person")
    assert (person["practice_code"], person["practice_from"]) == ("", None)


@pytest.mark.parametrize("identifiers", [None, [], [{"system": "urn:local", "value": "1"}]])
def test_a_patient_without_an_nhs_number_is_refused(identifiers):
    assert refusals(builders.patient(identifier=identifiers)) == broken("Patient.identifier")


def test_a_patient_with_two_nhs_numbers_is_refused():
    twice = builders.patient()["identifier"] * 2
    assert refusals(builders.patient(identifier=twice)) == broken("Patient.identifier")


@pytest.mark.parametrize("number", ["9990000019", "999 000 0018", "0000000000", "999000001", ""])
def test_an_invalid_nhs_number_is_refused_where_it_stands(number):
    identifiers = [{"system": "urn:local", "value": "1"}, *builders.patient(number)["identifier"]]
    assert refusals(builders.patient(identifier=identifiers)) == [("value", "Patient.identifier[1].value")]


def test_a_refusal_does_not_repeat_the_number():
    issues = list(TYPES["Patient"].rules(builders.patient("9990000019")))
    assert not [issue for issue in issues if "9990000019" in issue.message]
    assert all(isinstance(issue, Issue) for issue in issues)


def test_a_death_before_birth_is_refused():
    assert refusals(builders.patient(deceasedDateTime="1940-05-05")) == broken("Patient.deceasedDateTime")


@pytest.mark.parametrize("died", ["1940-05-06", "1940", "1940-05", "2026-03-01T23:10:00+00:00"])
def test_a_death_that_may_be_after_birth_is_accepted(died):
    assert refusals(builders.patient(deceasedDateTime=died)) == []


def test_a_death_without_a_date_is_refused():
    assert refusals(builders.patient(deceasedBoolean=True)) == broken("Patient.deceasedBoolean")


def test_being_alive_needs_no_date():
    assert refusals(builders.patient(deceasedBoolean=False)) == []


def test_a_death_gives_the_day_and_the_first_line():
    died = builders.patient(deceasedDateTime="2026-03-02T00:30:00+01:00")
    assert rows(died, "death") == [{"died_on": date(2026, 3, 2), "place": "", "place_group": ""}]
    assert rows(died, "person")[0]["died_on"] == date(2026, 3, 2)
    assert lines(died, "status") == ["Died on 2 March 2026."]


@pytest.mark.parametrize(("died", "words"), [("2026", "2026"), ("2026-03", "March 2026")])
def test_a_partial_date_of_death_is_shown_as_precise_as_it_is(died, words):
    assert lines(builders.patient(deceasedDateTime=died), "status") == [f"Died on {words}."]


def test_the_practice_and_the_need_for_an_interpreter_are_shown():
    interpreter = [{"url": codes.INTERPRETER_REQUIRED, "valueBoolean": True}]
    known = builders.patient(
        generalPractitioner=builders.at_practice("M83999"),
        communication=[{"language": {"text": "Polish"}}],
        extension=interpreter,
    )
    assert lines(known, "people") == ["GP practice: M83999. Recorded on 2 March 2026"]
    assert lines(known, "what-matters") == ["Speaks Polish; Interpreter needed. Recorded on 2 March 2026"]


# EpisodeOfCare


def test_a_registration_is_a_spell_on_the_register():
    assert rows(builders.registration(), "registration") == [
        {
            "status": "active",
            "started_on": date(2025, 3, 1),
            "ended_on": None,
            "end_reason": "",
            "organisation": "M83999",
        }
    ]


def ended(**changes):
    reason = {"coding": [{"system": codes.LOCAL, "code": "moved"}], "text": "Moved away"}
    extension = [{"url": codes.END_REASON, "valueCodeableConcept": reason}]
    period = {"start": "2025-03-01", "end": "2026-02"}
    return builders.registration(**{"status": "finished", "period": period, "extension": extension, **changes})


def test_a_registration_that_ended_says_when_and_why():
    [row] = rows(ended(), "registration")
    assert (row["ended_on"], row["end_reason"]) == (date(2026, 2, 28), "moved")
    assert "Reason: Moved away" in lines(ended(), "status")[0]


def test_an_ended_registration_takes_effect_when_it_ended():
    [item] = rows(ended(period={"start": "2025-03-01", "end": "2026-02-03"}), "summary_item")
    assert item["effective_at"] == datetime(2026, 2, 3, tzinfo=UTC)


def test_an_episode_of_another_kind_is_no_registration():
    assert rows(builders.registration(type=None)) == []
    assert refusals(builders.registration(type=None, period=None, managingOrganization=None)) == []


def test_a_registration_without_a_start_is_refused():
    assert refusals(builders.registration(period=None)) == broken("EpisodeOfCare.period.start")


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_an_offer_needs_no_start_and_never_replaces_the_status_line(status):
    offer = builders.registration(status=status, period=None)
    assert refusals(offer) == []
    assert rows(offer, "registration")[0]["started_on"] is None
    assert [row["kind"] for row in rows(offer, "summary_item")] == ["registration-offer"]


def test_a_finished_registration_without_an_end_is_refused():
    assert refusals(builders.registration(status="finished")) == broken("EpisodeOfCare.period.end")


def test_a_registration_that_ends_before_it_starts_is_refused():
    period = {"start": "2025-03-01", "end": "2025-02-28"}
    assert refusals(builders.registration(period=period)) == broken("EpisodeOfCare.period.end")


def test_a_registration_may_end_in_the_month_it_started_in():
    period = {"start": "2025-03-15", "end": "2025-03"}
    assert refusals(builders.registration(status="finished", period=period)) == []


def test_a_registration_that_nobody_manages_is_refused():
    assert refusals(builders.registration(managingOrganization=None)) == broken("EpisodeOfCare.managingOrganization")


def test_a_mistake_may_be_marked_as_one_whatever_else_is_wrong():
    mistake = builders.registration(status="entered-in-error", period=None, managingOrganization=None)
    assert refusals(mistake) == []


def test_the_key_worker_is_shown_while_the_registration_lasts():
    worker = {"reference": "Practitioner/1", "display": "Sam Field"}
    assert lines(builders.registration(careManager=worker), "people") == [
        "Key worker: Sam Field. Recorded on 2 March 2026"
    ]
    assert lines(ended(careManager=worker), "people") == []


# CarePlan


def test_a_plan_shows_when_it_was_created_and_when_it_falls_due():
    plan = builders.care_plan(
        created="2025-05-03",
        author={"display": "Dr A Brook"},
        extension=builders.review_on("2025-06-01"),
        title="My plan",
    )
    [item] = rows(plan, "summary_item")
    assert item["narrative"] == (
        "My plan. Recorded by Dr A Brook on 3 May 2025; last confirmed 2 March 2026; review due 1 June 2025"
    )
    assert item["review_on"] == date(2025, 6, 1)


@pytest.mark.parametrize("status", ["draft", "revoked", "completed", "unknown"])
def test_a_plan_that_does_not_stand_is_not_shown(status):
    assert rows(builders.care_plan(status=status)) == []


def test_an_end_of_life_plan_without_a_start_is_refused():
    assert refusals(builders.care_plan(period=None)) == broken("CarePlan.period.start")


@pytest.mark.parametrize("status", ["completed", "revoked"])
def test_a_plan_that_is_over_without_an_end_is_refused(status):
    assert refusals(builders.care_plan(status=status)) == broken("CarePlan.period.end")


def test_a_plan_that_ends_before_it_starts_is_refused():
    period = {"start": "2025-03-01", "end": "2025-02-28"}
    assert refusals(builders.care_plan(period=period)) == broken("CarePlan.period.end")


def test_a_plan_of_another_kind_needs_no_dates():
    assert refusals(builders.care_plan(category=None, period=None)) == []


# Observation


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
            "effective_at": datetime(2025, 5, 3, tzinfo=UTC),
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


def test_a_type_added_as_a_file_gives_its_row_and_its_line(new_type):  # noqa: F811
    value = builders.concept((codes.LOCAL, "donates"))
    wish = builders.observation(code=builders.concept(new_type.code), valueCodeableConcept=value)
    assert [row["answer"] for row in rows(wish, "preference")] == ["donates"]
    assert lines(wish, "what-matters")[0].startswith("Organ donation: Wishes to donate. Recorded")
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
    assert rows(died, "death") == [{"died_on": None, "place": "876884000", "place_group": "40"}]
    assert rows(died, "summary_item")[0]["review_on"] is None
    assert lines(died, "status")[0].startswith("Place of death: Died in nursing home. Recorded")


def test_a_place_of_death_that_is_not_final_is_not_yet_one():
    assert rows(builders.actual_place_of_death(status="preliminary"), "death") == []


# Consent


def decision(consent):
    return [row["decision"] for row in rows(consent, "sharing_decision")]


@pytest.mark.parametrize("code", [None, "882921000000109", "882961000000101", "883001000000106"])
def test_consent_a_best_interests_decision_and_an_attorney_permit_sharing(code):
    assert decision(builders.sharing(code=code)) == ["permitted"]


def test_a_refusal_denies_sharing():
    assert decision(builders.sharing("deny")) == ["denied"]


def test_a_withdrawal_withdraws_sharing():
    assert decision(builders.sharing("deny", code="882941000000102")) == ["withdrawn"]


def test_a_permission_that_was_made_inactive_is_a_withdrawal():
    assert decision(builders.sharing(status="inactive")) == ["withdrawn"]


def test_a_refusal_that_was_made_inactive_permits_nothing():
    assert decision(builders.sharing("deny", status="inactive")) == ["denied"]


@pytest.mark.parametrize(("kind", "decided"), [("permit", ["denied"]), ("deny", [])])
def test_a_rejected_proposal_is_no_permission(kind, decided):
    assert decision(builders.sharing(kind, status="rejected")) == decided


@pytest.mark.parametrize("status", ["draft", "proposed", "entered-in-error"])
def test_what_is_not_decided_decides_nothing(status):
    assert rows(builders.sharing(status=status)) == []


def test_a_decision_counts_from_its_own_time():
    [row] = rows(builders.sharing(dateTime="2025-03-01T10:00:00+01:00"), "sharing_decision")
    assert row["decided_at"] == datetime(2025, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "consent",
    [
        builders.sharing("deny", category=[{"text": "Privacy"}]),
        builders.sharing("deny", scope={"text": "?"}),
        builders.sharing("deny", code="882941000000102", scope={"text": "?"}, category=[{"text": "?"}]),
    ],
    ids=["by scope", "by category", "by code"],
)
def test_a_refusal_is_recognised_by_scope_by_category_and_by_code(consent):
    assert len(decision(consent)) == 1


def test_an_advance_decision_with_the_wrong_scope_is_still_one():
    scope = builders.concept((codes.CONSENT_SCOPE, "patient-privacy"))
    wrong = builders.advance_decision(scope=scope)
    assert (decision(wrong), len(lines(wrong, "advance-decision"))) == ([], 1)


def test_the_basis_of_sharing_is_shown():
    shown = lines(builders.sharing(code="882961000000101", organization=[{"display": "Example Surgery"}]), "consent")
    assert shown == [
        (
            "Sharing of the record is permitted; Best interests decision taken for sharing. "
            "Recorded by Example Surgery on 1 March 2025; last confirmed 1 March 2025"
        )
    ]


def test_sharing_that_is_neither_permitted_nor_denied_is_refused():
    assert refusals(builders.sharing(provision=None)) == broken("Consent.provision.type")


def test_sharing_without_its_date_is_refused():
    assert refusals(builders.sharing(dateTime=None)) == broken("Consent.dateTime")


def test_a_withdrawal_that_permits_is_refused():
    assert refusals(builders.sharing("permit", code="882941000000102")) == broken("Consent.provision.type")


def test_an_exception_that_would_not_be_honoured_is_refused():
    provision = {"type": "permit", "provision": [{"type": "deny"}]}
    assert refusals(builders.sharing(provision=provision)) == broken("Consent.provision.provision")


def test_an_advance_decision_shows_what_is_refused_and_where_it_is_kept():
    consent = builders.advance_decision("Ventilation", sourceAttachment={"title": "Kitchen drawer"})
    assert rows(consent, "sharing_decision") == []
    assert lines(consent, "advance-decision") == [
        (
            "Advance decision to refuse treatment; Refuses: Ventilation; Document: Kitchen drawer. "
            "Recorded on 1 March 2025; last confirmed 1 March 2025"
        )
    ]


def test_a_refusal_of_life_sustaining_treatment_says_so():
    consent = builders.advance_decision(category=[builders.snomed("816321000000109")])
    assert lines(consent)[0].startswith("Advance decision to refuse life-sustaining treatment;")


def test_several_advance_decisions_stand_beside_each_other():
    assert [row["kind"] for row in rows(builders.advance_decision(), "summary_item")] == [""]


@pytest.mark.parametrize("build", [builders.advance_decision, builders.lasting_power])
@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"])
def test_a_legal_instrument_that_is_not_active_is_not_shown(build, status):
    assert rows(build(status=status)) == []


@pytest.mark.parametrize(
    ("code", "authority"),
    [
        ("816381000000105", "May decide on life-sustaining treatment"),
        ("816361000000101", "May not decide on life-sustaining treatment"),
        ("736366004", "Authority on life-sustaining treatment not stated"),
    ],
)
def test_an_attorney_is_shown_with_their_authority(code, authority):
    assert lines(builders.lasting_power("Ben Example", code=code), "lasting-power-of-attorney")[0].startswith(
        f"Lasting power of attorney for health and welfare: Ben Example; {authority}."
    )


# Condition, RelatedPerson, CareTeam


def test_a_diagnosis_is_shown_with_who_recorded_it():
    diagnosis = builders.condition(recordedDate="2025-05-03", recorder={"display": "Dr A Brook"})
    assert lines(diagnosis, "diagnoses") == [
        "Diagnosis: Heart failure. Recorded by Dr A Brook on 3 May 2025; last confirmed 2 March 2026"
    ]


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved"])
def test_a_diagnosis_of_the_past_is_not_shown(status):
    past = builders.concept((codes.CONDITION_CLINICAL, status))
    assert rows(builders.condition(clinicalStatus=past)) == []


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_is_not_so_is_not_shown(status):
    refuted = builders.concept((codes.CONDITION_VERIFICATION, status))
    assert rows(builders.condition(verificationStatus=refuted)) == []


def test_a_diagnosis_that_is_not_confirmed_says_so():
    provisional = builders.concept((codes.CONDITION_VERIFICATION, "provisional"))
    assert lines(builders.condition(verificationStatus=provisional))[0].startswith(
        "Diagnosis: Heart failure (provisional)."
    )


def test_a_carer_is_shown_with_their_telephone():
    carer = builders.related_person(
        relationship=[{"text": "Carer"}], telecom=[{"system": "phone", "value": "01632 960001"}]
    )
    assert lines(carer, "people") == ["Carer: EXAMPLE, Ben; Telephone 01632 960001. Recorded on 2 March 2026"]


def test_someone_who_is_no_longer_involved_is_not_shown():
    assert rows(builders.related_person(active=False)) == []


def test_every_member_of_the_team_is_shown():
    members = [
        {"role": [{"text": "District nurse"}], "member": {"display": "Sam Field"}},
        {"member": {"display": "Example Hospice"}, "period": {"end": "2026-05-01"}},
        {"member": {"reference": "Practitioner/unnamed"}},
    ]
    team = builders.care_team(
        participant=members, name="Team A", telecom=[{"system": "phone", "value": "01632 960002"}]
    )
    assert [line.split(".")[0] for line in lines(team, "people")] == [
        "Team A: Telephone 01632 960002",
        "District nurse: Sam Field",
        "Care team: Example Hospice; Until 1 May 2026",
    ]


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive"])
def test_a_team_that_is_not_at_work_is_not_shown(status):
    assert rows(builders.care_team(status=status, participant=[{"member": {"display": "Sam Field"}}])) == []


@pytest.mark.parametrize("build", [builders.related_person, builders.care_team])
def test_a_period_that_ends_before_it_starts_is_refused(build):
    resource = build(period={"start": "2025-03-01", "end": "2025-02-28"})
    assert refusals(resource) == broken(f"{resource['resourceType']}.period.end")
