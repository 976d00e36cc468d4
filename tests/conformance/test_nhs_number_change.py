"""An NHS number that was superseded still finds the person; one that never was theirs does not."""

import json
from typing import Any

import pytest

from tests import builders
from tests.systems import System

NEW, OLD = builders.a_number(1), builders.NHS_NUMBER
REASON = "https://heartsease.example/fhir/CodeSystem/deletion-reason"


def told(reason: str) -> str:
    agent = {"who": {"display": "Dr Alex Brook"}}
    sent = {
        "resourceType": "Provenance",
        "recorded": "2026-01-10T09:00:00Z",
        "reason": [{"coding": [{"system": REASON, "code": reason}]}],
        "agent": [agent],
    }
    return json.dumps(sent)


def changed(*older: str) -> dict[str, Any]:
    old = [{**builders.verified_number(number), "use": "old"} for number in older]
    return builders.patient(id="anna", identifier=[builders.verified_number(NEW), *old])


@pytest.fixture
def anna(integration: System) -> System:
    integration.register()
    return integration


def test_the_number_before_still_finds_the_summary(anna: System) -> None:
    assert anna.put("Patient/anna", changed(OLD)).status_code == 200
    assert anna.summary(NEW).json()["entry"][1:] == anna.summary(OLD).json()["entry"][1:]


def test_a_number_is_not_lost_in_silence(anna: System) -> None:
    answer = anna.put("Patient/anna", changed())
    assert answer.status_code == 422
    assert "use old" in answer.text
    assert anna.summary(OLD).status_code == 200


def test_a_number_that_never_was_theirs_is_left_out_with_that_reason(anna: System) -> None:
    answer = anna.put("Patient/anna", changed(), X_Provenance=told("wrong-person"))
    assert answer.status_code == 200, answer.text
    assert anna.summary(OLD).status_code == 404
    assert anna.post("Patient", builders.patient(OLD)).status_code == 201


def test_a_number_that_was_superseded_is_given_to_nobody_else(anna: System) -> None:
    anna.put("Patient/anna", changed(OLD))
    assert anna.post("Patient", builders.patient(OLD)).status_code == 409


def test_an_update_that_leaves_a_superseded_number_out_keeps_it(anna: System) -> None:
    anna.put("Patient/anna", changed(OLD))
    anna.put("Patient/anna", changed())
    assert anna.summary(OLD).status_code == 200


def test_who_has_a_number_now_goes_before_who_had_it(integration: System) -> None:
    integration.register(builders.patient(id="anna"))
    bert = [builders.verified_number(NEW), {**builders.verified_number(OLD), "use": "old"}]
    integration.register(builders.patient(id="bert", identifier=bert))
    assert "Patient/bert" not in integration.summary(OLD).text
