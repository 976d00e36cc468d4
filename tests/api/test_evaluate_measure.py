"""The measure over FHIR: who may ask for it, and what is said of a bad question."""

import pytest
from fhir.resources.R4B.measurereport import MeasureReport
from sqlmodel import select
from starlette.testclient import TestClient

from service.audit import AuditEvent
from service.db import Database
from service.reports import measure, measure_report, snapshots
from tests import builders
from tests.reports.invented import Area
from tests.systems import System, connect

MEASURE = "Measure/register-prevalence/$evaluate-measure"
SCOPE = "system/Measure.rs system/MeasureReport.rs"


@pytest.fixture
def quality(http: TestClient, database: Database) -> System:
    return connect(http, database, "reporting", scope=SCOPE)


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
        "reportType=individual",
        "by=colour",
        "subject=Patient/anna",
        "practitioner=Practitioner/dr",
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
    "query",
    [
        "",
        "?measure=register-prevalence&periodStart=2026-04-01&periodEnd=2026-03-31",
        "?measure=on-register-at-death&periodStart=9999-01-01&periodEnd=9999-12-31",
        "?measure=a&measure=b",
    ],
)
def test_a_question_without_one_measure_or_one_period_is_refused(quality: System, query: str) -> None:
    assert quality.get(f"Measure/$evaluate-measure{query}").status_code == 400


def test_the_measure_in_the_url_takes_no_other(quality: System) -> None:
    answer = quality.get(f"{MEASURE}?measure=register-prevalence")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_what_is_made_of_every_other_measure_needs_a_split(quality: System) -> None:
    answer = quality.get("Measure/equity/$evaluate-measure")
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (400, ["by"])


DEATHS = "Measure/on-register-at-death/$evaluate-measure"


@pytest.mark.parametrize("name", measure.all_measures())
def test_every_measure_is_reported_over_fhir(quality: System, name: str) -> None:
    one = measure.named(name)
    answer = quality.get(f"Measure/{one.id}/$evaluate-measure?by=deprivation")
    assert answer.status_code == 200
    assert answer.json()["measure"] == f"{one.canonical}|{one.version}"
    MeasureReport.model_validate(answer.json())


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-03-01", "2026-03-31"),
        ("2026-01-01", "2026-03-31"),
        ("2025-04-01", "2026-03-31"),
        ("2023-04-01", "2026-03-31"),
    ],
)
def test_deaths_are_counted_over_the_period_that_is_asked_for(quality: System, starts: str, ends: str) -> None:
    answer = quality.get(f"{DEATHS}?periodStart={starts}&periodEnd={ends}").json()
    assert answer["period"] == {"start": starts, "end": ends}


@pytest.mark.parametrize(
    "period", ["periodStart=2026-02-01&periodEnd=2026-03-31", "periodStart=2026-03-02&periodEnd=2026-03-31"]
)
def test_a_period_that_is_not_reported_is_refused_in_words(quality: System, period: str) -> None:
    answer = quality.get(f"{DEATHS}?{period}")
    assert (answer.status_code, "one, three, twelve or thirty-six months" in answer.text) == (400, True)


@pytest.fixture
def practice(http: TestClient, database: Database, integration: System) -> System:
    """A quality lead of a practice with two people on its register, next to one of another."""
    Area(database)
    for number, (name, code) in enumerate({"anna": "Z99001", "bert": "Z99001", "carl": "Z99002"}.items()):
        patient = builders.patient(
            builders.a_number(number), id=name, generalPractitioner=builders.at_practice(code), gender="female"
        )
        integration.register(patient)
    scope = "system/Measure.rs system/MeasureReport.rs system/Patient.rs"
    return connect(http, database, "reporting", organisation="Z99001", scope=scope, purpose="HQUALIMP", user="lead")


def told(database: Database) -> list[tuple[str, bool, str, str]]:
    with database.reading() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == "report").order_by(AuditEvent.pk)).all()
    return [(row.resource_type, row.person_pk is not None, row.disclosed, row.purpose) for row in rows]


