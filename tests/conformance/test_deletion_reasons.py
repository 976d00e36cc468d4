"""A deletion says why; what was deleted as another person's is read by who looks into it, and by nobody else."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, tables
from tests.answers import entries
from tests.conformance.test_nhs_number_change import told
from tests.systems import System, connect

HOMES = {"generalPractitioner": builders.at_practice("Y99001")}


@pytest.fixture
def anna(integration: System) -> System:
    integration.keep(builders.patient(id="anna", **HOMES), builders.advance_decision(id="no"))
    return integration


def deleted(system: System, reference: str, reason: str) -> Any:
    answer = system.delete(reference, X_Provenance=told(reason))
    assert answer.status_code == 204, answer.text
    return answer


@pytest.mark.parametrize("reason", ["void", "wrong-person", "changed-mind"])
def test_the_reason_is_told_in_the_history_the_provenance_and_the_audit(
    anna: System, database: Database, reason: str
) -> None:
    deleted(anna, "Consent/no", reason)
    [first, *_] = entries(anna.get("Consent/no/_history"))
    [issue] = first["response"]["outcome"]["issue"]
    assert issue["details"]["coding"][0]["code"] == reason
    [provenance] = [one for one in entries(anna.get("Provenance?target=Consent/no")) if reason in str(one)]
    assert provenance["resource"]["reason"][0]["coding"][0]["code"] == reason
    assert reasons(database) == [reason]


def reasons(database: Database) -> list[str]:
    rows = [row for row in tables.audit(database) if row.action == "delete"]
    return [row.reason for row in rows if row.resource_type == "Consent"]


def test_the_flag_that_followed_from_another_persons_is_hidden_with_it(anna: System, practice: System) -> None:
    [flag] = [one["resource"]["id"] for one in entries(practice.get("Flag?patient=anna"))]
    deleted(anna, "Consent/no", "wrong-person")
    assert practice.get(f"Flag/{flag}/_history/1").status_code == 404


@pytest.mark.parametrize("reason", ["void", "changed-mind"])
def test_what_was_right_or_void_stays_readable(anna: System, practice: System, reason: str) -> None:
    deleted(anna, "Consent/no", reason)
    assert practice.get("Consent/no/_history/1").status_code == 200


def test_what_was_another_persons_is_hidden_and_not_counted(
    anna: System, practice: System, http: TestClient, database: Database
) -> None:
    deleted(anna, "Consent/no", "wrong-person")
    hidden, absent = practice.get("Consent/no/_history/1"), practice.get("Consent/none/_history/1")
    assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json()) == (404, absent.json())
    history = practice.get("Consent/no/_history")
    assert (len(entries(history)), history.json()["total"]) == (1, 1)
    assert [one for one in entries(practice.get("Consent/_history")) if "resource" in one] == []
    officer = connect(http, database, "privacy-officer", organisation="Y99001")
    for looking_into_it in (officer, anna):
        assert looking_into_it.get("Consent/no/_history/1").status_code == 200
        assert looking_into_it.get("Consent/no/_history").json()["total"] == 2


def test_it_stays_hidden_once_the_id_is_written_anew(anna: System, practice: System) -> None:
    deleted(anna, "Consent/no", "wrong-person")
    anna.put("Consent/no", builders.advance_decision(id="no"))
    assert practice.get("Consent/no/_history/1").status_code == 404
    assert practice.get("Consent/no/_history/3").status_code == 200
    assert practice.get("Consent/no/_history").json()["total"] == 2


def test_a_reason_of_ours_that_is_none_is_refused(anna: System) -> None:
    assert anna.delete("Consent/no", X_Provenance=told("no-reason")).status_code == 400
    assert anna.get("Consent/no").status_code == 200


def test_a_deletion_without_a_reason_says_none(anna: System, database: Database) -> None:
    anna.delete("Consent/no")
    assert "outcome" not in entries(anna.get("Consent/no/_history"))[0]["response"]
    assert reasons(database) == [""]
