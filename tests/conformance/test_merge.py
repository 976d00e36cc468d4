"""`Patient/$merge` and `$unmerge` over HTTP: who may, what is told, and that the one who is left is found."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import nhs_number
from tests import builders, tables
from tests.answers import entries
from tests.systems import System, connect

ANN = builders.reference("Patient/ann")
ANNS_NUMBER = builders.a_number(1)
HOMES = {"generalPractitioner": builders.at_practice("Y99001")}


def parameters(source: str = "ann", target: str = "anna", **more: Any) -> dict[str, Any]:
    both = (("source-patient", source), ("target-patient", target))
    parts = [{"name": name, "valueReference": {"reference": f"Patient/{one}"}} for name, one in both]
    parts += [{"name": name, "valueBoolean": value} for name, value in more.items()]
    return {"resourceType": "Parameters", "parameter": parts}


def told(answer: Any, name: str) -> list[Any]:
    assert answer.status_code == 200, answer.text
    parts = [part for part in answer.json()["parameter"] if part["name"] == name]
    return [part.get("resource") or part["valueReference"]["reference"] for part in parts]


@pytest.fixture
def two(integration: System) -> System:
    integration.register(builders.patient(id="anna", **HOMES))
    integration.keep(
        builders.patient(ANNS_NUMBER, id="ann", **HOMES),
        builders.cpr_decision(id="cpr", subject=ANN),
    )
    return integration


def test_a_merge_tells_what_moved_and_who_is_left(two: System) -> None:
    answer = two.post("Patient/$merge", parameters())
    assert told(answer, "moved") == ["Observation/cpr"]
    [target] = told(answer, "result")
    assert (target["id"], target["link"][0]["type"]) == ("anna", "replaces")
    [outcome] = told(answer, "outcome")
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "merged"
    assert told(answer, "input") == [parameters()]


def test_the_old_number_and_the_old_id_find_who_is_left(two: System) -> None:
    two.post("Patient/$merge", parameters())
    by_number, by_id = two.summary(ANNS_NUMBER), two.get("Patient/ann/$summary")
    for answer in (by_number, by_id, two.summary(builders.NHS_NUMBER)):
        assert answer.status_code == 200
        assert "Not for attempted CPR" in answer.text
        assert answer.headers["etag"] == by_id.headers["etag"]
    found = two.search("Patient", identifier=f"{nhs_number.SYSTEM}|{ANNS_NUMBER}")
    assert [entry["resource"]["id"] for entry in entries(found)] == ["anna"]
    assert two.get("Patient/ann").json()["link"] == [
        {"other": {"reference": "Patient/anna"}, "type": "replaced-by"},
    ]
    assert [one["resource"]["id"] for one in entries(two.get("Observation?patient=anna&code=450476008"))] == []
    assert "Observation/cpr" in two.get("Patient/ann/$everything").text


def test_a_preview_says_the_same_and_leaves_nothing_but_its_audit(two: System, database: Database) -> None:
    before = tables.rows(database)
    preview = two.post("Patient/$merge", parameters(preview=True))
    assert told(preview, "moved") == ["Observation/cpr"]
    assert told(preview, "result")[0]["link"][0]["type"] == "replaces"
    assert tables.rows(database) == before
    assert {row.action for row in tables.audit(database)[-2:]} == {"merge preview"}


def test_an_unmerge_tells_what_stays(two: System) -> None:
    two.post("Patient/$merge", parameters())
    two.keep(builders.place_of_death("10", id="new", subject=builders.reference("Patient/anna")))
    answer = two.post("Patient/$unmerge", parameters())
    assert (told(answer, "moved"), told(answer, "stayed")) == (["Observation/cpr"], ["Observation/new"])
    assert "link" not in two.get("Patient/anna").json()
    assert two.summary(ANNS_NUMBER).status_code == 404  # Ann is not on the register


def test_a_merge_and_its_undoing_are_audited_for_both(two: System, database: Database) -> None:
    two.post("Patient/$merge", parameters())
    two.post("Patient/$unmerge", parameters())
    rows = [row for row in tables.audit(database) if row.action in ("merge", "unmerge")]
    assert [(row.action, row.resource_id) for row in rows] == [
        *(("merge", "ann"), ("merge", "anna"), ("unmerge", "ann"), ("unmerge", "anna")),
    ]
    assert len({row.person_pk for row in rows}) == 2


def test_the_provenance_says_that_it_was_a_merge(two: System) -> None:
    two.post("Patient/$merge", parameters())
    found = entries(two.get("Provenance?target=Patient/ann"))
    [provenance] = [one for one in found if "Patient/ann/_history/2" in str(one)]
    assert [one["code"] for one in provenance["resource"]["activity"]["coding"]] == ["UPDATE", "merge"]


def test_a_practice_merges_people_whom_it_looks_after_both(two: System, practice: System) -> None:
    assert practice.post("Patient/$merge", parameters()).status_code == 200
    assert practice.post("Patient/$unmerge", parameters()).status_code == 200


def test_a_merge_by_who_looks_after_both_is_no_claim_to_anybody(
    two: System, http: TestClient, database: Database
) -> None:
    caring = connect(http, database, "gp", organisation="Y99001", user="dr", purpose="TREAT")
    assert caring.post("Patient/$merge", parameters()).status_code == 200
    assert {row.basis for row in tables.audit(database) if row.action == "merge"} == {"looked-after"}


def test_hidden_and_absent_are_one_identical_answer(two: System, practice: System) -> None:
    elsewhere = {"generalPractitioner": builders.at_practice("Y99002")}
    two.keep(builders.patient(builders.a_number(2), id="bert", **elsewhere))
    for operation in ("$merge", "$unmerge"):
        for pair in (("ann", "bert"), ("bert", "ann")):
            absent = tuple("none" if one == "bert" else one for one in pair)
            answers = [practice.post(f"Patient/{operation}", parameters(*each)) for each in (pair, absent)]
            assert answers[0].status_code == answers[1].status_code == 404
            assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("role", ["hospital", "ambulance", "care-home", "privacy-officer", "quality-lead"])
def test_no_other_role_merges(two: System, http: TestClient, database: Database, role: str) -> None:
    other = connect(http, database, role, organisation="Y99001")
    for operation in ("$merge", "$unmerge"):
        assert other.post(f"Patient/{operation}", parameters()).status_code == 403
    assert "link" not in two.get("Patient/ann").json()


def test_a_practice_that_merely_sees_somebody_does_not_merge_them(
    two: System, http: TestClient, database: Database
) -> None:
    elsewhere = {"generalPractitioner": builders.at_practice("Y99002")}
    two.keep(builders.patient(builders.a_number(2), id="bert", **elsewhere))
    caring = connect(http, database, "gp", organisation="Y99001", user="dr", purpose="TREAT")
    assert caring.get("Patient/bert").status_code == 200
    assert caring.post("Patient/$merge", parameters("bert", "anna")).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceType": "Parameters"},
        parameters("ann", "anna/_history/1"),
        {"resourceType": "Parameters", "parameter": [*parameters()["parameter"], {"name": "else", "valueCode": "x"}]},
        {
            "resourceType": "Parameters",
            "parameter": [*parameters()["parameter"], {"name": "preview", "valueCode": "x"}],
        },
        parameters("ann", "ann"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(two: System, database: Database, wrong: dict[str, Any]) -> None:
    before = tables.rows(database)
    assert two.post("Patient/$merge", wrong).status_code in (400, 422)
    assert tables.rows(database) == before


def test_nobody_says_by_a_write_that_a_record_was_merged(two: System) -> None:
    link = [{"other": {"reference": "Patient/anna"}, "type": "replaced-by"}]
    assert two.put("Patient/ann", builders.patient(ANNS_NUMBER, id="ann", link=link)).status_code == 422


def test_a_merged_record_is_counted_once_in_its_group(two: System, http: TestClient, database: Database) -> None:
    two.post("Patient/$merge", parameters())
    reader = connect(http, database, "integration", scope="system/Group.rs system/Patient.rs")
    members = reader.get("Group/Y99001").json().get("member", [])
    assert [one["entity"]["reference"] for one in members] == ["Patient/anna"]
