"""Formats: what a client takes, what it sends, indented or packed, and what an answer says of itself."""

import gzip
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests import builders
from tests.systems import System

FHIR = "application/fhir+json; charset=utf-8"
FHIR_4 = "application/fhir+json; fhirVersion=4.0; charset=utf-8"
PLAIN = "application/json; charset=utf-8"


@pytest.fixture
def leek(integration: System) -> System:
    integration.put("Organization/leek", builders.organization(id="leek"))
    return integration


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/fhir+json", FHIR),
        ("application/fhir+json; fhirVersion=4.0", FHIR_4),
        ('application/fhir+json; fhirVersion="4.0"', FHIR_4),
        ("application/json", PLAIN),
        ("application/json, application/fhir+json", FHIR),
        ("application/json, application/fhir+json;q=0.9", PLAIN),
        ("application/fhir+xml, application/fhir+json;q=0.1", FHIR),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", FHIR),
        ("application/*", FHIR),
        ("*/*", FHIR),
        ("", FHIR),
        ("application/fhir+json;q=0, */*", PLAIN),
        ("APPLICATION/FHIR+JSON", FHIR),
        ("text/json", "text/json; charset=utf-8"),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0", FHIR_4),
    ],
)
def test_an_answer_is_the_json_that_the_client_likes_best(leek: System, accept: str, content_type: str) -> None:
    answer = leek.get("Organization/leek", Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


def test_what_is_taken_and_preferred_may_be_said_by_several_headers(leek: System) -> None:
    said = [("Accept", "application/fhir+xml"), ("Accept", "application/fhir+json")]
    said += [("Prefer", "return=minimal"), ("Prefer", "handling=lenient")]
    answer = leek.http.get("/fhir/R4/Organization?shoe-size=7", headers=[*leek.headers().items(), *said])
    assert (answer.status_code, answer.headers["content-type"]) == (200, FHIR)


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "application/xml",
        "text/turtle",
        "text/html",
        "application/fhir+json;q=0",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=5.0",
        "application/json;q=nan",
        "json",
        ";;;",
    ],
)
@pytest.mark.parametrize("path", ["Organization/leek", "Organization", "metadata", "StructureDefinition"])
def test_a_client_that_takes_none_of_our_formats_is_told_which_there_are(leek: System, path: str, accept: str) -> None:
    answer = leek.get(path, Accept=accept)
    assert answer.status_code == 406
    [issue] = answer.json()["issue"]
    assert issue["code"] == "not-supported"
    assert "application/fhir+json" in issue["details"]["text"]


def test_nothing_is_written_for_a_client_that_could_not_read_the_answer(leek: System) -> None:
    assert leek.post("Organization", builders.organization(), Accept="application/fhir+xml").status_code == 406
    assert len(leek.get("Organization").json()["entry"]) == 1


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("json", 200),
        ("application/json", 200),
        ("application/fhir%2Bjson", 200),
        ("application/fhir+json", 200),
        ("text/json", 200),
        ("application/fhir%2Bjson;fhirVersion=4.0", 200),
        ("application/fhir%2Bjson;fhirVersion=3.0", 406),
        ("xml", 406),
        ("application/fhir%2Bxml", 406),
        ("ttl", 406),
        ("text/turtle", 406),
        ("html", 406),
        ("", 406),
    ],
)
def test_format_in_the_url_outranks_the_accept_header(leek: System, wanted: str, status: int) -> None:
    answer = leek.get(f"Organization/leek?_format={wanted}", Accept="text/html")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/fhir+json")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/fhir+json; fhirVersion=4.0", 201),
        ("application/fhir+json; fhirVersion=4.0; charset=utf-8", 201),
        ("application/fhir+json; fhirVersion=3.0", 415),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+xml", 415),
        ("text/turtle", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_is_json_of_this_fhir_version(integration: System, content_type: str, status: int) -> None:
    answer = integration.post("Organization", builders.organization(), Content_Type=content_type)
    assert answer.status_code == status, answer.text
    assert status == 201 or answer.json()["issue"][0]["code"] == "not-supported"


def test_pretty_is_for_people_and_keeps_every_digit(integration: System) -> None:
    extension = '"extension":[{"url":"https://example.org","valueDecimal":1.50}]'
    created = integration.post("Organization", f'{{"resourceType":"Organization","name":"é",{extension}}}'.encode())
    path = f"Organization/{created.json()['id']}"
    pretty = integration.get(f"{path}?_pretty=true")
    assert '\n      "valueDecimal": 1.50\n' in pretty.text
    assert '"name": "é"' in pretty.text
    assert pretty.json() == integration.get(f"{path}?_pretty=false").json()


@pytest.mark.parametrize(
    "path", ["Organization", "Organization/leek/_history", "metadata", "CodeSystem", "Organization/none", "_history"]
)
def test_pretty_is_honoured_everywhere(leek: System, path: str) -> None:
    answer = leek.get(f"{path}?_pretty=true")
    assert answer.text.startswith('{\n  "resourceType"')


def test_pretty_is_true_or_false(leek: System) -> None:
    assert leek.get("Organization/leek?_pretty=perhaps").status_code == 400


def test_a_form_says_how_to_write_the_answer_as_a_url_does(leek: System) -> None:
    assert leek.search("Organization", _pretty="true").text.startswith('{\n  "resourceType"')
    assert leek.search("Organization", _format="json").status_code == 200
    assert leek.search("Organization", _format="xml").status_code == 406


def raw(http: TestClient, path: str, headers: dict[str, str], coding: str) -> Any:
    with http.stream("GET", f"/fhir/R4/{path}", headers={**headers, "Accept-Encoding": coding}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("coding", ["gzip", "br, gzip;q=0.5", "*", "deflate, x-gzip"])
def test_a_long_answer_is_packed_for_a_client_that_takes_gzip(http: TestClient, coding: str) -> None:
    plain, body = raw(http, "metadata", {}, "identity")
    packed, sent = raw(http, "metadata", {}, coding)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(sent) < len(body) / 4
    assert gzip.decompress(sent) == body
    assert packed.headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize("coding", ["identity", "", "gzip;q=0", "br"])
def test_nothing_is_packed_for_a_client_that_does_not_take_gzip(http: TestClient, coding: str) -> None:
    answer, body = raw(http, "metadata", {}, coding)
    assert "content-encoding" not in answer.headers
    assert json.loads(body)["resourceType"] == "CapabilityStatement"


def test_a_short_answer_is_not_packed(leek: System) -> None:
    answer, _ = raw(leek.http, "Organization/leek", leek.headers(), "gzip")
    assert "content-encoding" not in answer.headers


def test_caches_are_told_what_an_answer_depends_on(leek: System) -> None:
    varies = leek.get("Organization/leek").headers["vary"]
    assert {"Accept", "Accept-Encoding", "Authorization"} <= set(varies.split(", "))
    assert leek.get("metadata").headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("path", ["Organization/leek", "Organization", "metadata", "Organization/none", "_history"])
def test_head_says_what_get_says_without_the_body(leek: System, path: str) -> None:
    asked = leek.get(path, X_Request_ID="one")
    headed = leek.http.head(f"/fhir/R4/{path}", headers=leek.headers(X_Request_ID="one"))
    assert headed.content == b""
    assert headed.status_code == asked.status_code
    changing = {"date"}
    assert {name: value for name, value in headed.headers.items() if name not in changing} == {
        name: value for name, value in asked.headers.items() if name not in changing
    }


def test_health_checks_are_left_alone(http: TestClient) -> None:
    answer = http.get("/healthz", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
