"""Who may do what, to whose record; and that every answer leaves its trace first."""

from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, bundles, tables
from tests.systems import ALL, FHIR_JSON, System, connect

NUMBER = builders.NHS_NUMBER


@pytest.fixture
def anna(integration: System) -> dict[str, str]:
    """Anna, of the practice Y99001, on the register: type to id."""
    return bundles.ids(integration.post("", bundles.registration()).json())


OPEN = ["/fhir/R4/metadata", "/fhir/R4/.well-known/smart-configuration"]
CLOSED = [
    ("GET", "Patient/anna"),
    ("GET", "Patient"),
    ("POST", "Patient"),
    ("PUT", "Patient/anna"),
    ("DELETE", "Patient/anna"),
    ("GET", "Patient/anna/_history"),
    ("GET", "Patient/anna/_history/1"),
    ("POST", "Patient/_search"),
    ("POST", "Patient/$summary"),
    ("POST", ""),
    ("GET", "Nothing/at/all/here"),
    ("PATCH", "Patient/anna"),
]


@pytest.mark.parametrize("path", OPEN)
def test_what_describes_the_server_is_open(http: TestClient, path: str) -> None:
    assert http.get(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic YTpi", "Bearer", "Bearer \x7f"])
def test_everything_else_is_refused_without_a_token(
    http: TestClient, database: Database, method: str, path: str, authorization: str
) -> None:
    headers = {"Authorization": authorization, "Content-Type": FHIR_JSON}
    answer = http.request(method, f"/fhir/R4/{path}".rstrip("/"), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert [event.outcome for event in tables.audit(database)] == [401]


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("system/Patient.cuds", "GET", "Patient/anna", None),
        ("system/Patient.cuds", "GET", "Patient/anna/_history", None),
        ("system/Patient.cuds", "GET", "Patient/anna/_history/1", None),
        ("system/Patient.crud", "GET", "Patient", None),
        ("system/Patient.ruds", "POST", "Patient", builders.patient()),
        ("system/Patient.crds", "PUT", "Patient/anna", builders.patient(id="anna")),
        ("system/Patient.crus", "DELETE", "Patient/anna", None),
        ("system/Observation.cruds", "GET", "Patient/anna", None),
        ("system/Patient.cruds", "POST", "", bundles.registration(builders.a_number(3))),
        ("system/Patient.rs", "POST", "Patient/$summary", {"resourceType": "Parameters"}),
    ],
)
def test_a_token_without_the_scope_is_refused(
    http: TestClient, integration: System, database: Database, scope: str, method: str, path: str, body: Any
) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    before = tables.rows(database)
    system = connect(http, database, "integration", scope=scope)
    answer = system.send(method, path, body or {})
    assert answer.status_code == 403, answer.text
    assert "system/" in answer.json()["issue"][0]["details"]["text"]
    assert tables.rows(database) == before


def test_a_practice_sees_its_own_patients_and_no_others(
    practice: System, integration: System, anna: dict[str, str]
) -> None:
    other = bundles.ids(integration.post("", bundles.registration(builders.a_number(1), practice="Y99002")).json())
    assert practice.summary(NUMBER).status_code == 200
    assert practice.summary(builders.a_number(1)).status_code == 404
    for type_name in ("Patient", "EpisodeOfCare", "CarePlan", "Observation", "Consent", "Condition"):
        assert practice.get(f"{type_name}/{anna[type_name]}").status_code == 200
        assert practice.get(f"{type_name}/{other[type_name]}").status_code == 404
        assert practice.get(f"{type_name}/{other[type_name]}/_history").status_code == 404
        assert practice.get(f"{type_name}/{other[type_name]}/_history/1").status_code == 404
        found = [entry["resource"]["id"] for entry in practice.get(type_name).json().get("entry", [])]
        assert anna[type_name] in found
        assert other[type_name] not in found


def test_a_practice_cannot_change_what_it_cannot_see(practice: System, integration: System, database: Database) -> None:
    ids = bundles.ids(integration.post("", bundles.registration(builders.a_number(1), practice="Y99002")).json())
    before = tables.rows(database)
    plan = integration.get(f"CarePlan/{ids['CarePlan']}").json()
    assert practice.put(f"CarePlan/{ids['CarePlan']}", plan).status_code == 404
    assert practice.delete(f"CarePlan/{ids['CarePlan']}").status_code == 404
    body = builders.place_of_death(subject={"reference": f"Patient/{ids['Patient']}"})
    hidden = practice.post("Observation", body)
    unknown = practice.post("Observation", {**body, "subject": {"reference": "Patient/nobody"}})
    assert hidden.status_code == unknown.status_code == 422
    assert hidden.content == unknown.content
    assert tables.rows(database) == before


