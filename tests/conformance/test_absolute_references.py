"""References below our own address: R4 (§2.3.0.1) has them mean the same as relative ones, in what is written.

They are kept relative, so that what was written is found, counted to its person and exported in one spelling, and
survives a move to another address. What leads to another server is kept as it was sent. A search finds by both.
"""

import base64
import json
from typing import Any

import pytest

from tests import builders, bundles
from tests.systems import System

BASE = "http://127.0.0.1:8000/fhir/R4"
ANNA = {"reference": f"{BASE}/Patient/anna"}
JSON_PATCH = "application/json-patch+json"


@pytest.fixture
def anna(integration: System) -> System:
    integration.put("Patient/anna", builders.patient(id="anna"))
    return integration


def test_a_create_keeps_it_relative(anna: System) -> None:
    assert anna.created(builders.observation(subject=ANNA))["subject"]["reference"] == "Patient/anna"


def test_an_update_keeps_it_relative_with_its_version(anna: System) -> None:
    focus = [{"reference": f"{BASE}/Patient/anna/_history/1"}]
    answer = anna.put("Observation/one", builders.observation(id="one", subject=ANNA, focus=focus))
    assert answer.status_code == 201, answer.text
    assert answer.json()["focus"][0]["reference"] == "Patient/anna/_history/1"


@pytest.mark.parametrize("operation", [("/subject", ANNA), ("/subject/reference", ANNA["reference"])])
def test_a_patch_keeps_it_relative(anna: System, operation: tuple[str, Any]) -> None:
    path, value = operation
    anna.put("Observation/one", builders.observation(id="one"))
    change = [{"op": "replace", "path": path, "value": value}, {"op": "replace", "path": "/status", "value": "amended"}]
    answer = anna.send("PATCH", "Observation/one", change, **{"Content-Type": JSON_PATCH})
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject"]["reference"] == "Patient/anna"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_bundle_keeps_it_relative(anna: System, kind: str) -> None:
    sent = bundles.transaction(bundles.request("POST", "Observation", builders.observation(subject=ANNA)))
    answer = anna.post("", {**sent, "type": kind}, Prefer="return=representation")
    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][0]["resource"]["subject"]["reference"] == "Patient/anna"


def test_a_patch_in_a_transaction_keeps_it_relative(anna: System) -> None:
    anna.put("Observation/one", builders.observation(id="one"))
    change = json.dumps([{"op": "add", "path": "/focus", "value": [ANNA]}]).encode()
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": base64.b64encode(change).decode()}
    sent = bundles.transaction(bundles.request("PATCH", "Observation/one", binary))
    answer = anna.post("", sent, Prefer="return=representation")
    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][0]["resource"]["focus"] == [{"reference": "Patient/anna"}]


def test_in_a_transaction_it_leads_to_the_entry_that_is_called_so_first(anna: System) -> None:
    person = bundles.request("POST", "Patient", builders.patient(builders.a_number(1)))
    about = bundles.request("POST", "Observation", builders.observation(subject=ANNA))
    sent = bundles.transaction({**person, "fullUrl": ANNA["reference"]}, about)
    told = anna.post("", sent, Prefer="return=representation").json()["entry"]
    made = told[0]["resource"]["id"]
    assert made != "anna"
    assert told[1]["resource"]["subject"]["reference"] == f"Patient/{made}"


def test_an_x_provenance_keeps_it_relative(anna: System) -> None:
    sent = {
        "resourceType": "Provenance",
        "recorded": "2025-05-03T10:00:00Z",
        "agent": [{"who": {"display": "Dr Example"}}],
        "entity": [{"role": "source", "what": ANNA}],
    }
    anna.send("PUT", "Observation/one", builders.observation(id="one"), **{"X-Provenance": json.dumps(sent)})
    kept = anna.get("Provenance?entity=Patient/anna").json()["entry"][0]["resource"]
    assert kept["entity"][0]["what"]["reference"] == "Patient/anna"


def test_validation_judges_it_as_a_create_would(anna: System) -> None:
    parameters = [{"name": "resource", "resource": builders.observation(subject=ANNA)}]
    parameters.append({"name": "mode", "valueCode": "create"})
    answer = anna.post("Observation/$validate", {"resourceType": "Parameters", "parameter": parameters})
    assert [issue["severity"] for issue in answer.json()["issue"]] == ["information"]


@pytest.mark.parametrize("name", ["patient", "subject", "subject:Patient", "based-on"])
def test_a_search_finds_by_it(anna: System, name: str) -> None:
    anna.put("CarePlan/plan", builders.care_plan(id="plan"))
    anna.put("Observation/one", builders.observation(id="one", basedOn=[{"reference": "CarePlan/plan"}]))
    wanted = "CarePlan/plan" if name == "based-on" else "Patient/anna"
    found = anna.get(f"Observation?{name}={BASE}/{wanted}").json()
    assert [each["resource"]["id"] for each in found["entry"]] == ["one"]
    assert f"{BASE}/{wanted}".replace(":", "%3A").replace("/", "%2F") in found["link"][0]["url"]


def test_a_condition_finds_by_it(anna: System) -> None:
    condition = {"If-None-Exist": f"patient={BASE}/Patient/anna"}
    statuses = [anna.post("Observation", builders.observation(), **condition).status_code for _ in range(2)]
    assert statuses == [201, 200]


def test_a_canonical_url_below_our_own_address_is_found_as_it_is(integration: System) -> None:
    url = f"{BASE}/Questionnaire/wishes"
    integration.put("Questionnaire/wishes", builders.questionnaire(id="wishes", url=url))
    assert integration.get(f"Questionnaire?url={url}").json()["total"] == 1


def test_what_leads_to_another_server_is_kept_as_it_was_sent(anna: System) -> None:
    elsewhere = "https://example.org/fhir/Practitioner/7"
    made = anna.created(builders.observation(performer=[{"reference": elsewhere}]))
    assert made["performer"] == [{"reference": elsewhere}]
