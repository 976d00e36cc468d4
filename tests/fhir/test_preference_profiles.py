"""Each preference type is a profile with its value sets, derived from its declaration and judged by like any other."""

from collections import Counter

import pytest

from service.fhir import conformance, preference_profiles
from service.fhir.profiles import compiled, conformity, library
from service.register import codes, items, preference_type
from tests import builders

KINDS = preference_type.all_types()
OURS = {one["url"]: one for one in conformance.ours()}


def recorded(observation, name):
    profile = compiled.profile(preference_profiles.url(KINDS[name]), library.shipped())
    return {int(number) for number in conformity.items(observation, profile)}


def test_no_two_definitions_have_one_name():
    assert max(Counter((one["resourceType"], one["id"]) for one in conformance.ours()).values()) == 1


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_type_is_a_child_of_the_profile_of_preferences_with_a_whole_snapshot(name):
    one = OURS[preference_profiles.url(KINDS[name])]
    assert (one["baseDefinition"], one["abstract"], one["type"]) == (preference_profiles.PARENT, False, "Observation")
    ids = [element["id"] for element in one["snapshot"]["element"]]
    assert len(set(ids)) == len(ids)
    assert {element["id"] for element in OURS[preference_profiles.PARENT]["snapshot"]["element"]} <= set(ids)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_value_set_that_a_profile_binds_holds_the_declared_answers(name):
    kind = KINDS[name]
    for bound in _bound(OURS[preference_profiles.url(kind)]):
        included = OURS[bound]["compose"]["include"]
        held = {(each["system"], concept["code"]) for each in included for concept in each["concept"]}
        assert held <= {code.key for code in kind.codes}


def _bound(structure):
    sets = (element.get("binding", {}).get("valueSet", "") for element in structure["differential"]["element"])
    return [canonical for canonical in sets if canonical]


@pytest.mark.parametrize("name", [kind.name for kind in KINDS.values() if kind.answers])
def test_closed_types_require_their_answers_and_others_only_ask_for_them(name):
    kind = KINDS[name]
    answers = f"{codes.BASE}/ValueSet/epaccs-{name}-answers"
    elements = OURS[preference_profiles.url(kind)]["differential"]["element"]
    strengths = {one["binding"]["strength"] for one in elements if one.get("binding", {}).get("valueSet") == answers}
    assert strengths == {"required" if kind.closed else "extensible"}


def test_a_foreign_coding_is_kept_with_a_warning():
    profile = compiled.profile(preference_profiles.url(KINDS["place-of-death"]), library.shipped())
    foreign = builders.observation(valueCodeableConcept=builders.concept(("urn:local", "ward-7")))
    found = conformity.issues(foreign, profile)
    assert [(issue.severity, issue.expression) for issue in found] == [("warning", "Observation.valueCodeableConcept")]


def test_the_code_system_holds_every_code_of_ours_that_a_type_declares():
    listed = {concept["code"] for concept in OURS[codes.LOCAL]["concept"]}
    declared = {code.code for kind in KINDS.values() for code in kind.codes if code.system == codes.LOCAL}
    assert declared <= listed
    [authored] = [one for one in conformance.files() if one["url"] == codes.LOCAL]
    assert declared.isdisjoint(concept["code"] for concept in authored["concept"])


def test_codes_of_one_meaning_have_one_display():
    displays = {}
    for kind in KINDS.values():
        for code in kind.codes:
            if code.system == codes.LOCAL:
                displays.setdefault(code.code, set()).add(code.display)
    assert [code for code, said in displays.items() if len(said) > 1] == []


def test_items_are_those_of_the_standard_and_the_observations_among_them_all_have_a_type():
    numbers = {
        int(number)
        for kind in KINDS.values()
        for number in (*kind.items, kind.date_item, kind.review_item, *(part.item for part in kind.parts))
        if number
    }
    assert numbers <= set(items.ALL)
    assert {14, 15, 16, 18, 28, 29, 31, 32, 33, 34, 35, *range(36, 49), 58, 60} <= numbers


def test_what_a_preferred_place_records():
    assert recorded(builders.place_of_death("30", second="21"), "place-of-death") == {36, 40}


def test_a_reason_for_no_answer_records_the_item_too():
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "asked-declined"}]}
    declined = builders.observation(valueCodeableConcept=None, dataAbsentReason=reason)
    assert recorded(declined, "place-of-death") == {36}


def test_what_a_cpr_decision_records():
    told = {"code": builders.concept(codes.NOT_AWARE_OF_CPR_DECISION), "valueBoolean": True}
    kept = {"code": builders.concept((codes.LOCAL, "form-location")), "valueString": "Behind the door"}
    decision = builders.cpr_decision(component=[told, kept], extension=builders.review_on("2025-08-01"))
    assert recorded(decision, "cpr-decision") == {44, 45, 46, 47, 48}


def test_not_aware_can_only_be_true():
    profile = compiled.profile(preference_profiles.url(KINDS["cpr-decision"]), library.shipped())
    said = {"code": builders.concept(codes.NOT_AWARE_OF_CPR_DECISION), "valueBoolean": False}
    [issue] = conformity.issues(builders.cpr_decision(component=[said]), profile)
    assert (issue.severity, issue.expression) == ("error", "Observation.component[0].valueBoolean")


def test_several_disabilities_stand_in_one_observation():
    parts = [{"code": builders.snomed(code), "valueBoolean": True} for code in ("15188001", "397540003")]
    both = builders.observation(
        code=builders.concept(KINDS["disabilities"].code), valueCodeableConcept=None, component=parts
    )
    profile = compiled.profile(preference_profiles.url(KINDS["disabilities"]), library.shipped())
    assert [issue for issue in conformity.issues(both, profile) if issue.severity == "error"] == []
    assert recorded(both, "disabilities") == {28}
