"""What senders write otherwise than UK Core says is understood, with one warning each, and stays as they sent it."""

from copy import deepcopy
from typing import Any

import pytest

from service.fhir import intake
from service.register import codes, nhs_number
from tests import builders

KEY_TYPE = {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType", "code": "PAF"}
TEXTPHONE = {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-OtherContactSystem", "code": "textphone"}


def status(code: str, system: str = intake.FIRST_STATUS) -> dict[str, Any]:
    coding = {"system": system, "version": "1.0.0", "code": code}
    return {"url": codes.NHS_NUMBER_STATUS, "valueCodeableConcept": {"coding": [coding]}}


def number(value: str = builders.NHS_NUMBER, **more: Any) -> dict[str, Any]:
    return {"system": nhs_number.SYSTEM, "value": value, **more}


def address(type_: Any) -> dict[str, Any]:
    parts = [{"url": "type", **type_}, {"url": "value", "valueString": "12345678"}]
    return {"line": ["1 High Street"], "extension": [{"url": intake.ADDRESS_KEY, "extension": parts}]}


def as_pds_sends_it() -> dict[str, Any]:
    phone = {"system": "other", "value": "01632960587", "extension": [other_contact({"valueCoding": TEXTPHONE})]}
    identifiers = [number(extension=[status("01")]), number(builders.a_number(7), use="old")]
    return builders.patient(identifier=identifiers, address=[address({"valueCoding": KEY_TYPE})], telecom=[phone])


def other_contact(value: Any) -> dict[str, Any]:
    return {"url": intake.OTHER_CONTACT, **value}


def test_what_pds_sends_is_understood_with_one_warning_each() -> None:
    sent = as_pds_sends_it()
    before = deepcopy(sent)
    meant, warnings = intake.normalised(sent)
    assert sent == before
    assert {(issue.expression, issue.severity, issue.detail) for issue in warnings} == {
        (place, "warning", "understood-as-meant")
        for place in (
            "Patient.identifier[0].extension[0]",
            "Patient.identifier[1]",
            "Patient.address[0].extension[0]",
            "Patient.telecom[0].extension[0]",
        )
    }
    assert len(warnings) == 4
    [coding] = meant["identifier"][0]["extension"][0]["valueCodeableConcept"]["coding"]
    assert coding == {"system": codes.NHS_NUMBER_STATUS_ENGLAND, "code": "01"}
    key = meant["address"][0]["extension"][0]["extension"]
    assert key == [
        {"url": "type", "valueCodeableConcept": {"coding": [KEY_TYPE]}},
        {"url": "value", "valueString": "12345678"},
    ]
    assert meant["telecom"][0]["extension"] == [other_contact({"valueCodeableConcept": {"coding": [TEXTPHONE]}})]
    assert meant["identifier"][1] == sent["identifier"][1]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("01", "01"), ("08", "08"), ("number-present-and-verified", "01"), ("trace-postponed", "08")],
)
def test_the_first_code_system_has_numbers_from_pds_and_words_of_its_own(sent: str, meant: str) -> None:
    body, [_] = intake.normalised(builders.patient(identifier=[number(extension=[status(sent)])]))
    assert body["identifier"][0]["extension"][0] == {
        "url": codes.NHS_NUMBER_STATUS,
        "valueCodeableConcept": {"coding": [{"system": codes.NHS_NUMBER_STATUS_ENGLAND, "code": meant}]},
    }


def test_what_is_said_as_uk_core_says_it_is_the_same_object() -> None:
    good = builders.patient(
        identifier=[number(extension=[status("01", codes.NHS_NUMBER_STATUS_ENGLAND)])],
        address=[address({"valueCodeableConcept": {"coding": [KEY_TYPE]}})],
        telecom=[{"_system": {"extension": [other_contact({"valueCodeableConcept": {"coding": [TEXTPHONE]}})]}}],
    )
    for resource in (good, builders.condition(), {"resourceType": "Patient"}):
        meant, warnings = intake.normalised(resource)
        assert meant is resource
        assert warnings == ()


def test_a_code_that_nobody_knows_is_left_to_be_judged() -> None:
    unknown = builders.patient(identifier=[number(extension=[status("99")])])
    assert intake.normalised(unknown) == (unknown, ())


def test_extensions_of_a_system_and_of_contacts_are_found() -> None:
    extension = other_contact({"valueCoding": TEXTPHONE})
    person = builders.patient(contact=[{"telecom": [{"_system": {"extension": [extension]}}]}])
    meant, [warning] = intake.normalised(person)
    assert warning.expression == "Patient.contact[0].telecom[0].system.extension[0]"
    assert "valueCoding" not in meant["contact"][0]["telecom"][0]["_system"]["extension"][0]


@pytest.mark.parametrize("use", ["old", "official"])
def test_a_number_is_superseded_only_where_another_is_not(use: str) -> None:
    alone = builders.patient(identifier=[number(use="old")])
    assert intake.normalised(alone) == (alone, ())
    both = builders.patient(identifier=[number(use="old"), number(builders.a_number(7), use=use)])
    _, warnings = intake.normalised(both)
    assert [issue.expression for issue in warnings] == ([] if use == "old" else ["Patient.identifier[0]"])


@pytest.mark.parametrize(
    "hostile",
    [
        {"resourceType": "Patient", "identifier": "x", "address": [3], "telecom": [{"extension": "y", "_system": 4}]},
        {"resourceType": "Patient", "identifier": [{"extension": [{"url": ["x"]}, {"url": codes.NHS_NUMBER_STATUS}]}]},
        {"resourceType": "Patient", "address": [{"extension": [{"url": intake.ADDRESS_KEY, "extension": [None]}]}]},
        {"resourceType": "Patient", "contact": {"telecom": []}, "telecom": {"a": 1}},
    ],
)
def test_what_is_no_fhir_is_left_alone(hostile: dict[str, Any]) -> None:
    assert intake.normalised(hostile) == (hostile, ())
