"""batch: every entry a request of its own (FHIR R4 §3.1.0.11.1)."""

import base64
import json
from typing import Any

import pytest

from service import clock
from service.api import batches
from service.db import Database
from service.register import nhs_number
from service.register.organisations import Practice
from tests import builders, bundles, tables
from tests.bundles import entry, request
from tests.systems import System


def batch(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}


def answers(integration: System, *entries: Any, **headers: str) -> list[dict[str, Any]]:
    answer = integration.post("", batch(*entries), **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "batch-response"
    assert len(answer.json()["entry"]) == len(entries)
    return list(answer.json()["entry"])


def statuses(told: list[dict[str, Any]]) -> list[str]:
    return [one["response"]["status"][:3] for one in told]


def test_every_method_is_answered_in_the_order_in_which_it_came(integration: System) -> None:
    integration.put("Organization/old", builders.organization(id="old"))
    integration.put("Organization/leek", builders.organization(id="leek"))
    operations = json.dumps([{"op": "replace", "path": "/name", "value": "Patched"}]).encode()
    patch = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": base64.b64encode(operations).decode(),
    }
    told = answers(
        integration,
        request("GET", "Organization/leek"),
        request("HEAD", "Organization/leek"),
        request("POST", "Organization", builders.organization(name="New")),
        request("PUT", "Organization/put", builders.organization(id="put")),
        request("PATCH", "Organization/leek", patch),
        request("DELETE", "Organization/old"),
    )
    assert statuses(told) == ["200", "200", "201", "201", "200", "204"]
    assert told[0]["resource"]["name"] == "Patched"
    assert "resource" not in told[1]
    assert "/Organization/" in told[2]["response"]["location"]
    assert told[3]["response"]["etag"] == 'W/"1"'
    assert told[0]["response"]["lastModified"] == told[0]["resource"]["meta"]["lastUpdated"].replace("Z", "+00:00")
    assert integration.get("Organization/old").status_code == 410


def test_one_entry_that_fails_touches_no_other(integration: System) -> None:
    told = answers(
        integration,
        request("POST", "Organization", builders.organization(colour="blue")),
        request("POST", "Organization", builders.organization(name="Kept")),
        request("GET", "Organization/nowhere"),
        {"request": {"method": "BREW", "url": "Tea"}},
        7,
        request("GET", "Organization?name=Kept"),
    )
    assert statuses(told) == ["422", "201", "404", "400", "400", "200"]
    assert told[0]["response"]["outcome"]["issue"][0]["expression"] == ["Organization.colour"]
    assert told[3]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[3].request.method"]
    assert len(told[5]["resource"]["entry"]) == 1


def test_writes_return_nothing_unless_the_representation_is_asked_for(integration: System) -> None:
    one = request("POST", "Organization", builders.organization())
    assert "resource" not in answers(integration, one)[0]
    assert answers(integration, one, Prefer="return=representation")[0]["resource"]["name"] == "Example Surgery"
    outcome = answers(integration, one, Prefer="return=OperationOutcome")[0]["response"]["outcome"]
    assert outcome["issue"][0]["severity"] == "information"


def test_a_warning_stands_in_the_outcome_of_its_entry(integration: System, database: Database) -> None:
    with database.transaction() as session:
        session.add(Practice(code="Y99001", name="Leek", as_of=clock.today()))
    patient = builders.patient(generalPractitioner=builders.at_practice("Y99999"))
    told = answers(integration, request("POST", "Patient", patient))
    assert statuses(told) == ["201"]
    assert told[0]["response"]["outcome"]["issue"][0]["severity"] == "warning"


