"""The measure over FHIR: who may ask for it, and what is said of a bad question."""

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests.systems import System, connect

MEASURE = "Measure/register-prevalence/$evaluate-measure"


@pytest.fixture
def quality(http: TestClient, database: Database) -> System:
    return connect(http, database, "reporting", scope="system/Measure.rs system/MeasureReport.rs")


def test_a_quality_lead_gets_a_measure_report_by_get_and_by_post(quality: System) -> None:
    by_get = quality.get(f"{MEASURE}?periodEnd=2026-03-31")
    parameter = {"name": "periodEnd", "valueDate": "2026-03-31"}
    by_post = quality.post(MEASURE, {"resourceType": "Parameters", "parameter": [parameter]})
    assert by_get.status_code == by_post.status_code == 200
    assert by_get.json()["resourceType"] == "MeasureReport"
    assert by_get.json()["period"]["end"] == by_post.json()["period"]["end"] == "2026-03-31"


def test_a_register_without_lists_says_so_in_words(quality: System) -> None:
    answer = quality.get(f"{MEASURE}?periodEnd=2026-03-31").json()
    assert "group" not in answer
    assert "No" in answer["text"]["div"] or "no" in answer["text"]["div"]


def test_the_measure_needs_its_own_scopes(hospital: System) -> None:
    assert hospital.get(f"{MEASURE}?periodEnd=2026-03-31").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "periodEnd=soon",
        "periodEnd=0001-01-01",
        "periodEnd=20260331",
        "periodEnd=2026-W13-2",
        "colour=blue",
        "reportType=subject-list",
        "area=NOWHERE",
    ],
)
def test_a_bad_question_is_refused(quality: System, query: str) -> None:
    answer = quality.get(f"{MEASURE}?{query}")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "measure",
    [
        "register-prevalence",
        "Measure/register-prevalence",
        "https://heartsease.example/fhir/Measure/register-prevalence",
        "https://heartsease.example/fhir/Measure/register-prevalence|1.0",
    ],
)
def test_a_measure_may_be_named_by_a_parameter(quality: System, measure: str) -> None:
    by_get = quality.get(f"Measure/$evaluate-measure?measure={measure}&periodStart=2026-01-01&periodEnd=2026-03-31")
    parameters = [{"name": "measure", "valueString": measure}, {"name": "periodEnd", "valueDate": "2026-03-31"}]
    by_post = quality.post("Measure/$evaluate-measure", {"resourceType": "Parameters", "parameter": parameters})
    assert by_get.status_code == by_post.status_code == 200
    assert by_get.json() == by_post.json() == quality.get(f"{MEASURE}?periodEnd=2026-03-31").json()


def test_a_measure_that_nobody_knows_is_not_found(quality: System) -> None:
    assert quality.get("Measure/$evaluate-measure?measure=other").status_code == 404
    assert quality.get("Measure/other/$evaluate-measure").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?measure=register-prevalence&periodStart=2026-04-01&periodEnd=2026-03-31", "?measure=a&measure=b"]
)
def test_a_question_without_one_measure_or_one_period_is_refused(quality: System, query: str) -> None:
    assert quality.get(f"Measure/$evaluate-measure{query}").status_code == 400


def test_the_measure_in_the_url_takes_no_other(quality: System) -> None:
    answer = quality.get(f"{MEASURE}?measure=register-prevalence")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"
