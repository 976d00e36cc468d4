"""A crew at the door asks once and is answered: also of somebody who was never asked whether to share."""

import pytest
from starlette.testclient import TestClient

from service import app
from service.config import Settings
from service.db import Database
from tests import builders, tables
from tests.systems import READ, System, connect

NUMBER = builders.NHS_NUMBER
REFUSED = builders.sharing("deny", patient=builders.reference("Patient/anna"), dateTime="2026-01-01T10:00:00Z")


@pytest.fixture
def anna(integration: System) -> None:
    """On the register, without a word of sharing either way."""
    integration.register()
    integration.keep(builders.place_of_death("21", id="wish", subject=builders.reference("Patient/anna")))
    assert integration.delete("Consent/anna-sharing").status_code == 204


@pytest.mark.parametrize("user", ["", "paramedic-7"])
def test_a_crew_gets_the_plan_in_one_call(http: TestClient, database: Database, anna: None, user: str) -> None:
    crew = connect(http, database, "ambulance", organisation="RYA", scope=READ, user=user)
    answer = crew.summary(NUMBER)
    assert answer.status_code == 200, answer.text
    assert "Preferred place of death" in answer.text
    [looked] = [event for event in tables.audit(database) if event.action == "summary"]
    told = (looked.organisation, looked.role, looked.purpose, looked.user_id)
    assert told == ("RYA", "ambulance", "TREAT", user)


@pytest.mark.parametrize(
    ("kind", "purpose", "status"),
    [("ambulance", "TREAT", 200), ("hospital", "TREAT", 404), ("hospital", "ETREAT", 200), ("hospital", "BTG", 404)],
)
def test_where_sharing_has_to_be_permitted_an_emergency_does_not_wait_for_it(
    settings: Settings, database: Database, anna: None, kind: str, purpose: str, status: int
) -> None:
    explicit = settings.model_copy(update={"sharing_basis": "explicit-consent"})
    with TestClient(app.create(explicit, database), base_url="http://127.0.0.1:8000") as http:
        asker = connect(http, database, kind, organisation="RYA", scope=READ, purpose=purpose)
        assert asker.summary(NUMBER).status_code == status


def test_a_refusal_to_share_holds_for_an_ambulance_too(
    http: TestClient, database: Database, integration: System, anna: None
) -> None:
    integration.created(REFUSED)
    assert connect(http, database, "ambulance", organisation="RYA", scope=READ).summary(NUMBER).status_code == 404


def test_without_a_purpose_an_ambulance_sees_nobody(http: TestClient, database: Database, anna: None) -> None:
    crew = connect(http, database, "ambulance", organisation="RYA", scope=READ, purpose="")
    assert crew.summary(NUMBER).status_code == 404
