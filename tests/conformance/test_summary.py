"""`Patient/$summary`: one call by NHS number, one document with what the person wants, and how fresh it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import codes, nhs_number
from tests import builders, bundles
from tests.systems import System, connect

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
    "Completeness of the record",
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
    integration.register(builders.patient(id="anna", birthDate="1940-05"))
    answer = integration.summary(NUMBER)
    assert "EXAMPLE, Anna, born May 1940, NHS number 999 000 0018" in text(answer, "Registration status")
    assert {entry["resource"]["resourceType"] for entry in answer.json()["entry"]} >= {
        "Composition",
        "EpisodeOfCare",
        "Patient",
    }


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


def test_a_place_of_death_of_somebody_who_is_not_dead_comes_last_with_a_doubt(registered: System) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    registered.created(builders.actual_place_of_death(subject=person, effectiveDateTime="2025-07-04"))
    lines = text(registered.summary(NUMBER), "Registration status").split("</li>")
    assert "On the end of life care register" in lines[0]
    [place] = [line for line in lines if "Place of death" in line]
    assert "No date of death is recorded" in place


@pytest.mark.parametrize("code", [(codes.SNOMED, "816281000000101"), (codes.LOCAL, "capacity-assessment")])
def test_what_may_be_said_more_than_once_stands_beside_each_other(registered: System, code: tuple[str, str]) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    for day, said in (("2025-05-01", "of the garden"), ("2025-05-02", "of the piano")):
        statement = builders.observation(
            code=builders.concept(code), valueCodeableConcept={"text": said}, subject=person, effectiveDateTime=day
        )
        registered.created(statement)
    written = text(registered.summary(NUMBER), "What matters, communication and culture")
    assert written.index("of the piano") < written.index("of the garden")


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


@pytest.mark.parametrize(
    ("first", "second"), [("2025-10-01T09:00:00Z", "2025-10-01"), ("2025-10-01", "2025-10-01"), ("2025-03-10", "2025")]
)
def test_of_two_decisions_of_one_day_the_one_without_an_hour_comes_last(
    registered: System, first: str, second: str
) -> None:
    person = {"reference": f"Patient/{_patient(registered)}"}
    registered.created(builders.cpr_decision("450475007", subject=person, effectiveDateTime=first))
    registered.created(builders.cpr_decision("450476008", subject=person, effectiveDateTime=second))
    assert "Not for attempted CPR" in text(registered.summary(NUMBER), "Cardiopulmonary resuscitation (CPR)")


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        (builders.place_of_death(effectiveDateTime="2199-01-01"), "Observation.effectiveDateTime"),
        (builders.place_of_death(issued="2199-01-01T00:00:00Z"), "Observation.issued"),
        (builders.sharing(dateTime="2199"), "Consent.dateTime"),
        (builders.registration(period={"start": "2199-01-01"}), "EpisodeOfCare.period.start"),
    ],
)
def test_what_is_said_to_have_happened_cannot_lie_in_the_future(
    integration: System, resource: dict[str, Any], element: str
) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    answer = integration.post(resource["resourceType"], resource)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [element]


@pytest.mark.parametrize("element", ["birthDate", "deceasedDateTime"])
def test_nobody_is_born_or_dies_in_the_future(integration: System, element: str) -> None:
    answer = integration.post("Patient", builders.patient(**{element: "2199-01-01"}))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [f"Patient.{element}"]


def test_a_registration_may_be_offered_for_a_day_to_come(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.created(builders.registration(status="planned", period={"start": "2199-01-01"}))


def test_a_registration_that_stands_outranks_one_that_ended_later(integration: System) -> None:
    integration.register(period={"start": "2026-10-15"})
    integration.created(builders.ended_registration(period={"start": "2025-01-01", "end": "2026-11-01"}))
    status = text(integration.summary(NUMBER), "Registration status")
    assert "since 15 October 2026" in status
    assert "ended" not in status


def test_a_line_that_names_no_author_names_the_organisation_that_sent_it(practice: System, integration: System) -> None:
    practice.post("", bundles.registration())
    assert "Recorded by Y99001 on" in text(practice.summary(NUMBER), "Registration status")


OLDER_TYPES = (
    "Patient",
    "EpisodeOfCare",
    "CarePlan",
    "Observation",
    "Consent",
    "Condition",
    "RelatedPerson",
    "CareTeam",
)
OLDER_SCOPES = " ".join(f"system/{name}.rs" for name in OLDER_TYPES)


def test_a_client_that_knows_only_the_types_of_every_summary_still_gets_it(
    http: TestClient, database: Database, registered: System
) -> None:
    older = connect(http, database, "integration", scope=OLDER_SCOPES)
    assert list(sections(older.summary(NUMBER))) == TITLES


def test_a_line_that_the_token_may_not_read_is_never_left_out_in_silence(
    http: TestClient, database: Database, integration: System
) -> None:
    integration.register()
    integration.created(builders.allergy())
    answer = connect(http, database, "integration", scope=OLDER_SCOPES).summary(NUMBER)
    assert answer.status_code == 403
    assert "system/AllergyIntolerance.r is missing" in answer.json()["issue"][0]["details"]["text"]
    knowing = connect(http, database, "integration", scope=f"{OLDER_SCOPES} system/AllergyIntolerance.r")
    assert "Penicillin" in text(knowing.summary(NUMBER), "Allergies and adverse reactions")


@pytest.mark.parametrize("name", OLDER_TYPES)
def test_without_a_scope_that_every_summary_needs_nothing_is_looked_for(
    http: TestClient, database: Database, name: str
) -> None:
    scope = " ".join(f"system/{other}.r" for other in OLDER_TYPES if other != name)
    answer = connect(http, database, "integration", scope=scope).summary(NUMBER)
    assert answer.status_code == 403
    assert f"system/{name}.r is missing" in answer.json()["issue"][0]["details"]["text"]


def test_the_other_types_have_their_lines_in_their_sections(integration: System) -> None:
    integration.register()
    for resource in (
        builders.allergy(),
        builders.goal(),
        builders.alert(),
        builders.procedure(),
        builders.document(),
        builders.medication_request(),
    ):
        integration.created(resource)
    answer = integration.summary(NUMBER)
    assert "Penicillin" in text(answer, "Allergies and adverse reactions")
    assert "To see the garden in spring" in text(answer, "What matters, communication and culture")
    assert "Advance care planning conversation" in text(answer, "What matters, communication and culture")
    assert "Alert: Dog in the house" in text(answer, "Registration status")
    assert "ReSPECT form" in text(answer, "Documents and where they are kept")
    assert "Midazolam" in text(answer, "Anticipatory medicines")


def test_a_summary_in_another_profile_is_refused(registered: System) -> None:
    identifier = {"name": "identifier", "valueString": f"{nhs_number.SYSTEM}|{NUMBER}"}
    profile = {"name": "profile", "valueCanonical": "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"}
    answer = registered.post("Patient/$summary", {"resourceType": "Parameters", "parameter": [identifier, profile]})
    assert answer.status_code == 422


def _patient(system: System) -> str:
    found = system.search("Patient", identifier=f"{nhs_number.SYSTEM}|{NUMBER}").json()
    return str(found["entry"][0]["resource"]["id"])


def test_the_document_is_valid_r4(registered: System) -> None:
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(json.loads(registered.summary(NUMBER).content))
