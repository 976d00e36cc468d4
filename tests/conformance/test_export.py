"""Bulk export (HL7 Bulk Data Access 2.0): kick-off, status, manifest, files of one resource a line."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import app
from service.config import Settings
from service.db import Database
from tests import builders, bundles, tables
from tests.systems import System, connect

BASE = "http://127.0.0.1:8000/fhir/R4/"
NDJSON = "application/fhir+ndjson"


def kick_off(system: System, path: str = "$export", **headers: str) -> Any:
    return system.get(path, **{"Prefer": "respond-async", **headers})


def below(url: str) -> str:
    assert url.startswith(BASE)
    return url.removeprefix(BASE)


def manifest(system: System, path: str = "$export", **headers: str) -> Any:
    """The manifest of a new export, asked for until it is there."""
    started = kick_off(system, path, **headers)
    assert started.status_code == 202, started.text
    return awaited(system, below(started.headers["content-location"]))


def awaited(system: System, status: str) -> Any:
    for _ in range(200):
        answer = system.get(status)
        if answer.status_code != 202:
            break
        assert "x-progress" in answer.headers
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(system: System, url: str) -> list[Any]:
    answer = system.get(below(url), Accept=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == NDJSON
    return [json.loads(line) for line in answer.text.splitlines()]


def exported(system: System, path: str = "$export", kind: str = "output") -> dict[str, Any]:
    """What an export brings, by reference."""
    found = {}
    for each in manifest(system, path)[kind]:
        for resource in lines(system, each["url"]):
            assert resource["resourceType"] == each["type"]
            reference = f"{resource['resourceType']}/{resource['id']}"
            assert reference not in found
            found[reference] = resource
    return found


def deleted(system: System, path: str) -> list[str]:
    """What an export says is gone."""
    requests = [
        entry["request"]
        for each in manifest(system, path)["deleted"]
        for bundle in lines(system, each["url"])
        for entry in bundle["entry"]
    ]
    assert {request["method"] for request in requests} <= {"DELETE"}
    return [request["url"] for request in requests]


@pytest.fixture
def anna(integration: System) -> dict[str, str]:
    """Anna, of the practice Y99001, on the register: type to id."""
    return bundles.ids(integration.post("", bundles.registration()).json())


@pytest.fixture
def ben(integration: System) -> dict[str, str]:
    """Ben, of the practice Y99002."""
    registration = bundles.registration(builders.a_number(1), practice="Y99002")
    return bundles.ids(integration.post("", registration).json())


def test_an_export_brings_every_resource_as_a_read_does(
    integration: System, anna: dict[str, str], ben: dict[str, str]
) -> None:
    found = exported(integration)
    assert {f"{name}/{one[name]}" for one in (anna, ben) for name in one} <= set(found)
    for reference, resource in found.items():
        assert integration.get(reference).json() == resource


def test_the_manifest_says_what_was_asked_and_as_of_when(integration: System, anna: dict[str, str]) -> None:
    found = manifest(integration, "$export?_type=Patient,Consent")
    assert found["request"] == f"{BASE}$export?_type=Patient%2CConsent"
    assert found["requiresAccessToken"] is True
    assert found["error"] == found["deleted"] == []
    assert {each["type"] for each in found["output"]} == {"Patient", "Consent"}
    assert found["transactionTime"] >= integration.get(f"Patient/{anna['Patient']}").json()["meta"]["lastUpdated"]
