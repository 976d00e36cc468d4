"""The trail of who looked is read by few, and written by nobody who could gain from it."""

from typing import Any

import pytest

from tests.builders import Body
from tests.bundles import request, transaction
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG, VIOLA
from tests.systems import System

SCOPE = "system/*.cruds"


def officer(world: World, organisation: str) -> System:
    hidden = () if organisation == HEDWIG.practice else HEDWIG.telling
    return world.connect(
        "privacy-officer", hidden=hidden, organisation=organisation, user="po-1", role="privacy-officer",
        purpose="HCOMPL", scope=SCOPE,
    )  # fmt: skip


def events(answer: Any) -> list[Body]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


@pytest.mark.parametrize("role", ["gp", "hospital", "ambulance", "quality-lead", "care-home"])
@pytest.mark.parametrize("url", ["AuditEvent", "AuditEvent/1", "AuditEvent?patient=hw-7f3", "AuditEvent/$review-queue"])
def test_nobody_else_reads_the_trail(world: World, role: str, url: str) -> None:
    system = world.connect(role, organisation="Y99001", user="dr-1", role=role, purpose="TREAT", scope=SCOPE)
    assert system.get(url).status_code == 403


def test_an_officer_sees_what_concerns_the_organisation_and_no_more(world: World) -> None:
    """Neither what others asked about people whom others look after, nor that they did."""
    here = officer(world, "Y99001")
    before = {event["id"] for event in events(here.get("AuditEvent?_count=1000"))}
    world.hospital.get(HEDWIG.patient)
    world.integration.get(HEDWIG.patient)
    told = [event for event in events(here.get("AuditEvent?_count=1000")) if event["id"] not in before]
    assert before
    assert HEDWIG.id not in str(told)
    hidden = here.get(f"AuditEvent?patient={HEDWIG.id}")
    absent = here.get("AuditEvent?patient=hw-8f4")
    assert events(hidden) == events(absent) == []
    assert hidden.json().get("total") == absent.json().get("total")
    theirs = officer(world, HEDWIG.practice)
    assert events(theirs.get(f"AuditEvent?patient={HEDWIG.id}"))


@pytest.mark.parametrize("operation", ["$who-looked", "$subject-access"])
def test_who_looked_at_somebody_hidden_is_hidden_too(world: World, operation: str) -> None:
    systems = [officer(world, "Y99001"), *world.attackers]
    for system in systems:
        answers = [system.get(f"Patient/{one}/{operation}") for one in (HEDWIG.id, "hw-8f4")]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (403, 404)
        assert answers[0].content == answers[1].content
    for system in (world.hospital, officer(world, "RX9")):
        assert system.get(f"Patient/{VIOLA.id}/{operation}").status_code in (403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_the_trail(world: World, method: str) -> None:
    """Not even who may read it: AuditEvents are made of what happens."""
    body = {"resourceType": "AuditEvent", "id": "1", "type": {"code": "rest"}, "recorded": "2026-01-01T00:00:00Z"}
    before = len(world.audited())
    for system in (officer(world, "Y99001"), world.integration):
        for url in ("AuditEvent", "AuditEvent/1"):
            answer = system.send(method, url, body)
            assert 400 <= answer.status_code < 500
        assert 400 <= system.post("", transaction(request("PUT", "AuditEvent/1", body))).status_code < 500
    assert len(world.audited()) > before, "What was tried is on record itself"


def test_a_review_of_what_is_hidden_is_refused_as_of_nothing(world: World) -> None:
    here = officer(world, "Y99001")
    world.hospital.get(VIOLA.patient)
    theirs = [row.pk for row in world.audited() if row.organisation == "RX9" and row.person_pk]
    said = {
        "resourceType": "Parameters",
        "parameter": [{"name": "outcome", "valueCode": "justified"}, {"name": "text", "valueString": "Seen"}],
    }
    answers = [here.post(f"AuditEvent/{one}/$review", said) for one in (theirs[-1], 999_999_999)]
    assert answers[0].status_code == answers[1].status_code
    assert 400 <= answers[0].status_code < 500
    assert answers[0].content == answers[1].content


def test_reading_the_trail_is_on_record(world: World) -> None:
    here = officer(world, "Y99001")
    after = world.audited()[-1].pk
    here.get(f"AuditEvent?patient={ANNA.id}")
    assert [row for row in world.audited(after=after) if row.user_id == "po-1"]