def test_conditions_of_an_entry_are_those_of_a_request(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    body = builders.organization(id="leek")
    told = answers(integration, request("PUT", "Organization/leek", body, ifMatch='W/"9"'))
    assert statuses(told) == ["412"]
    told = answers(integration, request("GET", "Organization/leek", ifNoneMatch='W/"1"'))
    assert statuses(told) == ["304"]
    assert "resource" not in told[0]
    identifier = [{"system": bundles.SENDER, "value": "1"}]
    once = request(
        "POST",
        "Organization",
        builders.organization(identifier=identifier),
        ifNoneExist=f"identifier={bundles.SENDER}|1",
    )
    assert [statuses(answers(integration, once)) for _ in range(2)] == [["201"], ["200"]]


def test_operations_that_read_are_answered(integration: System) -> None:
    integration.post("", bundles.registration())
    identifier = {"system": nhs_number.SYSTEM, "value": builders.NHS_NUMBER}
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": identifier}]}
    told = answers(integration, request("POST", "Patient/$summary", parameters))
    assert statuses(told) == ["200"]
    assert told[0]["resource"]["type"] == "document"


def test_what_one_may_not_ask_for_alone_is_refused_in_a_batch_too(
    integration: System, practice: System, hospital: System
) -> None:
    ids = bundles.ids(integration.post("", bundles.registration(practice="Y99002")).json())
    theirs = f"Patient/{ids['Patient']}"
    told = answers(practice, request("GET", theirs), request("GET", f"Observation?patient={theirs}"))
    assert statuses(told) == ["404", "200"]
    assert "entry" not in told[1]["resource"]
    told = answers(hospital, request("DELETE", theirs), request("GET", theirs))
    assert statuses(told) == ["403", "200"]


def test_every_entry_is_audited_as_its_own_request(integration: System, database: Database) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    before = len(tables.audit(database))
    answers(
        integration,
        request("GET", "Organization/leek"),
        request("GET", "Organization?name=x"),
        request("GET", "Organization/nowhere"),
        request("PUT", "Organization/leek", builders.organization(id="leek", name="Leek")),
        {"request": {"method": "GET", "url": "../metadata"}},
    )
    told = [(event.action, event.outcome) for event in tables.audit(database)[before:]]
    assert sorted(told) == [
        ("read", 200),
        ("refused entry", 400),
        ("refused get", 404),
        ("search", 200),
        ("update", 200),
    ]


def test_entries_that_refer_to_each_other_are_refused_and_the_others_are_kept(integration: System) -> None:
    told = answers(
        integration,
        entry(builders.practitioner(), "nurse"),
        request(
            "POST",
            "PractitionerRole",
            builders.practitioner_role(practitioner=builders.reference("urn:uuid:nurse")),
        ),
        request("GET", "PractitionerRole?practitioner=urn:uuid:nurse"),
    )
    assert statuses(told) == ["201", "422", "422"]
    assert told[1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource"]


def test_a_relative_reference_that_means_another_entry_is_refused(integration: System) -> None:
    integration.put("Practitioner/1", builders.practitioner(id="1"))
    role = builders.practitioner_role(practitioner=builders.reference("Practitioner/1"))
    told = answers(
        integration,
        request("POST", "Practitioner", builders.practitioner())
        | {"fullUrl": "https://gp.example/fhir/Practitioner/1"},
        request("POST", "PractitionerRole", role) | {"fullUrl": "https://gp.example/fhir/PractitionerRole/2"},
        request("POST", "PractitionerRole", role),
    )
    assert statuses(told) == ["201", "422", "201"]


def test_a_conditional_reference_is_for_transactions(integration: System) -> None:
    role = builders.practitioner_role(practitioner=builders.reference("Practitioner?identifier=a|b"))
    assert statuses(answers(integration, request("POST", "PractitionerRole", role))) == ["422"]


def test_two_entries_that_write_the_same_are_both_refused(integration: System) -> None:
    put = request("PUT", "Organization/leek", builders.organization(id="leek"))
    told = answers(integration, put, put, request("DELETE", "Organization/leek"))
    assert statuses(told) == ["422"] * 3
    assert integration.get("Organization/leek").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "../metadata",
        "Patient/../../../oauth2/token",
        "Patient/%2e%2e/x",
        "Patient//x",
        "https://elsewhere.example/fhir/R4/Patient/1",
        "//elsewhere.example/Patient",
        "urn:uuid:1",
        "Patient/a b",
        "Patient#x",
        "Patient\r\nX-Y: z",
        "Patient/\u0130",
        "?_count=1",
        7,
        None,
        ["Patient"],
    ],
)
def test_a_url_that_could_lead_elsewhere_is_refused(integration: System, url: Any) -> None:
    told = answers(integration, {"request": {"method": "GET", "url": url}})
    assert statuses(told) == ["400"]
    assert told[0]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[0].request.url"]


