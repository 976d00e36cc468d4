"""A hospital that cares for somebody whose whereabouts are restricted reads what it needs, and not where they are."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.fhir import sensitivity
from service.register import codes, nhs_number
from tests import builders, bundles
from tests.fhir.filled import SECRET
from tests.systems import System, connect

LABEL = {"system": sensitivity.CONFIDENTIALITY, "code": "R"}


@pytest.fixture
def practice(http: TestClient, database: Database) -> System:
    return connect(http, database, "practice", organisation="Y99001")


@pytest.fixture
def hospital(http: TestClient, database: Database) -> System:
    return connect(http, database, "hospital", organisation="RXX")


@pytest.fixture
def anna(practice: System) -> None:
    """Anna, on the register, of whom few may know where she is."""
    where: dict[str, Any] = {
        "meta": {"security": [LABEL]},
        "address": [{"use": "home", "line": [SECRET], "city": SECRET}],
        "telecom": [{"system": "phone", "value": SECRET}],
        "generalPractitioner": [{**builders.at_practice("Y99001")[0], "display": SECRET}],
    }
    who = builders.patient(id="anna", **where)
    practice.register(who, managingOrganization={"display": SECRET}, careManager={"display": SECRET})
    place = builders.concept((codes.PLACE_TYPE, "40"))
    note = [{"text": SECRET}]
    practice.keep(
        builders.place_of_death(id="wish", valueCodeableConcept={**place, "text": SECRET}, note=note),
        builders.care_team(id="team", name=SECRET),
    )


def test_the_practice_reads_where_she_is(practice: System, anna: None) -> None:
    assert SECRET in practice.get("Patient/anna").text
    assert SECRET in practice.summary(builders.NHS_NUMBER).text


def test_the_hospital_reads_the_answer_all_the_same(hospital: System, anna: None) -> None:
    wish = hospital.get("Observation/wish").json()
    assert wish["valueCodeableConcept"]["coding"][0]["code"] == "40"
    assert "Care home" in hospital.summary(builders.NHS_NUMBER).text


@pytest.mark.parametrize("way", ["update", "patch", "delete", "conditional", "transaction"])
def test_the_hospital_changes_nothing_of_it(hospital: System, practice: System, anna: None, way: str) -> None:
    read = hospital.get("Patient/anna").json()
    by_number = f"Patient?identifier={nhs_number.SYSTEM}|{builders.NHS_NUMBER}"
    answer = {
        "update": lambda: hospital.put("Patient/anna", read),
        "patch": lambda: hospital.patch("Patient/anna", {"op": "remove", "path": "/birthDate"}),
        "delete": lambda: hospital.delete("Observation/wish"),
        "conditional": lambda: hospital.put(by_number, read),
        "transaction": lambda: hospital.post("", bundles.transaction(bundles.request("PUT", "Patient/anna", read))),
    }[way]()
    assert answer.status_code in (403, 412)
    assert SECRET not in answer.text
    assert SECRET in practice.get("Patient/anna").text


def test_a_conditional_create_tells_the_hospital_no_more_of_her(hospital: System, anna: None) -> None:
    by_number = f"identifier={nhs_number.SYSTEM}|{builders.NHS_NUMBER}"
    answer = hospital.post(
        "Patient", builders.patient(), **{"If-None-Exist": by_number, "Prefer": "return=representation"}
    )
    assert answer.status_code == 200
    assert SECRET not in answer.text


def test_the_practice_lifts_the_label(practice: System, hospital: System, anna: None) -> None:
    whole = practice.get("Patient/anna").json()
    answer = practice.put("Patient/anna", {**whole, "meta": {"security": [{**LABEL, "code": "N"}]}})
    assert answer.status_code == 200
    assert SECRET in hospital.get("Patient/anna").text


@pytest.mark.parametrize(
    "url",
    [
        "Patient/anna",
        "Patient/anna/_history",
        "Patient/anna/_history/1",
        "Patient?_id=anna",
        "Patient/anna/*",
        "Patient/anna/$everything",
        "Patient/anna/$summary",
    ],
)
def test_when_it_was_written_is_told_nowhere(practice: System, hospital: System, anna: None, url: str) -> None:
    """At the same instant the practice may write of itself, in a Practitioner or a Provenance that everybody reads."""
    written = practice.get("Patient/anna").json()["meta"]["lastUpdated"]
    answer = hospital.get(url)
    assert "anna" in answer.text
    assert written not in answer.text
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize(
    "url",
    [
        "Patient?_lastUpdated=gt2020-01-01",
        "Patient?_sort=_lastUpdated",
        "?_type=Patient,Practitioner",
        "Patient/_history",
        "_history",
        "Patient/anna/_history?_since=2020-01-01T00:00:00Z",
        "Patient/anna/_history?_at=2099-01-01",
        "Patient/anna/$everything?_since=2020-01-01T00:00:00Z",
    ],
)
def test_nothing_finds_her_by_when_it_was_written(practice: System, hospital: System, anna: None, url: str) -> None:
    hers = [
        [one for one in system.get(url).json().get("entry", []) if one["resource"]["id"] == "anna"]
        for system in (practice, hospital)
    ]
    assert hospital.get(url).status_code == 200
    assert hers[0]
    assert hers[1] == []
    assert '"id":"anna"' not in hospital.get(url).text
