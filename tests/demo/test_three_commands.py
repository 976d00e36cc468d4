"""What the printed commands send, sent: to the application, with the tokens of the demo clients, on both databases."""

import json

import pytest
from starlette.testclient import TestClient

from service import app, clock
from service.access import demo_clients
from service.config import Settings
from service.demo import commands, load, requests, story
from service.demo.area import END, Scale

TINY = Scale(practices=3, people=9_000, on_register=16, deaths_a_year=100, in_full=3)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@pytest.fixture
def told():
    return story.told(TINY)


@pytest.fixture
def send(database, settings, told):
    """Sends what a command sends: the path after the base address, the client, and the body if there is one."""
    load.load(database, told)
    practice = story.demo_practice(told.people).code
    with database.transaction() as session:
        demo_clients.create(session, settings.home, practice=practice, at=clock.now(), by=load.LOADER)
    with TestClient(app.create(settings, database)) as http:
        yield lambda path, client, body=None: _send(http, path, _token(database, settings, client), body)


def _token(database, settings, client):
    with database.transaction() as session:
        return demo_clients.demo_token(session, settings, client, at=clock.now()).token


def _send(http, path, token, body):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    method = "POST" if body else "GET"
    return http.request(method, f"/fhir/R4{path}", headers=headers, content=json.dumps(body) if body else None)


def test_a_practice_registers_the_newcomer_and_the_same_again_makes_nothing_new(send, told):
    bundle = requests.registration(told)

    first, second = send("", "gp-demo", bundle), send("", "gp-demo", bundle)

    assert {entry["response"]["status"][:3] for entry in first.json()["entry"]} == {"201"}
    assert {entry["response"]["status"][:3] for entry in second.json()["entry"]} == {"200"}


def test_a_hospital_is_told_what_the_person_wants(send, told):
    answer = send("/Patient/$summary", "hospital-demo", requests.ask(told))

    document = answer.json()
    assert answer.status_code == 200
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"
    assert len(document["entry"]) > 20


def test_a_quality_lead_gets_the_report_of_the_last_day(send):
    path = next(line for line in commands.commands(Settings()).splitlines() if "$evaluate-measure" in line)
    query = path.partition("/fhir/R4")[2].partition("'")[0]

    answer = send(query, "quality-demo")

    assert answer.status_code == 200
    assert answer.json()["resourceType"] == "MeasureReport"
    assert answer.json()["period"]["end"].startswith(END.isoformat())
