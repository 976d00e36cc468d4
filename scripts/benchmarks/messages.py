"""The bytes of the requests that are sent."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx

from scripts.benchmarks.register import Register
from service.register import nhs_number
from tests import builders, bundles

READER, WRITER = "hospital-demo", "gp-demo"
FORM, JSON = "application/x-www-form-urlencoded", "application/fhir+json"


def request(method: str, path: str, token: str, body: bytes = b"", content_type: str = JSON) -> bytes:
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/fhir+json",
        f"Authorization: Bearer {token}",
        *([f"Content-Type: {content_type}", f"Content-Length: {len(body)}"] if body else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def reads(register: Register) -> list[bytes]:
    token = register.token(READER)
    return [request("GET", f"/fhir/R4/Patient/{patient_id}", token) for patient_id, _ in register.people]


def searches_by_number(register: Register) -> list[bytes]:
    token = register.token(READER)
    return [
        request(
            "POST",
            "/fhir/R4/Patient/_search",
            token,
            urlencode({"identifier": f"{nhs_number.SYSTEM}|{number}"}).encode(),
            FORM,
        )
        for _, number in register.people
    ]


def searches_by_patient(register: Register) -> list[bytes]:
    token = register.token(READER)
    return [request("GET", f"/fhir/R4/CarePlan?patient={patient_id}", token) for patient_id, _ in register.people]


def gets(register: Register, query: str) -> list[bytes]:
    """One search by GET for each person whose record is shared, whose Patient id stands in `query` as `{}`."""
    token = register.token(READER)
    return [request("GET", f"/fhir/R4/{query.format(patient_id)}", token) for patient_id, _ in register.people[:2000]]


def page(register: Register, port: int, number: int) -> bytes:
    """The request for that page of a list of Observations, one a page, found as a client finds it: link by link."""
    token, url = register.token(READER), "/fhir/R4/Observation?_count=1"
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}) as client:
        for _ in range(number - 1):
            links = {link["relation"]: link["url"] for link in client.get(url).raise_for_status().json()["link"]}
            url = "/fhir/R4" + links["next"].partition("/fhir/R4")[2]
    return request("GET", url, token)


def summaries(register: Register) -> list[bytes]:
    """Of people with 25 resources."""
    token = register.token(READER)
    return [
        request("POST", "/fhir/R4/Patient/$summary", token, _json(_parameters(number)))
        for _, number in register.people_in_full
    ]


def reads_in_full(register: Register) -> list[bytes]:
    """Of the same people."""
    token = register.token(READER)
    return [request("GET", f"/fhir/R4/Patient/{patient_id}", token) for patient_id, _ in register.people_in_full]


def creates(register: Register, count: int) -> list[bytes]:
    token = register.token(WRITER)
    return [request("POST", "/fhir/R4/Patient", token, _json(_patient(register))) for _ in range(count)]


def updates(register: Register) -> list[bytes]:
    """The practice's patients with another telephone number."""
    token = register.token(WRITER)
    return [
        request("PUT", f"/fhir/R4/Patient/{patient_id}", token, _json(json.loads(body) | {"telecom": _TELECOM}))
        for patient_id, body in register.own_patients
    ]


def transactions(register: Register, count: int) -> list[bytes]:
    """Registrations of new people, twelve resources each, every one of them a conditional create."""
    token = register.token(WRITER)
    return [
        request("POST", "/fhir/R4", token, _json(bundles.registration(register.new_number(), **_details(register))))
        for _ in range(count)
    ]


def _parameters(number: str) -> dict[str, Any]:
    identifier = {"system": nhs_number.SYSTEM, "value": number}
    return {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": identifier}]}


def _patient(register: Register) -> dict[str, Any]:
    details = _details(register)
    practice = builders.at_practice(details.pop("practice"))
    return builders.patient(register.new_number(), generalPractitioner=practice, **details)


def _details(register: Register) -> dict[str, Any]:
    """What a practice sends of a patient beyond the least."""
    return {
        "practice": register.practice,
        "active": True,
        "gender": "female",
        "telecom": _TELECOM,
        "address": [{"use": "home", "line": ["1 Example Street", "Exampleton"], "postalCode": "ZZ99 9ZZ"}],
        "maritalStatus": builders.concept(("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "W")),
        "communication": [{"language": builders.concept(("urn:ietf:bcp:47", "en")), "preferred": True}],
    }


_TELECOM = [{"system": "phone", "value": "07700 900123", "use": "mobile"}]


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
