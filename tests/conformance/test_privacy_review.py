"""What privacy officers look at and what they find of it, and who is told who looked at a record."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import codes
from tests import builders, tables
from tests.answers import entries, link, pages
from tests.systems import System, connect

NUMBER = builders.NHS_NUMBER
READS = "system/*.rs"


@pytest.fixture
def anna(integration: System) -> System:
    """Anna of the practice Y99001 and Bert of Y99002, who said nothing of sharing."""
    integration.keep(*builders.people_of_two_practices(), builders.place_of_death(id="wish"))
    return integration


@pytest.fixture
def officer(http: TestClient, database: Database, anna: System) -> System:
    """The privacy officer of Anna's practice."""
    return connect(http, database, "privacy-officer", organisation="Y99001", scope=READS, user="p.officer")


@pytest.fixture
def hospitals_officer(http: TestClient, database: Database, anna: System) -> System:
    return connect(http, database, "privacy-officer", organisation="RX9", scope=READS, user="h.officer")


@pytest.fixture
def nurse(http: TestClient, database: Database, anna: System) -> System:
    """Somebody at a keyboard of the hospital RX9, for treatment."""
    return connect(http, database, "hospital", organisation="RX9", user="n.nurse", purpose="TREAT")


def queue(system: System, asked: str = "") -> list[dict[str, Any]]:
    answer = system.get(f"AuditEvent/$review-queue{asked}")
    assert answer.status_code == 200, answer.text
    found = [one["part"] for one in answer.json().get("parameter", [])]
    return [{part["name"]: next(part[key] for key in part if key != "name") for part in parts} for parts in found]


def said(outcome: Any, **more: Any) -> dict[str, Any]:
    parts = [{"name": "outcome", "valueCode": outcome}]
    parts += [{"name": name, "valueString": value} for name, value in more.items()]
    return {"resourceType": "Parameters", "parameter": parts}


def review(system: System, entry: dict[str, Any], outcome: Any = "justified", **more: Any) -> Any:
    return system.post(f"{entry['event']['reference']}/$review", said(outcome, **more))


def break_glass(system: System, number: str = NUMBER) -> Any:
    parts = [
        {"name": "identifier", "valueString": number},
        {"name": "reason", "valueCoding": {"system": codes.ACT_REASON, "code": "ETREAT"}},
        {"name": "text", "valueString": "Found unconscious"},
    ]
    return system.post("Patient/$break-glass", {"resourceType": "Parameters", "parameter": parts})


def test_a_claim_is_one_entry_a_day_however_often_the_record_was_read(nurse: System, officer: System) -> None:
    nurse.get("Patient/anna")
    nurse.get("Observation/wish")
    nurse.get("Observation?patient=anna")
    [entry] = queue(officer)
    assert entry["patient"] == {"reference": "Patient/anna"}
    assert (entry["organisation"]["value"], entry["user"], entry["role"]["code"]) == ("RX9", "n.nurse", "hospital")
    assert (entry["purpose"]["code"], entry["count"]) == ("TREAT", 3)
    assert entry["basis"].endswith("/claimed")
    assert officer.get(entry["event"]["reference"]).status_code == 200


def test_who_looks_after_somebody_and_systems_are_in_no_queue(
    practice: System, integration: System, officer: System
) -> None:
    practice.get("Patient/anna")
    integration.get("Patient/anna")
    assert queue(officer) == []


def test_an_entry_is_shown_to_both_organisations_and_to_no_third(
    http: TestClient, database: Database, nurse: System, officer: System, hospitals_officer: System
) -> None:
    nurse.get("Patient/anna")
    nurse.get("Patient/bert")
    assert [one["patient"]["reference"] for one in queue(officer)] == ["Patient/anna"]
    assert [one["patient"]["reference"] for one in queue(hospitals_officer)] == ["Patient/anna", "Patient/bert"]
    third = connect(http, database, "privacy-officer", organisation="Y99007", scope=READS, user="t.officer")
    assert queue(third) == []


