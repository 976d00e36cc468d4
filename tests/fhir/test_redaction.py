"""What leaves of a record tells nobody where the person is, and still says what a clinician needs."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.errors import Issue
from service.fhir import codec, definitions, elements, preference_answers, redaction, resource_type, validation
from service.fhir.resource_type import Body
from service.register import codes, nhs_number, preference_type
from tests import builders
from tests.fhir import every_element, filled
from tests.fhir_profiles import examples

TYPES = resource_type.all_types()
TOLD = [name for name, type_ in TYPES.items() if type_.person and not type_.is_withheld]

NEVER = frozenset(
    {
        *("address", "telecom", "contact", "generalPractitioner", "managingOrganization", "organization", "custodian"),
        *("performer", "author", "recorder", "asserter", "requester", "informationSource", "authenticator", "team"),
        *("careManager", "careTeam", "location", "note", "source", "expressedBy", "sourceReference"),
        *("photo", "contained", "source", "assigner", "title", "data", "policy", "div"),
    }
)
"""Elements of the examples in which people, places and organisations stand."""


def told(resource: Body) -> Body:
    return codec.loads(redaction.redacted(resource["resourceType"], codec.dumps(resource)))


def recorded() -> Iterator[Body]:
    """Every resource of the examples of which something may leave."""
    for path in (*examples.INSTANCES, *examples.RECORDS):
        body = examples.body(path)
        found = [one["resource"] for one in body.get("entry", ())] or [body]
        yield from (copy.deepcopy(one) for one in found if one["resourceType"] in TOLD)


def marked(value: Any, *, is_secret: bool = False) -> Any:
    """The same with a secret for each text that stands where people, places and organisations do."""
    if isinstance(value, dict):
        return {
            name: marked(child, is_secret=is_secret or name in NEVER)
            for name, child in value.items()
            if child is not None
        }
    if isinstance(value, list):
        return [marked(child, is_secret=is_secret) for child in value]
    return filled.SECRET if is_secret and isinstance(value, str) else value


def all_codes(value: Any) -> set[str]:
    """Every code and every date in it."""
    if isinstance(value, dict):
        own = {text for name, text in value.items() if name == "code" and isinstance(text, str)}
        dates = {text for name, text in value.items() if isinstance(text, str) and "date" in name.lower()}
        return own | dates | {code for name, child in value.items() if name not in NEVER for code in all_codes(child)}
    return {code for child in value for code in all_codes(child)} if isinstance(value, list) else set()


@pytest.mark.parametrize("type_name", TOLD)
def test_nothing_in_any_element_tells_where_somebody_is(type_name: str) -> None:
    for resource in filled.resources(type_name, TYPES[type_name].in_part.words):
        whole = filled.numbered(resource) if type_name == "Patient" else resource
        left = json.dumps(told(whole), default=str)
        assert filled.SECRET not in left
        assert "V2luZG1pbGwtTGFuZS03" not in left


@pytest.mark.parametrize("type_name", TOLD)
def test_what_was_valid_is_valid_of_every_element_that_is_left_or_not(type_name: str) -> None:
    valid = [one for one in every_element.right(type_name) if not _errors(one)]
    assert valid
    assert [one for one in valid if _errors(told(one))] == []


def _errors(resource: Body) -> list[Issue]:
    return [issue for issue in validation.issues(resource) if issue.severity == "error"]


def test_no_example_tells_where_somebody_is() -> None:
    for resource in recorded():
        assert filled.SECRET not in json.dumps(told(marked(resource)), default=str)


def test_what_is_left_of_every_example_is_valid() -> None:
    for resource in recorded():
        assert [
            issue for issue in validation.issues(told(resource), of_any_type=True) if issue.severity == "error"
        ] == []


def test_codes_and_dates_of_every_example_are_left() -> None:
    for resource in recorded():
        if resource["resourceType"] != "Patient":
            lost = all_codes(resource) - all_codes(told(resource))
            assert lost == set(), (resource["resourceType"], resource.get("id"))


def test_the_words_of_an_answer_are_left_where_they_tell_of_no_place() -> None:
    answers = [one for one in recorded() if one["resourceType"] == "Observation" and preference_answers.type_of(one)]
    for observation in answers:
        kind = preference_answers.type_of(observation)
        observation.pop("note", None)
        if kind and not kind.tells_where and not any(part.tells_where for part in kind.parts):
            assert preference_answers.in_words(told(observation), kind) == preference_answers.in_words(
                observation, kind
            )


@pytest.mark.parametrize("name", [kind.name for kind in preference_type.all_types().values() if kind.answers])
def test_the_code_of_an_answer_is_left_whatever_it_tells(name: str) -> None:
    kind = preference_type.all_types()[name]
    for answer in kind.answers:
        value = builders.concept(answer.code, text=filled.SECRET if kind.tells_where else None)
        observation = builders.observation(code=builders.concept(kind.code), valueCodeableConcept=value)
        left = told(observation)
        assert preference_answers.read(left, kind.answers) == preference_answers.read(observation, kind.answers)
        assert filled.SECRET not in json.dumps(left)


PLACES = ("place-of-death", "place-of-care", "home-access", "actual-place-of-death", "other-issues")


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(
    "value",
    [
        {"valueString": filled.SECRET},
        {"valueCodeableConcept": {"text": filled.SECRET}},
        {"valueCodeableConcept": {"coding": [{"system": codes.ODS_ORGANISATION, "code": filled.SECRET}]}},
        {"valueCodeableConcept": {"coding": [{"system": "urn:ours", "code": filled.SECRET}]}},
        {"valueCodeableConcept": {"coding": [{"display": filled.SECRET}]}},
        {"_valueString": {"extension": [{"url": "urn:a", "valueString": filled.SECRET}]}},
    ],
    ids=["string", "text", "ods", "foreign", "display", "beside"],
)
def test_the_words_of_a_place_are_withheld_and_said_to_be(name: str, value: Body) -> None:
    question = builders.concept(preference_type.all_types()[name].code)
    observation = {**builders.observation(code=question, valueCodeableConcept=None), **value}
    left = told(observation)
    assert filled.SECRET not in json.dumps(left)
    assert elements.codings(left["dataAbsentReason"]) == [(codes.DATA_ABSENT_REASON, "masked")]
    assert validation.issues(left) == []


def test_where_the_form_of_a_cpr_decision_is_kept_is_withheld_and_the_decision_is_left() -> None:
    path = next(one for one in examples.RECORDS if one.stem == "dementia-in-a-care-home")
    everything = [one["resource"] for one in examples.body(path)["entry"]]
    [decision] = [one for one in everything if one.get("id") == "bernard-cpr-decision"]
    left = told(decision)
    assert decision["valueCodeableConcept"]["coding"][0]["code"] == codes.NOT_FOR_CPR.code
    assert left["valueCodeableConcept"] == decision["valueCodeableConcept"]
    assert "Fairlight House" in json.dumps(decision)
    assert "Fairlight House" not in json.dumps(left)


def test_the_details_of_a_place_are_withheld_but_for_whether_it_is_home() -> None:
    parts = {
        "place-organisation": {"valueString": filled.SECRET},
        "place-address": {"valueString": filled.SECRET},
        "is-usual-residence": {"valueBoolean": True},
    }
    coded = [{"code": builders.concept((codes.LOCAL, code)), **value} for code, value in parts.items()]
    left = told(builders.place_of_death(component=coded))
    assert filled.SECRET not in json.dumps(left)
    assert [one.get("valueBoolean") for one in left["component"]] == [None, None, True]


def test_why_there_is_no_answer_about_a_place_is_left_as_a_code() -> None:
    reason = {"coding": [{"system": codes.DATA_ABSENT_REASON, "code": "asked-declined"}], "text": filled.SECRET}
    left = told(builders.place_of_death(valueCodeableConcept=None, dataAbsentReason=reason))
    assert filled.SECRET not in json.dumps(left)
    assert elements.codings(left["dataAbsentReason"]) == [(codes.DATA_ABSENT_REASON, "asked-declined")]


def test_an_observation_that_asks_nothing_we_know_says_nothing_in_words() -> None:
    asked = {"coding": [{"system": codes.LOINC, "code": "56799-0", "display": filled.SECRET}], "text": filled.SECRET}
    left = told(builders.observation(code=asked, valueCodeableConcept=None, valueString=filled.SECRET))
    assert filled.SECRET not in json.dumps(left)
    assert elements.codings(left["code"]) == [(codes.LOINC, "56799-0")]


def test_of_a_patient_that_is_left_by_which_people_are_told_apart() -> None:
    whole = builders.patient(id="anna", gender="female", telecom=[{"system": "phone", "value": "01632 960001"}])
    left = told({**whole, "deceasedDateTime": "2026-01-02", "maritalStatus": {"text": "Widowed"}})
    assert left.keys() == {
        "resourceType",
        "id",
        "meta",
        "identifier",
        "name",
        "gender",
        "birthDate",
        "deceasedDateTime",
    }
    assert elements.identifier(left, nhs_number.SYSTEM) == builders.NHS_NUMBER


def test_how_a_death_is_known_is_left() -> None:
    status = {"url": "deathNotificationStatus", "valueCodeableConcept": builders.concept(("urn:a", "U"))}
    whole = builders.patient(extension=[{"url": codes.DEATH_NOTIFICATION, "extension": [status]}])
    assert told(whole)["extension"] == whole["extension"]


def test_of_links_those_of_a_merge_are_left() -> None:
    links = [{"other": builders.reference(f"Patient/{to}"), "type": to} for to in ("replaced-by", "seealso", "refer")]
    assert told(builders.patient(link=links))["link"] == links[:1]


def test_a_contained_medicine_is_left() -> None:
    medicine = {"resourceType": "Medication", "id": "m", "code": {"text": "Morphine"}, "manufacturer": {"display": "X"}}
    reference = {"medicationCodeableConcept": None, "medicationReference": {"reference": "#m"}}
    whole = builders.medication_request(contained=[medicine], **reference)
    left = told(whole)
    assert left["contained"] == [{"resourceType": "Medication", "id": "m", "code": {"text": "Morphine"}}]
    assert left["medicationReference"] == {"reference": "#m"}


def test_what_is_left_is_labelled_so_once() -> None:
    restricted = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    once = told(builders.patient(meta={"security": [restricted]}))
    assert once["meta"]["security"] == [restricted, redaction.REDACTED]
    assert told(once) == once


def test_numbers_are_left_as_they_were_sent() -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":1.50}}'
    assert b'"value":1.50' in redaction.redacted("Observation", body)


def test_withheld_are_the_types_that_tell_who_is_near_or_hold_what_nobody_can_look_into() -> None:
    near = {"CareTeam", "RelatedPerson", "Provenance", "Task"}
    assert near | {"Binary", "QuestionnaireResponse"} == redaction.WITHHELD_TYPES


def test_harmless_parameters_are_parameters_and_name_no_place() -> None:
    known = {name for type_ in TOLD for name in definitions.search_parameters(type_)}
    assert known >= redaction.HARMLESS_PARAMETERS
    assert not any("address" in name or "organization" in name for name in redaction.HARMLESS_PARAMETERS)