def test_a_url_below_our_own_base_is_taken(integration: System) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    base = "http://127.0.0.1:8000/fhir/R4"
    told = answers(integration, request("GET", f"{base}/Organization/leek"), request("GET", "/Organization/leek"))
    assert statuses(told) == ["200", "200"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_refused_entry_by_entry(integration: System, method: str) -> None:
    told = answers(integration, {"request": {"method": method, "url": "Robot/1/of/many"}})
    assert statuses(told)[0] in ("404", "405")


@pytest.mark.parametrize(
    "one",
    [
        {"resource": {"resourceType": "Bundle", "type": "batch"}, "request": {"method": "POST", "url": "Bundle"}},
        {"resource": {}, "request": {"method": "POST", "url": "Patient"}},
        {"resource": [], "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": 7}, "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Patient"}, "request": {"method": "GET", "url": "Patient/1"}},
        {"request": {"method": "PUT", "url": "Patient/1"}},
        {"request": {"method": ["GET"], "url": "Patient"}},
        {"request": {"method": "GET", "url": "Patient", "ifNoneExist": "a=b"}},
        {"request": {"method": "GET", "url": "Patient/1", "ifNoneMatch": 7}},
        {"request": {"method": "GET", "url": "Patient/1", "colour": "blue"}},
        {"request": {"method": "GET", "url": "Patient/1"}, "search": {"mode": "match"}},
        {"request": {"method": "GET", "url": "Patient/1"}, "fullUrl": 7},
        {"request": {"method": "PATCH", "url": "Patient/1"}, "resource": {"resourceType": "Parameters"}},
        {"request": {"method": "PATCH", "url": "Patient/1"}, "resource": {"resourceType": "Binary", "data": "?"}},
        {"request": []},
        {},
        None,
    ],
)
def test_an_entry_that_is_no_request_is_refused_and_the_others_are_answered(integration: System, one: Any) -> None:
    told = answers(integration, one, request("GET", "Organization?name=x"))
    assert statuses(told) == ["400", "200"]
    assert told[0]["response"]["outcome"]["issue"][0]["expression"][0].startswith("Bundle.entry[0]")


@pytest.mark.parametrize(
    "bundle",
    [
        batch(),
        {"resourceType": "Bundle", "type": "batch", "entry": {}},
        batch(*[{"request": {"method": "GET", "url": "metadata"}}] * 501),
        {**batch({"request": {"method": "GET", "url": "Patient"}}), "total": 1},
        {**batch({"request": {"method": "GET", "url": "Patient"}}), "signature": {}},
        {**batch({"request": {"method": "GET", "url": "Patient"}}), "type": "history"},
        {**batch({"request": {"method": "GET", "url": "Patient"}}), "type": ["batch"]},
    ],
    ids=["none", "no list", "501", "total", "signature", "history", "list"],
)
def test_what_is_no_batch_is_refused_whole(integration: System, bundle: Any) -> None:
    answer = integration.post("", bundle)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"][0].startswith("Bundle")


