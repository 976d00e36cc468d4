"""Binary: a file comes and goes as it is, or as FHIR's JSON (R4, "Serving Binary Resources using the RESTful API")."""

import base64
from typing import Any

import pytest

from tests import builders
from tests.systems import System

FILE = b"%PDF-1.7\x00\xff as it was scanned"
PDF = {"Content-Type": "application/pdf", "X-Security-Context": "Patient/anna"}


@pytest.fixture
def anna(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))


def sent(system: System, content: bytes = FILE, **headers: str) -> Any:
    return system.send("POST", "Binary", content, **{**PDF, **headers})


def test_a_file_is_kept_as_a_binary_of_a_person(integration: System, anna: None) -> None:
    answer = sent(integration)
    assert answer.status_code == 201
    kept = answer.json()
    assert base64.b64decode(kept["data"]) == FILE
    assert (kept["contentType"], kept["securityContext"]) == ("application/pdf", {"reference": "Patient/anna"})


def test_a_file_is_read_back_as_it_was_sent(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    answer = integration.get(path, Accept="application/pdf")
    assert (answer.status_code, answer.content) == (200, FILE)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["etag"] == 'W/"1"'


def test_a_binary_is_read_as_fhir_by_who_asks_for_fhir(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    for accept in ("application/fhir+json", "*/*", "application/pdf;q=0.5, application/fhir+json"):
        assert integration.get(path, Accept=accept).json()["resourceType"] == "Binary"


def test_a_binary_that_came_as_fhir_is_read_as_a_file(integration: System, anna: None) -> None:
    binary = {
        "resourceType": "Binary",
        "contentType": "text/plain",
        "securityContext": {"reference": "Patient/anna"},
        "data": base64.b64encode(b"Hello").decode(),
    }
    path = f"Binary/{integration.created(binary)['id']}"
    assert integration.get(path, Accept="text/plain").content == b"Hello"
    assert integration.get(f"{path}/_history/1", Accept="text/*").content == b"Hello"


def test_a_file_of_another_kind_than_is_asked_for_is_not_acceptable(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    assert integration.get(path, Accept="image/png").status_code == 406


def test_a_page_that_was_stored_never_runs_in_a_browser(integration: System, anna: None) -> None:
    page = sent(integration, b"<script>alert(1)</script>", **{"Content-Type": "text/html"})
    answer = integration.get(f"Binary/{page.json()['id']}", Accept="text/html,*/*;q=0.8")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_content_type_that_is_none_leaves_as_plain_bytes(integration: System, anna: None) -> None:
    binary = {
        "resourceType": "Binary",
        "contentType": "text/html\u00e9",
        "securityContext": {"reference": "Patient/anna"},
        "data": base64.b64encode(b"Hello").decode(),
    }
    path = f"Binary/{integration.created(binary)['id']}"
    answer = integration.get(path, Accept="*/*, application/fhir+json;q=0.1, application/json;q=0.1, text/json;q=0.1")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_file_needs_the_person_whom_it_belongs_to(integration: System, anna: None) -> None:
    assert sent(integration, **{"X-Security-Context": ""}).status_code == 400
    assert sent(integration, **{"X-Security-Context": "Patient/nobody"}).status_code == 422
    assert sent(integration, **{"X-Security-Context": "Organization/leek"}).status_code == 422


def test_a_file_is_seen_by_who_may_see_its_person(integration: System, practice: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    assert practice.get(path, Accept="application/pdf").status_code == 404


def test_a_file_is_replaced_by_another_version(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    assert integration.send("PUT", path, b"signed", **PDF).headers["etag"] == 'W/"2"'
    assert integration.get(path, Accept="application/pdf").content == b"signed"
    assert integration.get(f"{path}/_history/1", Accept="application/pdf").content == FILE


def test_a_reader_who_holds_the_file_gets_no_second_copy(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    answer = integration.get(path, Accept="application/pdf", If_None_Match='W/"1"')
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_part_of_a_binary_is_never_taken_for_an_empty_file(integration: System, anna: None) -> None:
    path = f"Binary/{sent(integration).json()['id']}"
    assert integration.get(f"{path}?_elements=contentType", Accept="application/pdf").status_code == 406
