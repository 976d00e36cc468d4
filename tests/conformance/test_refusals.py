"""Bad input of every sort: a clear 4xx that names the element, nothing kept, never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, bundles, tables
from tests.systems import System


def nested(levels: int) -> bytes:
    extension = '{"url":"https://example.org","extension":[' * levels + "]}" * levels
    return f'{{"resourceType":"Organization","name":"x","extension":[{extension}]}}'.encode()


BROKEN: dict[str, tuple[bytes, int]] = {
    "not JSON": (b"{'resourceType': 'Organization'}", 400),
    "nothing": (b"", 400),
    "a list": (b"[]", 400),
    "a number": (b"7", 400),
    "half an object": (b'{"resourceType":"Organization","name":"x"', 400),
    "not UTF-8": (b'{"resourceType":"Organization","name":"\xff"}', 400),
    "a lone surrogate": (b'{"resourceType":"Organization","name":"\\ud800"}', 400),
    "a control character": (b'{"resourceType":"Organization","name":"\\u0000"}', 400),
    "NaN": (b'{"resourceType":"Organization","name":NaN}', 400),
    "a number without end": (b'{"resourceType":"Organization","name":' + b"9" * 5000 + b"}", 400),
    "a duplicate key": (b'{"resourceType":"Organization","name":"a","name":"b"}', 400),
    "300 levels": (nested(300), 400),
    "20,000 levels": (b"[" * 20_000, 400),
    "another type": (b'{"resourceType":"Patient"}', 400),
    "no type": (b'{"name":"x"}', 400),
    "a type that is a number": (b'{"resourceType":5}', 400),
    "an unknown element": (b'{"resourceType":"Organization","name":"x","colour":"blue"}', 422),
    "a string for a boolean": (b'{"resourceType":"Organization","name":"x","active":"true"}', 422),
    "an object for a string": (b'{"resourceType":"Organization","name":{}}', 422),
    "an empty string": (b'{"resourceType":"Organization","name":""}', 422),
    "null": (b'{"resourceType":"Organization","name":null}', 422),
    "a meta that is a list": (b'{"resourceType":"Organization","name":"x","meta":[]}', 422),
    "a wrong language": (b'{"resourceType":"Organization","name":"x","language":7}', 422),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_body_that_is_wrong_is_refused_and_nothing_is_kept(
    integration: System, database: Database, fault: str
) -> None:
    body, status = BROKEN[fault]
    answer = integration.post("Organization", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["details"]["text"]
    assert tables.rows(database, ["resource"])["resource"] == []


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"gender": "f"}, "Patient.gender"),
        ({"birthDate": "1940-02-31"}, "Patient.birthDate"),
        ({"colour": "blue"}, "Patient.colour"),
        (
            {"identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}]},
            "Patient.identifier[0].value",
        ),
        (
            {"identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "0000000000"}]},
            "Patient.identifier[0].value",
        ),
        (
            {"identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 0018"}]},
            "Patient.identifier[0].value",
        ),
        (
            {"identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "٩٩٩٠٠٠٠٠١٨"}]},
            "Patient.identifier[0].value",
        ),
        ({"identifier": []}, "Patient.identifier"),
        ({"identifier": None}, "Patient.identifier"),
        ({"name": [{"given": "Anna"}]}, "Patient.name[0].given"),
        ({"generalPractitioner": [{"reference": "Condition/1"}]}, "Patient.generalPractitioner[0].reference"),
        ({"generalPractitioner": [{"reference": "Organization/none"}]}, "Patient.generalPractitioner[0].reference"),
    ],
)
def test_a_refusal_names_the_element(integration: System, changes: dict[str, Any], expression: str) -> None:
    answer = integration.post("Patient", builders.patient(**changes))
    assert answer.status_code == 422, answer.text
    assert expression in [found for issue in answer.json()["issue"] for found in issue.get("expression", [])]


def test_a_refusal_never_repeats_what_identifies_a_person(integration: System) -> None:
    number = "9990000019"
    answer = integration.post("Patient", builders.patient(number, name=[{"family": "Unmistakable", "colour": "x"}]))
    assert answer.status_code == 422
    assert number not in answer.text
    assert "Unmistakable" not in answer.text


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/fhir+json", 201),
        ("application/json; charset=UTF-8", 201),
        ("application/fhir+json;fhirVersion=4.0", 201),
        ("application/fhir+xml", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/json; charset=latin-1", 415),
    ],
)
def test_only_json_is_read(integration: System, content_type: str, status: int) -> None:
    answer = integration.send("POST", "Organization", builders.organization(), **{"Content-Type": content_type})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("application/fhir+xml, application/fhir+json;q=0.5", 200),
        ("application/fhir+xml", 406),
        ("text/html", 406),
    ],
)
def test_only_json_is_written(integration: System, accept: str, status: int) -> None:
    assert integration.get("Organization", Accept=accept).status_code == status


def test_format_outranks_the_accept_header(integration: System) -> None:
    assert integration.get("Organization?_format=xml").status_code == 406
    assert integration.get("Organization?_format=json", Accept="application/fhir+xml").status_code == 200


def test_a_body_over_the_limit_is_refused(integration: System) -> None:
    answer = integration.post("Organization", b'{"name":"' + b"x" * 5_000_001 + b'"}')
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-long"


def test_a_body_of_far_too_many_values_is_refused(integration: System) -> None:
    entries = [{"resource": {"resourceType": "Organization", "alias": ["A"] * 700}}] * 100
    answer = integration.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["code"] == "too-costly"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "Organization/leek", 415),
        ("GET", "Robot", 404),
        ("GET", "Robot/1", 404),
        ("POST", "Robot", 404),
        ("GET", "Patient/1/_history/x/y", 404),
        ("GET", "Organization/none/_history/0", 404),
        ("GET", "Organization/none/_history/99999999999999999999", 404),
        ("POST", "Robot/_search", 404),
        ("GET", "Patient/$summary", 405),
    ],
)
def test_what_does_not_exist_is_said_to_not_exist(integration: System, method: str, path: str, status: int) -> None:
    sent = {"resourceType": "Robot"} if path == "Robot" and method == "POST" else {}
    answer = integration.send(method, path, sent)
    assert answer.status_code in (status, 415), answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "path",
    [
        "Patient/%00",
        "Patient/%FF",
        "Patient/a%2Fb",
        "Patient?name=%FF",
        "Patient?name=%00",
        "Patient/a_b",
        "Patient?" + "a=1&" * 200,
    ],
)
def test_odd_urls_are_refused_and_never_a_fault(integration: System, path: str) -> None:
    assert integration.get(path).status_code in (400, 404)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                sorted(
                    {
                        "resourceType",
                        "id",
                        "meta",
                        "type",
                        "entry",
                        "resource",
                        "request",
                        "method",
                        "url",
                        "reference",
                        "coding",
                        "identifier",
                        "extension",
                        "code",
                        "subject",
                        "fullUrl",
                        "ifNoneExist",
                        "status",
                        "period",
                        "value",
                    }
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=json_values, place=st.sampled_from(range(12)), element=st.sampled_from(["resource", "request", "fullUrl"]))
def test_no_mutilated_bundle_is_a_fault_of_ours(integration: System, body: Any, place: int, element: str) -> None:
    bundle = bundles.registration()
    bundle["entry"][place][element] = body
    assert integration.post("", json.dumps(bundle).encode()).status_code < 500


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=json_values, element=st.sampled_from(["identifier", "name", "meta", "generalPractitioner", "extension", "id"])
)
def test_no_mutilated_patient_is_a_fault_of_ours(integration: System, body: Any, element: str) -> None:
    patient = builders.patient(**{element: body}) | {element: body}
    assert integration.post("Patient", json.dumps(patient).encode()).status_code < 500


def test_a_request_id_is_given_or_echoed(integration: System) -> None:
    assert len(integration.get("Organization").headers["x-request-id"]) == 32
    answer = integration.get("Organization", X_Request_ID="abc-123", X_Correlation_ID="def-456")
    assert answer.headers["x-request-id"] == "abc-123"
    assert answer.headers["x-correlation-id"] == "def-456"
    assert integration.get("Organization", X_Request_ID="a b\tc").headers["x-request-id"] != "a b\tc"


def test_a_fault_of_ours_says_its_request_id_and_nothing_more(
    integration: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from service.store import read

    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail of 9990000018")

    monkeypatch.setattr(read, "current", breaks)
    answer = integration.get("Organization/leek", X_Request_ID="the-id")
    assert answer.status_code == 500
    assert "the-id" in answer.text
    assert "secret" not in answer.text
    told = capsys.readouterr().err
    assert "the-id" in told
    assert "9990000018" not in told


def test_metadata_is_open_and_says_what_is_registered(http: TestClient) -> None:
    answer = http.get("/fhir/R4/metadata")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    rest = answer.json()["rest"][0]
    assert {resource["type"] for resource in rest["resource"]} >= set(builders.SMALLEST)
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement

    CapabilityStatement.model_validate(answer.json())


def test_health_is_open_and_readiness_knows_the_schema(http: TestClient) -> None:
    assert http.get("/healthz").json() == {"status": "up"}
    assert http.get("/readyz").status_code == 503  # these tables were not made by the migrations


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["$meta", "Patient/$match", "Patient/anna/$meta", "Group/Y99001/$add", "Device/$x"])
def test_an_operation_that_there_is_not_is_called_so(integration: System, method: str, path: str) -> None:
    answer = integration.send(method, path, {"resourceType": "Parameters"})
    assert answer.status_code == 404
    issue = answer.json()["issue"][0]
    assert (issue["code"], "no such operation" in issue["details"]["text"]) == ("not-supported", True)