def test_a_practice_registers_its_own_patients_only(practice: System, database: Database) -> None:
    assert practice.post("", bundles.registration()).status_code == 200
    before = tables.rows(database)
    assert practice.post("", bundles.registration(builders.a_number(1), practice="Y99002")).status_code == 403
    assert tables.rows(database) == before


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (None, 200),
        (builders.sharing("permit", dateTime="2026-01-01T10:00:00Z"), 200),
        (builders.sharing("deny", dateTime="2026-01-01T10:00:00Z"), 404),
        (builders.sharing("deny", code="882941000000102", dateTime="2026-01-01T10:00:00Z"), 404),
    ],
)
def test_a_hospital_sees_everyone_whose_sharing_is_not_denied_or_withdrawn(
    hospital: System, integration: System, anna: dict[str, str], decision: Any, status: int
) -> None:
    if decision:
        integration.created({**decision, "patient": {"reference": f"Patient/{anna['Patient']}"}})
    else:
        integration.delete(f"CarePlan/{anna['CarePlan']}")
        assert integration.delete(f"Consent/{anna['Consent']}").status_code == 204
    assert hospital.summary(NUMBER).status_code == status
    assert hospital.get(f"Patient/{anna['Patient']}").status_code == status
    assert len(hospital.get("Patient").json().get("entry", [])) == (1 if status == 200 else 0)


