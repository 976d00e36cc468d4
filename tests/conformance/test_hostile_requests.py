"""Whatever is sent to whichever URL, it is no fault of ours, and what is refused is told by an OperationOutcome.

Requests that might be sent are spoilt at random, the same way in every run: every route with every method, odd ids,
queries, headers and bodies.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api.server import METHODS, Endpoint
from service.db import Database
from tests import builders, bundles
from tests.systems import ALL, System, connect

ODD_NAMES = [
    "anna",
    "wish",
    "none",
    "%00",
    "%C3%A9",
    "%ED%A0%80",
    "..%2F",
    "a%20b",
    "$x",
    "*",
    "9" * 70,
    "_history",
    "1",
]
ODD_TYPES = ["Patient", "Observation", "Binary", "Provenance", "Group", "Nothing", "patient", "%00", "Bundle"]
_VALUES = r"""
    %00 % %zz %ff %ED%A0%80 %F0%9F%98%80 a,b | || a|b|c \ \, * -1 0 1e9999 gt ge2020-13-45 0000 9999 ap9999
    0001-01-01T00:00:00%2B14:00 true $ _id Patient/anna http://127.0.0.1:8000/fhir/R4/Patient/anna urn:uuid:x
    Patient:link:Patient *:* gAAAA
"""
ODD_VALUES = [*_VALUES.split(), "", "9" * 400]
_NAMES = r"""
    _id _count _sort _include _revinclude _include:iterate _elements _summary _total _type _since _at _cursor
    _format _pretty _lastUpdated _profile _tag _has:Observation:patient:code _has: _has::: patient patient.name
    patient:Patient.identifier patient.patient.patient.patient.name identifier identifier:text identifier:not
    identifier:missing name:exact name:contains date code code:in value-quantity birthdate mode profile
    identifier: : . %00 a.b.c.d.e.f.g.h
"""
NAMES = [*_NAMES.split(), ""]
HEADERS = {
    "If-Match": ["*", 'W/"1"', 'W/"99999999999999999999"', ",", '"', "x" * 2000, 'W/"1",' * 200],
    "If-None-Match": ["*", 'W/"1"', ",,,", "x" * 2000],
    "If-None-Exist": ["", "?", "identifier=a|b", "%00=%00", "name=\xe9", "_has:Patient:link:name=x", "&" * 300],
    "If-Modified-Since": ["", "yesterday", "Mon, 99 Foo 2020 25:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 -0000"],
    "Prefer": ["return=", "return=minimal", "handling=lenient", "respond-async", "=;,", "return=OperationOutcome"],
    "Accept": ["", "*/*", "text/html", ",", ";q=", "application/fhir+json;fhirVersion=9", "application/pdf"],
    "Content-Type": [
        *("application/fhir+json", "application/json-patch+json", "application/x-www-form-urlencoded", "text/html", ""),
        *("application/fhir+json; charset=latin-1", "a/b; c=d\x7f", ";", "application/xml"),
    ],
    "X-Provenance": [
        "{",
        "[]",
        "{}",
        '{"resourceType":"Provenance"}',
        '{"resourceType":"Provenance","agent":[{"who":1}]}',
    ],
    "X-Security-Context": ["", "Patient/anna", "Patient/none", "\xe9", "Patient/anna/_history/1"],
    "Accept-Encoding": ["gzip;q=x", "*", ""],
    "X-Correlation-ID": ["9990000018", "a b", "x" * 200],
}
ODD_JSON: list[Any] = [
    None, True, 0, -0.0, 1e300, 10**90, "", " ", "\x7f", "\ud7ff", "x" * 300, "Patient/anna", "urn:uuid:a",
    "2020-02-30", [], {}, [None], [[]], [{}], {"a": {}}, {"resourceType": "Patient"}, {"reference": "Patient/anna"},
    {"coding": [{"code": 1}]},
]  # fmt: skip
RAW = [b"", b"{", b"[]", b"null", b"\xff", b'{"a":1,"a":2}', b'{"resourceType":"\\ud800"}', b"[" * 5000, b'{"a":' * 300]
ROUNDS = 12
"""Spoilt requests to each URL and method."""


def spoilt(value: Any, rng: random.Random) -> Any:
    """The value with one part of it replaced, taken away or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        if rng.random() < 0.1:
            return {
                **value,
                rng.choice(["_" + name, "odd", "extension", "contained", "id", "meta"]): rng.choice(ODD_JSON),
            }
        return {**value, name: spoilt(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], spoilt(value[at], rng), *value[at + rng.randrange(2) :]]
    return rng.choice(ODD_JSON)


