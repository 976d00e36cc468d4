"""patch: JSON Patch (RFC 6902) at a resource, guarded and judged as any update (FHIR R4 §3.1.0.6)."""

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders, bundles
from tests.systems import JSON_PATCH, System, connect

OPERATION = {"op": "replace", "path": "/name", "value": "New"}


@pytest.fixture
def leek(integration: System) -> str:
    integration.put("Organization/leek", builders.organization(id="leek", name="Old", alias=["One", "Two"]))
    return "Organization/leek"


def test_a_patch_makes_the_next_version(integration: System, leek: str) -> None:
    answer = integration.patch(leek, OPERATION)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.headers["content-location"].endswith("/Organization/leek/_history/2")
    assert answer.json()["name"] == "New"
    assert integration.get(leek).json() == answer.json()
    assert integration.get(f"{leek}/_history/1").json()["name"] == "Old"


def test_all_operations_are_carried_out_or_none(integration: System, leek: str) -> None:
    refused = integration.patch(leek, OPERATION, {"op": "remove", "path": "/telecom"})
    assert refused.status_code == 422
    assert "at 1" in refused.text
    assert integration.get(leek).json()["name"] == "Old"


def test_what_a_patch_does_not_touch_stays_as_it_was_sent(integration: System) -> None:
    extension = [{"url": "https://example.org/score", "valueDecimal": 1.5}]
    sent = json.dumps(builders.organization(id="leek", extension=extension)).replace("1.5", "1.50").encode()
    integration.put("Organization/leek", sent)
    integration.patch("Organization/leek", OPERATION)
    assert b'"valueDecimal":1.50' in integration.get("Organization/leek").content


def test_a_patch_that_changes_nothing_makes_no_version(integration: System, leek: str) -> None:
    answer = integration.patch(leek, {"op": "replace", "path": "/name", "value": "Old"})
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"1"')


def test_the_result_is_judged_like_any_update(integration: System, leek: str) -> None:
    refused = integration.patch(leek, {"op": "add", "path": "/shoeSize", "value": 44})
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["Organization.shoeSize"]
    assert integration.get(leek).headers["etag"] == 'W/"1"'


def test_a_patch_cannot_move_a_record_to_another_person(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    integration.put("Condition/c", builders.condition(id="c"))
    moved = {"op": "replace", "path": "/subject/reference", "value": "Patient/bert"}
    assert integration.patch("Condition/c", moved).status_code == 422


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/resourceType", "value": "Patient"},
        {"op": "replace", "path": "/id", "value": "other"},
        {"op": "replace", "path": "/meta/versionId", "value": "7"},
        {"op": "add", "path": "/meta/tag", "value": []},
        {"op": "remove", "path": "/meta"},
        {"op": "move", "from": "/id", "path": "/name"},
        {"op": "copy", "from": "/name", "path": "/id"},
        {"op": "replace", "path": "", "value": {"resourceType": "Organization"}},
        {"op": "move", "from": "", "path": "/extension"},
    ],
)
def test_type_id_and_meta_are_not_patched(integration: System, leek: str, operation: Any) -> None:
    refused = integration.patch(leek, OPERATION, operation)
    assert refused.status_code == 422
    assert "operation at 1" in refused.text
    assert integration.get(leek).headers["etag"] == 'W/"1"'


def test_a_test_that_holds_lets_the_patch_through(integration: System, leek: str) -> None:
    assert integration.patch(leek, {"op": "test", "path": "/name", "value": "Old"}, OPERATION).status_code == 200


def test_a_test_that_does_not_hold_refuses_the_patch(integration: System, leek: str) -> None:
    refused = integration.patch(leek, OPERATION, {"op": "test", "path": "/name", "value": "Old"})
    assert refused.status_code == 422
    assert integration.get(leek).json()["name"] == "Old"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"[1]", b'"add"', b"", b"[", b'[{"op":"grow","path":"/a"}]', b'[{"op":"add","path":"/a"}]']
)
def test_what_is_no_json_patch_cannot_be_read(integration: System, leek: str, body: bytes) -> None:
    answer = integration.send("PATCH", leek, body, **{"Content-Type": JSON_PATCH})
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("content_type", ["application/fhir+json", "application/json", "application/xml-patch+xml"])
def test_another_kind_of_patch_is_refused(integration: System, leek: str, content_type: str) -> None:
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "operation"}]}
    refused = integration.send("PATCH", leek, parameters, **{"Content-Type": content_type})
    assert refused.status_code == 415
    assert JSON_PATCH in refused.text


def test_a_patch_of_another_version_than_the_current_is_refused(integration: System, leek: str) -> None:
    assert integration.patch(leek, OPERATION, If_Match='W/"1"').status_code == 200
    assert integration.patch(leek, {**OPERATION, "value": "Newer"}, If_Match='W/"1"').status_code == 412


def test_a_patch_of_what_is_not_here_is_not_found(integration: System) -> None:
    assert integration.patch("Organization/none", OPERATION).status_code == 404


def test_a_patch_of_what_was_deleted_is_gone(integration: System, leek: str) -> None:
    integration.delete(leek)
    assert integration.patch(leek, OPERATION).status_code == 410


@pytest.mark.parametrize(
    ("prefer", "expected"), [("minimal", None), ("representation", "Organization"), ("OperationOutcome",) * 2]
)
def test_a_patch_returns_what_the_client_prefers(
    integration: System, leek: str, prefer: str, expected: str | None
) -> None:
    answer = integration.patch(leek, OPERATION, Prefer=f"return={prefer}")
    assert (answer.json()["resourceType"] if answer.content else None) == expected


def test_who_may_not_read_is_told_nothing_by_a_patch(http: TestClient, database: Database, leek: str) -> None:
    writer = connect(http, database, "integration", scope="system/Organization.u")
    for _ in range(2):  # the second one changes nothing
        answer = writer.patch(leek, OPERATION)
        assert (answer.status_code, answer.content) == (200, b"")
    data = base64.b64encode(json.dumps([OPERATION]).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
    whole = bundles.transaction(bundles.request("PATCH", leek, binary))
    answer = writer.post("", whole, Prefer="return=representation")
    assert (answer.status_code, "Two" in answer.text) == (200, False)
    refused = writer.patch(leek, {"op": "test", "path": "/alias/0", "value": "A guess"})
    assert refused.status_code == 403
    assert "system/Organization.r" in refused.text


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "copy", "from": "/alias", "path": "/alias/-"}] * 40,
        [
            {"op": "add", "path": "/extension", "value": [{"url": "a", "extension": []}]},
            *[{"op": "copy", "from": "/extension/0", "path": "/extension/0/extension/-"}] * 40,
        ],
        [{"op": "copy", "from": "/alias/-", "path": "/name"}],
        [{"op": "copy", "path": "/name"}],
        [{"op": "move", "from": "/alias", "path": "/alias/0"}],
    ],
)
def test_a_patch_cannot_make_a_resource_grow_without_end(integration: System, leek: str, operations: Any) -> None:
    assert 400 <= integration.patch(leek, *operations).status_code < 500
    assert integration.get(leek).json()["meta"]["versionId"] == "1"