def test_broken_glass_comes_first_with_its_reason_and_its_words(anna: System, nurse: System, officer: System) -> None:
    nurse.get("Patient/anna")
    anna.keep(builders.sharing("deny", id="no"))
    assert break_glass(nurse).status_code == 200
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    assert entry["basis"].endswith("/break-glass")
    assert (entry["reason"]["code"], entry["text"], entry["count"]) == ("ETREAT", "Found unconscious", 3)


def test_the_words_are_told_where_the_day_began_with_breaking_the_glass(
    anna: System, nurse: System, officer: System
) -> None:
    anna.keep(builders.sharing("deny", id="no"))
    assert break_glass(nurse).status_code == 200
    [entry] = queue(officer)
    assert (entry["text"], entry["count"]) == ("Found unconscious", 1)


def test_a_number_that_nobody_has_is_in_the_queue_of_the_users_organisation(
    nurse: System, officer: System, hospitals_officer: System
) -> None:
    nurse.get("Patient/bert")
    assert break_glass(nurse, builders.a_number(77)).status_code == 404
    first, second = queue(hospitals_officer)
    assert "patient" not in first
    assert first["basis"].endswith("/break-glass")
    assert second["patient"] == {"reference": "Patient/bert"}
    assert queue(officer) == []
    assert review(hospitals_officer, first).status_code == 200
    assert queue(hospitals_officer) == [second]


@pytest.mark.parametrize("outcome", ["justified", "unjustified"])
def test_what_was_reviewed_is_done_with_until_the_user_looks_again(
    nurse: System, officer: System, hospitals_officer: System, outcome: str
) -> None:
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    answer = review(officer, entry, outcome, text="Asked the ward")
    assert (answer.status_code, answer.json()["parameter"][0]["valueCode"]) == (200, outcome)
    assert queue(officer) == []
    assert len(queue(hospitals_officer)) == 1
    nurse.get("Patient/anna")
    assert [one["count"] for one in queue(officer)] == [1]


def test_what_is_to_be_investigated_stays(nurse: System, officer: System) -> None:
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    assert review(officer, entry, "to-investigate").status_code == 200
    [entry] = queue(officer)
    assert entry["outcome"] == "to-investigate"
    assert review(officer, entry, "unjustified").status_code == 200
    assert queue(officer) == []


def test_a_review_and_a_look_at_the_queue_are_audited(nurse: System, officer: System, database: Database) -> None:
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    review(officer, entry)
    listed, said_ = tables.audit(database)[-2:]
    assert (listed.action, listed.user_id) == ("review-queue", "p.officer")
    assert (said_.action, said_.query) == ("review", "outcome=justified")
    assert f"AuditEvent/{said_.resource_id}" == entry["event"]["reference"]


def test_the_queue_can_be_cut_and_begun_at_a_day(nurse: System, hospitals_officer: System) -> None:
    nurse.get("Patient/anna")
    nurse.get("Patient/bert")
    assert len(queue(hospitals_officer, "?_count=1")) == 1
    assert queue(hospitals_officer, "?since=2100-01-01") == []
    assert hospitals_officer.get("AuditEvent/$review-queue?since=yesterday").status_code == 400
    assert hospitals_officer.get("AuditEvent/$review-queue?colour=red").status_code == 400


def test_only_a_privacy_officer_at_a_keyboard_reviews(
    http: TestClient, database: Database, nurse: System, practice: System, officer: System
) -> None:
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    system = connect(http, database, "integration", scope=READS)
    nobody = connect(http, database, "privacy-officer", organisation="Y99001", scope=READS)
    third = connect(http, database, "privacy-officer", organisation="Y99007", scope=READS, user="t.officer")
    assert [review(other, entry).status_code for other in (nurse, practice, system, nobody, third)] == [
        403, 403, 403, 403, 404,
    ]  # fmt: skip
    assert [other.get("AuditEvent/$review-queue").status_code for other in (nurse, practice)] == [403, 403]
    assert queue(officer) == [entry]


