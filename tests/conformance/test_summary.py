"""`Patient/$summary`: one call by NHS number, one document with what the person wants, and how fresh it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from service.register import nhs_number
from tests import builders, bundles
from tests.systems import System

NUMBER = builders.NHS_NUMBER
TITLES = [
    "Registration status",
    "Advance decision to refuse treatment",
    "Lasting power of attorney for health and welfare",
    "Cardiopulmonary resuscitation (CPR)",
    "Treatment escalation and ReSPECT",
    "Preferred place of death",
    "Preferred place of care",
    "Anticipatory medicines",
    "Diagnoses, prognosis and function",
    "Allergies and adverse reactions",
    "Key worker, care team, carer and people to involve",
    "What matters, communication and culture",
    "Access to the home",
    "Documents and where they are kept",
    "Consent to sharing, and dates",
]


@pytest.fixture
def registered(integration: System) -> System:
    answer = integration.post("", bundles.registration())
    assert answer.status_code == 200, answer.text
    return integration


def sections(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {section["title"]: section for section in answer.json()["entry"][0]["resource"]["section"]}


def text(answer: Any, title: str) -> str:
    return sections(answer)[title]["text"]["div"]


def test_the_whole_plan_is_one_document_in_the_order_of_what_binds(registered: System) -> None:
    answer = registered.summary(NUMBER)
    document = answer.json()
    assert (document["resourceType"], document["type"]) == ("Bundle", "document")
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"
    assert list(sections(answer)) == TITLES


def test_every_entry_of_a_section_stands_in_the_document_with_its_stored_bytes(registered: System) -> None:
    answer = registered.summary(NUMBER)
    entries = {entry["fullUrl"].split("/R4/")[1]: entry["resource"] for entry in answer.json()["entry"][1:]}
    named = [entry["reference"] for section in sections(answer).values() for entry in section.get("entry", [])]
    subject = answer.json()["entry"][0]["resource"]["subject"]["reference"]
    assert {*named, subject} == set(entries)
    for reference, resource in entries.items():
        assert registered.get(reference).json() == resource


def test_each_line_says_who_recorded_it_when_it_was_confirmed_and_when_review_is_due(registered: System) -> None:
    body = builders.cpr_decision(
        subject={"reference": f"Patient/{_patient(registered)}"},
        effectiveDateTime="2026-01-05",
        performer=[{"display": "Dr A Brook"}],
    )
    registered.created(body)
    line = text(registered.summary(NUMBER), "Cardiopulmonary resuscitation (CPR)")
    assert "Dr A Brook" in line
    assert "last confirmed 5 January 2026" in line
    assert "review due 5 April 2026" in line


def test_a_line_past_its_review_date_says_that_it_is_overdue(registered: System) -> None:
    assert "Overdue for review" in text(registered.summary(NUMBER), "Preferred place of death")
    person = {"reference": f"Patient/{_patient(registered)}"}
    today = datetime.now(UTC).date().isoformat()
    registered.created(builders.place_of_death("30", subject=person, effectiveDateTime=today))
    assert "Overdue for review" not in text(registered.summary(NUMBER), "Preferred place of death")


def test_of_a_changed_mind_only_the_latest_is_shown(registered: System) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    registered.created(builders.place_of_death("40", subject=person, effectiveDateTime="2025-08-01"))
    registered.created(builders.place_of_death("10", subject=person, effectiveDateTime="2025-06-01"))
    line = text(registered.summary(NUMBER), "Preferred place of death")
    assert "are home" in line
    assert line.count("<li>") == 1


def test_an_empty_section_says_none_recorded_and_why(registered: System) -> None:
    found = sections(registered.summary(NUMBER))
    for title in ("Allergies and adverse reactions", "Access to the home"):
        assert "None recorded" in found[title]["text"]["div"]
        assert found[title]["emptyReason"]["coding"][0]["code"] in ("notasked", "unavailable")


def test_the_document_says_whose_it_is_and_holds_the_patient(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna", birthDate="1940-05"))
    integration.created(builders.registration())
    answer = integration.summary(NUMBER)
    assert "EXAMPLE, Anna, born May 1940, NHS number 999 000 0018" in text(answer, "Registration status")
    assert [entry["resource"]["resourceType"] for entry in answer.json()["entry"]] == [
        "Composition",
        "EpisodeOfCare",
        "Patient",
    ]


def test_a_registration_that_ended_is_said_first(registered: System) -> None:
    episode = registered.get(f"EpisodeOfCare?patient={_patient(registered)}").json()["entry"][0]["resource"]
    episode |= {"status": "finished", "period": {"start": "2025-03-01", "end": "2025-06-01"}}
    registered.put(f"EpisodeOfCare/{episode['id']}", episode)
    answer = registered.summary(NUMBER)
    first = text(answer, "Registration status")
    assert "ended on 1 June 2025" in first.split("</li>")[0]


def test_a_death_is_said_first_with_its_date_and_place(registered: System) -> None:
    patient = registered.get(f"Patient/{_patient(registered)}").json()
    registered.put(f"Patient/{patient['id']}", {**patient, "deceasedDateTime": "2025-07-04"})
    person = {"reference": f"Patient/{patient['id']}"}
    registered.created(builders.actual_place_of_death(subject=person, effectiveDateTime="2025-07-04"))
    lines = text(registered.summary(NUMBER), "Registration status").split("</li>")
    assert "Died on 4 July 2025" in lines[0]
    assert "ospice" in lines[1]


def test_never_registered_and_not_visible_are_one_identical_answer(
    registered: System, practice: System, hospital: System
) -> None:
    registered.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    person = {"reference": f"Patient/{_patient(registered)}"}
    registered.created(builders.sharing("deny", patient=person, dateTime="2026-01-01T10:00:00Z"))
    unknown = hospital.summary(builders.a_number(2))
    not_registered = hospital.summary(builders.a_number(1))
    hidden = hospital.summary(NUMBER)
    assert [answer.status_code for answer in (unknown, not_registered, hidden)] == [404, 404, 404]
    assert unknown.content == not_registered.content == hidden.content
    assert "does not mean" in unknown.text


def test_the_identifier_may_be_a_token_string(registered: System) -> None:
    parameter = {"name": "identifier", "valueString": f"{nhs_number.SYSTEM}|{NUMBER}"}
    answer = registered.post("Patient/$summary", {"resourceType": "Parameters", "parameter": [parameter]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": "identifier"},
        {"resourceType": "Parameters", "parameter": [{"name": "identifier"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueString": "9990000019"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": {"value": 7}}]},
        {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": {"system": []}}]},
        {"resourceType": "Patient"},
    ],
)
def test_a_question_that_names_no_nhs_number_is_refused(registered: System, parameters: Any) -> None:
    answer = registered.post("Patient/$summary", parameters)
    assert answer.status_code == 422
    assert "identifier" in answer.json()["issue"][0]["expression"][0]


def test_hostile_text_arrives_as_text(registered: System) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    hostile = "<script>alert('x')</script> \" \\ \u2028"
    registered.created(
        builders.place_of_death(subject=person, valueCodeableConcept={"text": hostile}, effectiveDateTime="2026-01-01")
    )
    line = text(registered.summary(NUMBER), "Preferred place of death")
    assert "<script>" not in line
    assert "&lt;script&gt;" in line


def test_a_wish_dated_in_the_future_is_not_in_force_yet(registered: System) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    registered.created(builders.place_of_death("10", subject=person, effectiveDateTime="2199-01-01"))
    assert "ospital" not in text(registered.summary(NUMBER), "Preferred place of death")


def _patient(system: System) -> str:
    found = system.search("Patient", identifier=f"{nhs_number.SYSTEM}|{NUMBER}").json()
    return str(found["entry"][0]["resource"]["id"])


def test_the_document_is_valid_r4(registered: System) -> None:
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(json.loads(registered.summary(NUMBER).content))