def test_nobody_learns_from_a_refusal_whether_a_hidden_person_is_registered(
    practice: System, integration: System
) -> None:
    registered = bundles.ids(integration.post("", bundles.registration(builders.a_number(1), practice="Y99002")).json())
    integration.put("Patient/bert", builders.patient(builders.a_number(2), id="bert"))
    answers = [
        practice.post("EpisodeOfCare", builders.registration(patient={"reference": f"Patient/{patient}"}))
        for patient in (registered["Patient"], "bert", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len({answer.content for answer in answers}) == 1


def test_nobody_learns_from_a_refusal_whether_a_hidden_record_exists(
    practice: System, integration: System, anna: dict[str, str]
) -> None:
    other = bundles.ids(integration.post("", bundles.registration(builders.a_number(1), practice="Y99002")).json())
    answers = [
        practice.post(
            "CarePlan",
            builders.care_plan(
                status="draft",
                subject={"reference": f"Patient/{anna['Patient']}"},
                supportingInfo=[{"reference": reference}],
            ),
        )
        for reference in (f"Observation/{other['Observation']}", "Observation/none", f"Patient/{other['Patient']}")
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len({answer.content for answer in answers}) == 1


def test_a_hospital_records_a_refusal_to_share_and_then_no_longer_sees(
    http: TestClient, database: Database, anna: dict[str, str]
) -> None:
    ward = connect(http, database, "hospital", organisation="RX9", scope=ALL)
    refusal = builders.sharing("deny", dateTime="2026-01-01T10:00:00Z")
    answer = ward.post("Consent", {**refusal, "patient": {"reference": f"Patient/{anna['Patient']}"}})
    assert answer.status_code == 201
    assert ward.summary(NUMBER).status_code == 404


def test_a_permission_of_the_future_does_not_undo_a_refusal_of_today(
    hospital: System, integration: System, anna: dict[str, str]
) -> None:
    person = {"reference": f"Patient/{anna['Patient']}"}
    integration.created({**builders.sharing("deny", dateTime="2026-01-01T10:00:00Z"), "patient": person})
    answer = integration.post("Consent", {**builders.sharing("permit", dateTime="2199-01-01"), "patient": person})
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Consent.dateTime"]
    assert hospital.summary(NUMBER).status_code == 404


def test_a_practice_cannot_rewrite_the_directory_of_others(
    http: TestClient, database: Database, practice: System, integration: System
) -> None:
    integration.put("Organization/other", builders.organization(id="other"))
    assert practice.put("Organization/other", builders.organization(id="other", name="Mine")).status_code == 403
    assert practice.delete("Organization/other").status_code == 403
    assert practice.put("Organization/own", builders.organization(id="own")).status_code == 201
    assert practice.put("Organization/own", builders.organization(id="own", name="New")).status_code == 200
    neighbour = connect(http, database, "practice", organisation="Y99002")
    assert neighbour.put("Organization/own", builders.organization(id="own", name="Theirs")).status_code == 403
    assert integration.put("Organization/own", builders.organization(id="own", name="Mended")).status_code == 200


@pytest.mark.parametrize(
    ("permitted", "refused"), [("2025-10-01T09:00:00Z", "2025-10-01"), ("2025-03-10", "2025"), ("2025", "2025-06")]
)
def test_a_refusal_of_the_same_day_outranks_a_permission(
    hospital: System, integration: System, anna: dict[str, str], permitted: str, refused: str
) -> None:
    person = {"reference": f"Patient/{anna['Patient']}"}
    integration.created({**builders.sharing("permit", dateTime=permitted), "patient": person})
    integration.created({**builders.sharing("deny", dateTime=refused), "patient": person})
    assert hospital.summary(NUMBER).status_code == 404


@pytest.mark.parametrize("role", ["quality-lead", "privacy-officer"])
def test_who_cares_for_nobody_sees_nobody_else_s_people_whatever_they_say(
    http: TestClient, database: Database, anna: dict[str, str], role: str
) -> None:
    other = connect(http, database, role, scope=ALL, purpose="TREAT")
    assert other.summary(NUMBER).status_code == 403
    assert other.get(f"Patient/{anna['Patient']}").status_code == 404
    assert other.get("Patient").json().get("entry") is None


def test_a_person_who_moves_practice_is_seen_by_the_new_one(
    http: TestClient, database: Database, integration: System, practice: System, anna: dict[str, str]
) -> None:
    patient = integration.get(f"Patient/{anna['Patient']}").json()
    integration.put(f"Patient/{anna['Patient']}", {**patient, "generalPractitioner": builders.at_practice("Y99002")})
    assert practice.summary(NUMBER).status_code == 404
    assert connect(http, database, "practice", organisation="Y99002").summary(NUMBER).status_code == 200


def test_every_answer_leaves_its_trace(
    hospital: System, integration: System, database: Database, anna: dict[str, str]
) -> None:
    hospital.get(f"Patient/{anna['Patient']}")
    hospital.get(f"Patient/{anna['Patient']}/_history")
    hospital.get(f"Patient/{anna['Patient']}/_history/1")
    hospital.search("Observation", patient=anna["Patient"])
    hospital.summary(NUMBER)
    hospital.summary(builders.a_number(7))
    hospital.delete(f"Patient/{anna['Patient']}")
    events = [event for event in tables.audit(database) if event.organisation == "RX9" and event.action != "token"]
    assert [(event.action, event.outcome) for event in events] == [
        ("read", 200),
        ("history", 200),
        ("read", 200),
        ("search", 200),
        ("summary", 200),
        ("refused post", 404),
        ("refused delete", 403),
    ]
    assert events[0].person_pk == events[4].person_pk != None  # noqa: E711  # a chain of comparisons
    assert anna["Observation"] in events[3].disclosed


def test_a_write_and_its_trace_are_one(integration: System, database: Database, anna: dict[str, str]) -> None:
    events = [event for event in tables.audit(database) if event.action == "create"]
    sent = [event for event in events if event.resource_type != "Flag"]  # which the register raises itself
    assert len(sent) == 12
    assert {event.resource_id for event in events} >= set(anna.values())
    assert len({event.request_id for event in events}) == 1


@pytest.mark.parametrize("patient", ["Patient", "nobody"])
def test_nothing_is_told_that_could_not_be_audited(
    integration: System, database: Database, anna: dict[str, str], patient: str
) -> None:
    assert integration.get(f"Patient/{anna['Patient']}").status_code == 200
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE audit_event RENAME TO audit_event_lost"))
    try:
        answer = integration.get(f"Patient/{anna.get(patient, patient)}")
    finally:
        with database.transaction() as session:
            session.execute(sa.text("ALTER TABLE audit_event_lost RENAME TO audit_event"))
    assert answer.status_code == 500
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert "Example" not in answer.text
    assert integration.get(f"Patient/{anna['Patient']}").status_code == 200


def test_deleting_what_is_deleted_already_leaves_its_trace_too(integration: System, database: Database) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    integration.delete("Organization/leek")
    before = len(tables.audit(database))
    integration.delete("Organization/leek")
    assert len(tables.audit(database)) == before + 1


def test_what_is_logged_names_nobody(
    integration: System, capsys: pytest.CaptureFixture[str], anna: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    integration.summary(NUMBER)
    integration.search("Patient", identifier=f"https://fhir.nhs.uk/Id/nhs-number|{NUMBER}")
    integration.post("Patient", builders.patient("9990000019"))
    said = "".join([*capsys.readouterr(), caplog.text])
    assert NUMBER not in said
    assert "9990000019" not in said


def test_a_refusal_is_on_record_as_of_the_person_who_was_asked_for(
    http: TestClient, integration: System, database: Database
) -> None:
    integration.register(builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001")))
    integration.keep(builders.sharing("deny", id="no"))
    hospital = connect(http, database, "hospital")
    for path in ("Patient/anna", "Consent/no", "Consent/no/_history/1", "Patient/anna/$everything", "Patient/nobody"):
        assert hospital.get(path).status_code == 404
    assert hospital.summary(NUMBER).status_code == 404
    assert hospital.summary(builders.a_number(5)).status_code == 404
    people = [event.person_pk for event in tables.audit(database) if event.action.startswith("refused")]
    anna = people[0]
    assert anna is not None
    assert people == [anna, anna, anna, anna, None, anna, None]
