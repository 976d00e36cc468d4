"""`Patient/[id]/$summary`, and asking cheaply whether a copy of a summary is still current."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlmodel import select
from starlette.testclient import TestClient

from service.audit import AuditEvent
from service.db import Database
from tests import builders
from tests.systems import System, connect

NUMBER = builders.NHS_NUMBER
PATH = "Patient/anna/$summary"
NOW = datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def anna(integration: System) -> System:
    with time_machine.travel(NOW, tick=False):
        integration.register()
        integration.put("Observation/wish", builders.place_of_death(id="wish", effectiveDateTime="2026-01-05"))
    return integration


def head(system: System, path: str, **headers: str) -> Any:
    return system.http.head(f"/fhir/R4/{path}", headers=system.headers(**headers))


def without_the_moment(document: dict[str, Any]) -> dict[str, Any]:
    """A document but for what differs each time it is made: its id, and when it was made."""
    composition = document["entry"][0]["resource"]
    rest = [entry["resource"] for entry in document["entry"][1:]]
    return {"section": composition["section"], "subject": composition["subject"], "rest": rest}


def test_the_summary_of_a_patient_is_that_of_the_nhs_number(anna: System) -> None:
    by_number, by_id = anna.summary(NUMBER), anna.get(PATH)
    assert by_id.status_code == 200
    assert without_the_moment(by_id.json()) == without_the_moment(by_number.json())
    assert by_id.headers["ETag"] == by_number.headers["ETag"]
    by_post = anna.post(PATH, {"resourceType": "Parameters"})
    assert by_post.headers["ETag"] == by_id.headers["ETag"]


def test_last_modified_is_when_the_newest_line_was_written(anna: System) -> None:
    assert anna.get(PATH).headers["Last-Modified"] == "Sat, 10 Jan 2026 09:00:00 GMT"


def test_whoever_holds_the_copy_is_told_that_it_is_current(anna: System) -> None:
    tag = anna.get(PATH).headers["ETag"]
    for answer in (anna.get(PATH, If_None_Match=tag), head(anna, PATH, If_None_Match=tag)):
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    identifier = {"name": "identifier", "valueString": NUMBER}
    by_number = {"resourceType": "Parameters", "parameter": [identifier]}
    assert anna.post("Patient/$summary", by_number, **{"If-None-Match": f'"other", {tag}'}).status_code == 304
    assert anna.get(PATH, If_None_Match='W/"other"').status_code == 200


def test_head_gives_the_tag_without_the_document(anna: System) -> None:
    answer = head(anna, PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == anna.get(PATH).headers["ETag"]
    assert answer.headers["Last-Modified"]
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        builders.place_of_death("30", id="wish", effectiveDateTime="2026-01-05"),
        builders.cpr_decision(id="new", effectiveDateTime="2026-01-06"),
        builders.patient(id="anna", gender="female"),
    ],
)
def test_the_tag_changes_with_any_line(anna: System, change: dict[str, Any]) -> None:
    before = anna.get(PATH).headers["ETag"]
    anna.put(f"{change['resourceType']}/{change['id']}", change)
    assert anna.get(PATH, If_None_Match=before).status_code == 200
    assert head(anna, PATH).headers["ETag"] != before


def test_the_tag_changes_when_a_line_is_taken_away(anna: System) -> None:
    before = anna.get(PATH).headers["ETag"]
    anna.delete("Observation/wish")
    assert anna.get(PATH).headers["ETag"] != before


def test_the_tag_changes_on_the_day_on_which_a_line_becomes_overdue(
    anna: System, http: TestClient, database: Database
) -> None:
    tags = {}
    for day in (
        datetime(2026, 4, 3, 9, tzinfo=UTC),
        datetime(2026, 4, 4, 9, tzinfo=UTC),
        datetime(2026, 4, 5, 9, tzinfo=UTC),
    ):
        with time_machine.travel(day, tick=False):
            tags[day.day] = connect(http, database, "integration").get(PATH).headers["ETag"]
    assert tags[3] == tags[4] != tags[5]


def test_never_registered_hidden_and_absent_are_one_identical_answer(anna: System, hospital: System) -> None:
    anna.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    anna.created(builders.sharing("deny", dateTime="2026-01-01T10:00:00Z"))
    answers = [hospital.get(f"Patient/{name}/$summary") for name in ("anna", "bert", "nobody")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].content == answers[1].content == answers[2].content
    assert [head(hospital, f"Patient/{name}/$summary").status_code for name in ("anna", "bert", "nobody")] == [404] * 3


def test_a_token_that_may_not_read_all_of_it_gets_nothing_of_it(
    anna: System, http: TestClient, database: Database
) -> None:
    narrow = connect(http, database, "integration", scope="system/Patient.r")
    assert narrow.get(PATH).status_code == 403
    assert head(narrow, PATH).status_code == 403


def test_a_currency_check_is_audited_as_one(anna: System, database: Database) -> None:
    tag = anna.get(PATH).headers["ETag"]
    anna.get(PATH, If_None_Match=tag)
    head(anna, PATH)
    with database.reading() as session:
        asked = select(AuditEvent).where(AuditEvent.action == "currency check")
        held, told = session.exec(asked.order_by("pk")).all()
    assert [event.outcome for event in (held, told)] == [304, 200]
    assert held.resource_id == told.resource_id == "anna"
    assert held.person_pk is not None


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (
            "Patient/$summary",
            [{"name": "identifier", "valueString": NUMBER}, {"name": "colour", "valueString": "blue"}],
        ),
        (PATH, [{"name": "colour", "valueString": "blue"}]),
        (PATH, [{"name": "identifier", "valueString": NUMBER}]),
    ],
)
def test_what_it_does_not_take_is_refused_by_name(anna: System, path: str, parameters: list[Any]) -> None:
    answer = anna.post(path, {"resourceType": "Parameters", "parameter": parameters})
    assert answer.status_code == 400
    issue = answer.json()["issue"][0]
    assert issue["code"] == "not-supported"
    assert parameters[-1]["name"] in issue["details"]["text"]
    assert anna.get(f"{PATH}?colour=blue").status_code == 400


def test_a_summary_in_another_profile_is_refused(anna: System) -> None:
    assert anna.get(f"{PATH}?profile=http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips").status_code == 422
