"""Breaking the glass: who may, for what reasons, what it opens and for how long, and who is told."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api.operations import break_glass
from service.db import Database
from service.register import codes
from tests import builders, bundles, tables
from tests.systems import System, connect

NUMBER = builders.NHS_NUMBER
NOBODYS = builders.a_number(77)
NHS = "https://fhir.nhs.uk/Id/nhs-number"


@pytest.fixture
def anna(integration: System) -> System:
    """Anna, who is on the register, and refused that her record be shared; it was asked of nobody else."""
    integration.register(builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001")))
    integration.keep(builders.sharing("deny", id="no"), builders.place_of_death(id="wish"))
    return integration


@pytest.fixture
def nurse(http: TestClient, database: Database, anna: System) -> System:
    """Somebody at a keyboard of the hospital RX9, for treatment."""
    return connect(http, database, "hospital", organisation="RX9", user="n.nurse", purpose="TREAT")


def asked(number: str = NUMBER, *, reason: Any = "ETREAT", text: Any = "Found unconscious", **more: Any) -> Any:
    coding = {"system": codes.ACT_REASON, "code": reason} if isinstance(reason, str) else reason
    parts = [
        {"name": "identifier", "valueIdentifier": {"system": NHS, "value": number}},
        {"name": "reason", "valueCoding": coding},
        {"name": "text", "valueString": text},
        *({"name": name, "valueString": value} for name, value in more.items()),
    ]
    kept = [part for part in parts if list(part.values())[1] is not None]
    return {"resourceType": "Parameters", "parameter": kept}


def broken(system: System, *arguments: Any, **named: Any) -> Any:
    return system.post("Patient/$break-glass", asked(*arguments, **named))


def test_it_opens_the_record_to_whoever_broke_it(nurse: System, http: TestClient, database: Database) -> None:
    assert nurse.summary(NUMBER).status_code == 404
    answer = broken(nurse)
    assert answer.status_code == 200, answer.text
    given = {part["name"]: part for part in answer.json()["parameter"]}
    assert given["patient"]["valueReference"] == {"reference": "Patient/anna"}
    assert "until" in given
    assert nurse.get("Patient/anna").status_code == 200
    assert nurse.summary(NUMBER).status_code == 200
    colleague = connect(http, database, "hospital", organisation="RX9", user="another", purpose="TREAT")
    assert colleague.get("Patient/anna").status_code == 404


def test_it_closes_again(nurse: System, monkeypatch: pytest.MonkeyPatch, http: TestClient, database: Database) -> None:
    from service import clock

    assert broken(nurse).status_code == 200
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = connect(http, database, "hospital", organisation="RX9", user="n.nurse", purpose="TREAT")
    assert again.get("Patient/anna").status_code == 404


def test_each_opening_is_in_the_audit_with_its_reason_and_in_the_log_by_ids(
    nurse: System, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(nurse, text="Found unconscious by her door")
    row = tables.audit(database)[-1]
    assert (row.action, row.outcome, row.reason, row.basis) == ("break-glass", 200, "ETREAT", "break-glass")
    assert (row.user_id, row.role, row.organisation) == ("n.nurse", "hospital", "RX9")
    assert row.person_pk is not None
    logged = capsys.readouterr().err
    assert "break-glass" in logged
    assert '"level": "warning"' in logged
    for told in (NUMBER, "unconscious", "anna", "n.nurse"):
        assert told not in logged + repr(row)[: repr(row).find("n.nurse")]


def test_what_is_read_through_it_says_so_in_the_audit(nurse: System, database: Database) -> None:
    broken(nurse)
    nurse.get("Observation/wish")
    assert tables.audit(database)[-1].basis == "break-glass"


def test_a_number_that_nobody_has_is_answered_as_by_the_summary_and_is_recorded_and_told(
    nurse: System, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, summary = broken(nurse, NOBODYS), nurse.summary(NOBODYS)
    assert (answer.status_code, answer.json()["issue"]) == (404, summary.json()["issue"])
    [row] = [one for one in tables.audit(database) if one.action == "break-glass"]
    assert (row.outcome, row.person_pk, row.reason, row.basis) == (404, None, "ETREAT", "break-glass")
    assert "break-glass" in capsys.readouterr().err
    assert NOBODYS not in repr(tables.audit(database))


def test_a_record_that_is_open_anyway_is_not_broken_into(
    http: TestClient, database: Database, anna: System, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor = connect(http, database, "practice", organisation="Y99001", user="d.doctor", purpose="TREAT")
    answer = broken(doctor)
    assert [part["name"] for part in answer.json()["parameter"]] == ["patient"]
    assert tables.audit(database)[-1].basis == "looked-after"
    assert tables.rows(database, ["break_glass"]) == {"break_glass": []}
    assert "break-glass" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("hospital", {"purpose": "TREAT"}),
        ("hospital", {"purpose": "HQUALIMP", "user": "somebody"}),
        ("privacy-officer", {"user": "somebody"}),
        ("quality-lead", {"user": "somebody"}),
        ("system", {}),
    ],
)
def test_nobody_else_may_and_is_told_so_before_anything_is_looked_at(
    http: TestClient, database: Database, anna: System, kind: str, given: dict[str, str]
) -> None:
    other = connect(http, database, kind, organisation="RX9", **given)
    answers = [broken(other), broken(other, NOBODYS), other.post("Patient/$break-glass", {"resourceType": "Nothing"})]
    assert {answer.status_code for answer in answers} == {403}
    assert len({str(answer.json()["issue"]) for answer in answers}) == 1
    assert tables.rows(database, ["break_glass"]) == {"break_glass": []}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reason": "TREAT"}, 422),
        ({"reason": {"code": "ETREAT"}}, 422),
        ({"reason": {"system": codes.ACT_REASON, "code": ["ETREAT"]}}, 422),
        ({"reason": None}, 422),
        ({"reason": "x" * 70_000}, 422),
        ({"text": ""}, 422),
        ({"text": "  "}, 422),
        ({"text": None}, 422),
        ({"text": "x" * 2_001}, 422),
        ({"text": "\0"}, 400),
        ({"text": ["a"]}, 422),
        ({"colour": "red"}, 400),
    ],
)
def test_what_is_missing_or_wrong_is_refused_and_opens_nothing(
    nurse: System, database: Database, changes: dict[str, Any], status: int
) -> None:
    assert broken(nurse, **changes).status_code == status
    assert tables.rows(database, ["break_glass"]) == {"break_glass": []}


@pytest.mark.parametrize("number", ["123", "9990000019", 9990000018, {}])
def test_what_is_no_number_is_refused(nurse: System, number: Any) -> None:
    assert broken(nurse, number).status_code == 422


def test_the_reasons_are_those_that_are_documented() -> None:
    assert all(reason in break_glass.PARAMETERS[1].documentation for reason in break_glass.REASONS)


def test_a_number_that_was_superseded_opens_the_record_too(anna: System, nurse: System) -> None:
    before = {**builders.verified_number(NUMBER), "use": "old"}
    now = builders.patient(builders.a_number(55), id="anna", generalPractitioner=builders.at_practice("Y99001"))
    now["identifier"] = [*now["identifier"], before]
    answer = anna.put("Patient/anna", now)
    assert answer.status_code == 200, answer.text
    assert broken(nurse).status_code == 200
    assert nurse.summary(NUMBER).status_code == 200


def test_it_is_broken_for_one_person_at_a_time(nurse: System) -> None:
    entry = bundles.request("POST", "Patient/$break-glass", asked())
    answer = nurse.post("", {**bundles.transaction(entry), "type": "batch"})
    assert answer.json()["entry"][0]["response"]["status"].startswith("400")
    assert nurse.summary(NUMBER).status_code == 404