def test_a_practice_is_told_who_is_behind_its_figures_and_each_of_them_is_on_record(
    practice: System, database: Database
) -> None:
    answer = practice.get(f"{MEASURE}?reportType=subject-list")
    made = answer.json()
    MeasureReport.model_validate(made)
    assert (made["type"], made["reporter"]["identifier"]["value"]) == ("subject-list", "Z99001")
    [numerator] = [one for one in made["group"][1]["population"] if one["code"]["coding"][0]["code"] == "numerator"]
    contained = {f"#{one['id']}": one for one in made["contained"]}
    listed = contained[numerator["subjectResults"]["reference"]]["entry"]
    people = [contained[one["item"]["reference"]]["subject"]["reference"] for one in listed]
    assert (numerator["count"], people) == (2, ["Patient/anna", "Patient/bert"])
    assert "carl" not in answer.text
    assert told(database) == [("MeasureReport", True, f"Patient/{name}", "HQUALIMP") for name in ("anna", "bert")]


def test_a_practice_sees_its_own_figures_with_nothing_hidden_and_without_names(
    practice: System, database: Database
) -> None:
    answer = practice.get(f"{MEASURE}?own=Z99001&by=sex")
    made = answer.json()
    [stratifier] = made["group"][0]["stratifier"]
    counts = [one["population"][0]["count"] for one in stratifier["stratum"]]
    assert (made["type"], sorted(counts, reverse=True)[0]) == ("summary", 2)
    assert ("contained" in made, "anna" in answer.text) == (False, False)


@pytest.mark.parametrize(
    "query",
    [
        "own=Z99002",
        "own=Z99001&area=Z99002",
        "reportType=subject-list&own=Z99002",
        "reportType=subject-list&area=Z99002",
        "reportType=subject-list&area=99A",
    ],
)
def test_another_practice_tells_nobody_and_nothing_that_is_hidden(
    practice: System, database: Database, query: str
) -> None:
    answer = practice.get(f"{MEASURE}?{query}")
    assert (answer.status_code, "Patient/" in answer.text) == (403, False)


@pytest.mark.parametrize("query", ["reportType=subject-list", "own=99A"])
def test_who_is_no_practice_has_no_people_of_its_own(
    http: TestClient, database: Database, practice: System, query: str
) -> None:
    board = connect(http, database, "reporting", organisation="99A", scope=f"{SCOPE} system/Patient.rs")
    answer = board.get(f"{MEASURE}?{query}")
    assert (answer.status_code, "one general practice" in answer.text) == (400, True)


@pytest.mark.parametrize("query", ["reportType=subject-list", "own=Z99001"])
def test_people_are_told_only_to_a_token_that_may_read_them(
    http: TestClient, database: Database, practice: System, query: str
) -> None:
    without = connect(http, database, "reporting", organisation="Z99001", scope=SCOPE)
    assert without.get(f"{MEASURE}?{query}").status_code == 403


def test_a_board_reads_the_same_report_with_small_numbers_masked(practice: System, quality: System) -> None:
    made = quality.get(f"{MEASURE}?area=Z99001").json()
    populations = [one for group in made["group"] for one in group["population"]]
    masked = [one for one in populations if one["code"]["coding"][0]["code"] == "numerator"]
    assert all("count" not in one and "masked" in str(one["_count"]) for one in masked)


def test_a_report_that_left_over_fhir_is_read_again_by_the_id_it_carries(quality: System, database: Database) -> None:
    made = quality.get(f"{MEASURE}?periodEnd=2026-03-31").json()
    with database.reading() as session:
        again = snapshots.read(session, made["identifier"][0]["value"])
    assert measure_report.resource(again, canonical=measure.named("identification").canonical) == made


def test_every_list_of_people_holds_as_many_as_the_figure_counts(
    practice: System, integration: System, database: Database
) -> None:
    integration.put(
        "Patient/bert",
        builders.patient(
            builders.a_number(1),
            id="bert",
            generalPractitioner=builders.at_practice("Z99001"),
            deceasedDateTime="2026-03-02",
        ),
    )
    for one in measure.all_measures().values():
        period = "" if one.population.is_stock else "&periodStart=2025-04-01&periodEnd=2026-03-31"
        answer = practice.get(f"Measure/{one.id}/$evaluate-measure?reportType=subject-list{period}")
        if one.evaluate:
            assert (answer.status_code, "lists nobody" in answer.text) == (400, True)
            continue
        made = answer.json()
        contained = {f"#{each['id']}": each for each in made.get("contained", ())}
        named = 0
        for group in made.get("group", ()):
            for each in group["population"]:
                if "subjectResults" in each:
                    named += 1
                    listed = contained[each["subjectResults"]["reference"]]
                    assert len(listed.get("entry", ())) == each["count"], (one.name, group["id"])
        assert named or "group" not in made, one.name
