"""What resources say that reports are split by."""

from datetime import UTC, date, datetime

import pytest

from service.fhir import traits as told
from service.register import codes, diagnosis_groups, ethnicity, places, preference_type, residence, traits

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"


def said(rows):
    return {row["kind"]: row["value"] for _, row in rows}


def coded(system, code, **more):
    return {"coding": [{"system": system, "code": code}], **more}


def of_category(system, code):
    extension = {"url": ethnicity.CATEGORY, "valueCodeableConcept": coded(system, code)}
    return said(told.of_patient({"extension": [extension]}, AT)).get(traits.ETHNICITY)


@pytest.mark.parametrize(
    ("system", "code", "group"),
    [
        (ENGLAND, "A", "white"),
        (ENGLAND, "G", "mixed"),
        (ENGLAND, "J", "asian"),
        (ENGLAND, "N", "black"),
        (ENGLAND, "R", "other"),
        (ENGLAND, "Z", "not-stated"),
        (ENGLAND, "99", None),
        (ENGLAND.replace("England", ""), "CN", "white"),
        (ENGLAND.replace("England", "Wales"), "T", "other"),
        (ENGLAND.replace("England", "Scotland"), "3J", "other"),
        (ENGLAND.replace("England", "Scotland"), "5C", "black"),
        ("https://example.org/ethnicity", "A", None),
    ],
)
def test_an_ethnic_category_is_rolled_up(system, code, group):
    assert of_category(system, code) == group


@pytest.mark.parametrize(
    ("spoken", "language"),
    [
        ([{"language": coded("urn:ietf:bcp:47", "en-GB")}], "english"),
        ([{"language": coded("urn:ietf:bcp:47", "pl")}], "other"),
        ([{"language": coded("x", "en")}, {"language": coded("x", "pl"), "preferred": True}], "other"),
        ([{"language": coded("x", "pl")}, {"language": coded("x", "en")}], "english"),
        ([{"language": {"text": "English"}}], "english"),
        ([{"language": {}}], None),
        ([], None),
    ],
)
def test_a_language_is_english_or_another(spoken, language):
    assert said(told.of_patient({"communication": spoken}, AT)).get(traits.LANGUAGE) == language


def condition(*codings, **more):
    return {"id": "c", "code": {"coding": [{"system": system, "code": code} for system, code in codings]}, **more}


@pytest.mark.parametrize(
    ("codings", "group"),
    [
        ([(codes.SNOMED, "363358000")], "cancer"),
        ([("https://example.org", "lung"), (codes.ICD_10[0], "C34.9")], "cancer"),
        ([(codes.ICD_10[0], "I11.0")], "organ-failure"),
        ([(codes.ICD_10[0], "I11.9")], "other"),
        ([(codes.ICD_10[0], "F03")], "dementia-frailty"),
        ([(codes.ICD_10[0], "g122")], "neurological"),
        ([(codes.SNOMED, "195967001")], "other"),
        ([("http://hl7.org/fhir/sid/icd-10-cm", "C34.9")], "other"),
        ([], None),
    ],
)
def test_a_diagnosis_belongs_to_a_group(codings, group):
    rows = list(told.of_condition(condition(*codings), AT, stands=True))
    assert said(rows).get(traits.DIAGNOSIS_GROUP) == group


def test_a_diagnosis_that_is_not_confirmed_says_nothing():
    unsure = {"verificationStatus": coded(codes.CONDITION_VERIFICATION, "provisional")}
    assert not list(told.of_condition(condition((codes.SNOMED, "363358000"), **unsure), AT, stands=True))


def test_a_diagnosis_is_dated_by_its_author_and_named_by_its_reference():
    [(_, row)] = told.of_condition(condition((codes.SNOMED, "363358000"), recordedDate="2025-05"), AT, stands=True)
    assert (row["said_on"], row["reference"]) == (date(2025, 5, 1), "Condition/c")


def observation(kind="", **more):
    code = preference_type.all_types()[kind].code if kind else codes.local("finding", "Finding")
    return {"status": "final", "code": coded(code.system, code.code), **more}


def test_where_somebody_lives_is_a_finding_by_code_or_value():
    for where, kind in (("160734000", "care-home"), ("160724009", "private")):
        by_value = observation(valueCodeableConcept=coded(codes.SNOMED, where))
        by_code = observation() | {"code": coded(codes.SNOMED, where)}
        assert [said(told.of_observation(each, AT)) for each in (by_value, by_code)] == [{traits.RESIDENCE: kind}] * 2
    assert not list(
        told.of_observation(observation() | {"code": coded(codes.SNOMED, "160734000"), "valueBoolean": False}, AT)
    )


def test_a_preferred_place_that_is_the_usual_residence_says_where_somebody_lives():
    is_usual = {"code": coded(codes.LOCAL, places.IS_USUAL_RESIDENCE.code.code), "valueBoolean": True}
    nursing_home = coded(codes.PLACE_TYPE, "41")
    wish = observation("place-of-death", valueCodeableConcept=nursing_home, component=[is_usual])
    assert said(told.of_observation(wish, AT)) == {traits.RESIDENCE: residence.CARE_HOME}
    wish["component"][0]["valueBoolean"] = False
    assert not list(told.of_observation(wish, AT))


def test_so_does_a_second_choice():
    second = {"code": coded(codes.LOCAL, "second-choice"), "valueCodeableConcept": coded(codes.PLACE_TYPE, "21")}
    is_usual = {"code": coded(codes.LOCAL, places.SECOND_IS_USUAL_RESIDENCE.code.code), "valueBoolean": True}
    hospice = coded(codes.PLACE_TYPE, "30")
    wish = observation("place-of-death", valueCodeableConcept=hospice, component=[second, is_usual])
    assert said(told.of_observation(wish, AT)) == {traits.RESIDENCE: residence.PRIVATE}


def test_a_learning_disability_is_a_condition_or_an_observation():
    found = condition((codes.ICD_10[0], "F71"))
    assert said(told.of_condition(found, AT, stands=True))[traits.LEARNING_DISABILITY] == "yes"
    finding = observation(valueCodeableConcept=coded(codes.SNOMED, "110359009"))
    assert said(told.of_observation(finding, AT)) == {traits.LEARNING_DISABILITY: "yes"}


def test_what_was_recorded_by_mistake_says_nothing():
    finding = observation(valueCodeableConcept=coded(codes.SNOMED, "110359009")) | {"status": "entered-in-error"}
    assert not list(told.of_observation(finding, AT))


def test_every_known_code_says_where_it_was_seen_and_stands_in_one_group():
    known = [code for of_group in (*diagnosis_groups.KNOWN.values(), *residence.FINDINGS.values()) for code in of_group]
    assert len({code.key for code in known}) == len(known)
    assert all(code.source and code.confidence in ("high", "medium", "low", "UNVERIFIED") for code in known)