def test_what_cannot_be_reviewed_or_understood_is_refused(nurse: System, practice: System, officer: System) -> None:
    nurse.get("Patient/anna")
    [entry] = queue(officer)
    assert review(officer, entry, "fine").status_code == 422
    assert review(officer, entry, ["justified"]).status_code == 422
    assert review(officer, entry, text="x" * 3000).status_code == 422
    assert review(officer, entry, colour="red").status_code == 400
    practice.get("Patient/anna")
    own = entries(officer.get("AuditEvent?agent:identifier=Y99001&action=R&_count=1"))[0]["resource"]
    assert officer.post(f"AuditEvent/{own['id']}/$review", said("justified")).status_code == 422
    assert officer.post("AuditEvent/none-1/$review", said("justified")).status_code == 404


def looked(system: System) -> list[dict[str, Any]]:
    return [one["resource"] for one in entries(system.get("Patient/anna/$who-looked"))]


def test_the_person_is_told_the_organisation_and_role_when_why_and_how_but_not_who(
    http: TestClient, database: Database, nurse: System
) -> None:
    nurse.get("Observation/wish")
    herself = connect(http, database, "patient", user="opaque", patient=NUMBER)
    event = looked(herself)[0]
    asking, organisation = event["agent"][:2]
    assert organisation["who"]["identifier"]["value"] == "RX9"
    assert asking["role"][0]["coding"][0]["code"] == "hospital"
    assert asking["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert asking["policy"][0].endswith("/claimed")
    assert event["subtype"][-1]["code"] == "read"
    assert "n.nurse" not in str(looked(herself))
    assert herself.get("Patient/bert/$who-looked").status_code == 404


def test_who_looks_after_the_person_and_the_officer_are_told_too(
    nurse: System, practice: System, officer: System, hospitals_officer: System
) -> None:
    nurse.get("Patient/anna")
    assert "RX9" in str(looked(practice))
    assert "n.nurse" not in str(looked(practice))
    assert "n.nurse" in str(looked(officer))
    assert hospitals_officer.get("Patient/anna/$who-looked").status_code == 404


def test_who_only_claims_to_care_is_not_told(http: TestClient, database: Database, nurse: System) -> None:
    assert nurse.get("Patient/anna/$who-looked").status_code == 403
    leader = connect(http, database, "quality-lead", organisation="Y99001")
    assert leader.get("Patient/anna/$who-looked").status_code == 403


def test_a_hidden_person_is_one_answer_with_an_absent_one(nurse: System, anna: System) -> None:
    anna.keep(builders.sharing("deny", id="no"))
    hidden, absent = nurse.get("Patient/anna/$who-looked"), nurse.get("Patient/nobody/$who-looked")
    assert (hidden.status_code, hidden.json()["issue"]) == (404, absent.json()["issue"])


def test_asking_who_looked_is_looking(practice: System, officer: System, database: Database) -> None:
    looked(practice)
    row = tables.audit(database)[-1]
    assert (row.action, row.resource_id, row.basis) == ("who-looked", "anna", "looked-after")
    assert row.person_pk is not None
    assert looked(officer)[0]["subtype"][-1]["code"] == "who-looked"


def test_it_comes_in_pages(anna: System, practice: System) -> None:
    for _ in range(4):
        practice.get("Patient/anna")
    first = practice.get("Patient/anna/$who-looked?_count=3")
    assert link(first, "next")
    told = [one["resource"]["id"] for page in pages(practice, first) for one in entries(page)]
    assert len(told) == len(set(told)) >= 5


def test_nobody_reviews_what_they_did_themselves(
    http: TestClient, database: Database, hospitals_officer: System, anna: System
) -> None:
    """Who is an officer may also care for people, under the same name."""
    nursing = connect(http, database, "hospital", organisation="RX9", user="h.officer", purpose="TREAT")
    nursing.get("Patient/anna")
    (entry,) = queue(hospitals_officer)
    assert review(hospitals_officer, entry).status_code == 403
    another = connect(http, database, "privacy-officer", organisation="RX9", scope=READS, user="o.officer")
    assert review(another, entry).status_code == 200