def test_a_search_in_a_batch_is_paged_like_any_other(integration: System) -> None:
    for number in range(3):
        integration.created(builders.organization(name=f"Surgery {number}"))
    told = answers(integration, request("GET", "Organization?name=Surgery&_count=2"))
    links = {link["relation"]: link["url"] for link in told[0]["resource"]["link"]}
    assert links["self"].startswith("http://127.0.0.1:8000/fhir/R4/Organization?")
    told = answers(integration, request("GET", links["next"]))
    assert len(told[0]["resource"]["entry"]) == 1


def test_xml_is_refused_for_its_entry_only(integration: System) -> None:
    told = answers(integration, request("GET", "Organization?_format=xml"), request("GET", "Organization?_format=json"))
    assert statuses(told) == ["406", "200"]


def test_a_batch_tells_no_more_than_fits_and_says_which_entries_to_ask_for_again(
    integration: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    monkeypatch.setattr(batches, "LARGEST_ANSWER_BYTES", 100)
    told = answers(integration, *[request("GET", "Organization/leek")] * 3)
    assert statuses(told) == ["200", "413", "413"]
    answer = integration.post("", bundles.transaction(*[request("GET", "Organization/leek")] * 3))
    assert answer.status_code == 413


_ODD: tuple[Any, ...] = (None, 7, "x", [], {}, [None], {"reference": 7}, "urn:uuid:a", "Patient?_id=1")


def _every_method(type_name: str) -> dict[str, Any]:
    patch = base64.b64encode(b'[{"op":"add","path":"/partOf","value":{"reference":"urn:uuid:a"}}]').decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch}
    listed = [
        bundles.entry(builders.organization(), "a", condition="name=x"),
        request("PUT", "Organization?name=y", builders.organization(), ifMatch='W/"1"')
        | {"fullUrl": "https://x.example/Organization/1"},
        request("PATCH", "Organization/leek", binary),
        request("DELETE", "Organization?name=z"),
        request("GET", "Organization?partof=urn:uuid:a", ifNoneMatch='W/"1"'),
    ]
    return {"resourceType": "Bundle", "type": type_name, "entry": listed}


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every object or list of a Bundle with a key in it, deepest last."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [found for key in keys for found in [(value, key), *_places(value[key])]]


@pytest.mark.parametrize("type_name", ["batch", "transaction"])
@pytest.mark.parametrize("odd", _ODD, ids=repr)
def test_nothing_odd_anywhere_in_a_bundle_is_a_fault_of_ours(integration: System, type_name: str, odd: Any) -> None:
    integration.put("Organization/leek", builders.organization(id="leek"))
    for at in range(len(_places(_every_method(type_name)))):
        bundle = _every_method(type_name)
        holder, key = _places(bundle)[at]
        holder[key] = odd
        answer = integration.post("", bundle)
        assert answer.status_code < 500, (key, answer.text)
        assert "500 Internal" not in answer.text, key


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_read_that_is_wanted_only_if_it_changed_says_since_which_instant(integration: System, kind: str) -> None:
    made = integration.put("Organization/leek", builders.organization(id="leek")).json()["meta"]["lastUpdated"]
    since = [made, "2030-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00"]
    asked = [bundles.request("GET", "Organization/leek", ifModifiedSince=instant) for instant in since]
    answer = integration.post("", {**bundles.transaction(*asked), "type": kind}).json()
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["304", "304", "200"]


@pytest.mark.parametrize("instant", ["yesterday", "2026-03-31", "Sat, 01 Mar 2025 00:00:00 GMT"])
def test_an_entry_that_names_no_instant_is_refused(integration: System, instant: str) -> None:
    asked = bundles.request("GET", "Organization/leek", ifModifiedSince=instant)
    answer = integration.post("", bundles.transaction(asked))
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[0].request.ifModifiedSince"]


def test_a_condition_in_any_script_finds_in_a_batch_what_it_finds_alone(integration: System) -> None:
    nurse = builders.practitioner(name=[{"family": "Łukaszewicz"}])
    made = entry(nurse, "nurse", condition="name=Łukasz")
    assert statuses([*answers(integration, made), *answers(integration, made)]) == ["201", "200"]