def bodies() -> list[Any]:
    patch = [{"op": "replace", "path": "/name", "value": "x"}, {"op": "copy", "from": "/id", "path": "/note/-"}]
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueString": "x"}]}
    reads = [bundles.request("GET", "Patient/anna"), bundles.request("DELETE", "Observation/none", ifMatch='W/"1"')]
    whole = bundles.registration()
    signed = {"target": [{"reference": "Patient/anna"}], "agent": [{"who": {"display": "A"}}]}
    return [
        *(builders.patient(id="anna"), builders.place_of_death(id="wish"), builders.care_plan(), builders.sharing()),
        {"resourceType": "Provenance", "recorded": "2025-05-03T10:00:00Z", **signed},
        {"resourceType": "Binary", "contentType": "text/html", "securityContext": {"reference": "Patient/anna"}},
        *(patch, parameters, whole, {**whole, "type": "batch"}, bundles.transaction(*reads)),
        {**bundles.transaction(*reads), "type": "batch"},
    ]


def body(rng: random.Random) -> bytes:
    if rng.random() < 0.1:
        return rng.choice(RAW)
    if rng.random() < 0.1:
        return "&".join(f"{rng.choice(NAMES)}={rng.choice(ODD_VALUES)}" for _ in range(3)).encode()
    return json.dumps(spoilt(rng.choice(bodies()), rng)).encode()


def url(template: str, rng: random.Random) -> str:
    filled = template.replace("{path:path}", rng.choice(ODD_NAMES)).replace("{type:type_name}", rng.choice(ODD_TYPES))
    for name in ("{type}", "{compartment}"):
        filled = filled.replace(name, rng.choice(ODD_TYPES))
    for name in ("{id}", "{version}", "{job}", "{number}", "{name}"):
        filled = filled.replace(name, rng.choice(ODD_NAMES))
    query = "&".join(f"{rng.choice(NAMES)}={rng.choice(ODD_VALUES)}" for _ in range(rng.randrange(4)))
    return f"{filled}?{query}" if query else filled


def headers(rng: random.Random) -> dict[bytes, bytes]:
    chosen = {name: rng.choice(HEADERS[name]) for name in rng.sample(list(HEADERS), rng.randrange(4))}
    given = {"Content-Type": "application/fhir+json", **chosen}
    return {name.encode(): value.encode("latin-1") for name, value in given.items()}


def templates(http: TestClient) -> Iterator[str]:
    app: Any = http.app
    for route in app.router.routes:
        if isinstance(getattr(route, "endpoint", None), Endpoint):
            yield route.path


@pytest.fixture
def client(http: TestClient, database: Database) -> System:
    system = connect(http, database, "integration", scope=f"{ALL} system/Group.rs system/Measure.rs")
    system.put("Patient/anna", builders.patient(id="anna"))
    system.put("Observation/wish", builders.place_of_death(id="wish"))
    return system


@pytest.mark.parametrize("method", METHODS)
def test_no_spoilt_request_is_a_fault_of_ours(http: TestClient, client: System, method: str) -> None:
    rng = random.Random(f"{method} 3")
    for template in dict.fromkeys(templates(http)):
        for _ in range(ROUNDS):
            sent = url(template, rng), {**headers(rng), b"Authorization": f"Bearer {client.token}".encode()}, body(rng)
            content = sent[2] if method not in ("GET", "HEAD") else None
            answer = http.request(method, sent[0], headers=sent[1], content=content)
            assert answer.status_code < 500, sent
            assert builders.NHS_NUMBER not in str(answer.headers), sent
            if answer.status_code >= 400 and method != "HEAD":
                assert answer.json()["resourceType"] == "OperationOutcome", sent
                assert builders.NHS_NUMBER not in answer.text, sent
