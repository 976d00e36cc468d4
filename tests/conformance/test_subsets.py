"""_summary and _elements: FHIR R4 §3.1.1.6, on read, vread and search."""

from typing import Any

import pytest

from service.fhir.subsets import SUBSETTED
from tests import builders, bundles
from tests.systems import System

NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Anna Example</div>'}


@pytest.fixture
def anna(integration: System) -> System:
    """Anna, with a narrative and a marital status, and a wish of hers."""
    body = builders.patient(id="anna", text=NARRATIVE, maritalStatus={"text": "widowed"})
    assert integration.put("Patient/anna", body).status_code == 201
    wish = builders.place_of_death(id="wish", note=[{"text": "said to her daughter"}])
    assert integration.put("Observation/wish", wish).status_code == 201
    return integration


def elements(resource: dict[str, Any]) -> set[str]:
    return set(resource) - {"resourceType", "id", "meta"}


@pytest.mark.parametrize("path", ["Patient/anna", "Patient/anna/_history/1"])
def test_a_read_gives_the_summary(anna: System, path: str) -> None:
    found = anna.get(f"{path}?_summary=true")
    assert found.status_code == 200
    assert elements(found.json()) == {"identifier", "name", "birthDate", "address"}
    assert SUBSETTED in found.json()["meta"]["tag"]
    assert found.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("path", ["Patient/anna", "Patient/anna/_history/1"])
def test_a_read_gives_the_elements_that_are_named(anna: System, path: str) -> None:
    found = anna.get(f"{path}?_elements=birthDate,gender").json()
    assert elements(found) == {"birthDate"}


def test_no_summary_is_the_whole_untagged(anna: System) -> None:
    whole = anna.get("Patient/anna")
    assert anna.get("Patient/anna?_summary=false").content == whole.content
    assert "tag" not in whole.json()["meta"]


def test_the_text_alone_and_the_data_alone(anna: System) -> None:
    assert elements(anna.get("Patient/anna?_summary=text").json()) == {"text"}
    assert elements(anna.get("Patient/anna?_summary=data").json()) == {
        "identifier",
        "name",
        "birthDate",
        "address",
        "generalPractitioner",
        "maritalStatus",
    }


@pytest.mark.parametrize(
    "query",
    [
        "_summary=count",
        "_summary=maybe",
        "_summary=true&_summary=text",
        "_summary=true&_elements=name",
        "_elements=colour",
        "_elements=name.family",
        "_count=5",
        "name=anna",
    ],
)
def test_a_read_refuses_what_it_cannot_do(anna: System, query: str) -> None:
    refusal = anna.get(f"Patient/anna?{query}")
    assert refusal.status_code == 400
    assert refusal.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", ["Patient/anna/_history", "Patient/_history", "_history"])
def test_a_history_gives_a_part_of_each_version(anna: System, path: str) -> None:
    anna.delete("Observation/wish")
    for entry in anna.get(f"{path}?_summary=text").json()["entry"]:
        if entry["request"]["method"] != "DELETE":
            assert SUBSETTED in entry["resource"]["meta"]["tag"]
    assert anna.get(f"{path}?_summary=count").status_code == 400
    assert anna.get(f"{path}?_elements=colour").status_code == 400


def test_a_search_gives_a_part_of_each_match(anna: System) -> None:
    [entry] = anna.get("Observation?_elements=status").json()["entry"]
    assert elements(entry["resource"]) == {"status", "code"}
    [entry] = anna.get("Patient?_summary=text").json()["entry"]
    assert elements(entry["resource"]) == {"text"}
    assert SUBSETTED in entry["resource"]["meta"]["tag"]


def test_the_elements_of_a_search_do_not_apply_to_what_is_included(anna: System) -> None:
    found = anna.get("Observation?_elements=status&_include=Observation:subject").json()["entry"]
    match, included = (entry["resource"] for entry in found)
    assert "valueCodeableConcept" not in match
    assert "maritalStatus" in included


def test_the_elements_of_an_included_type_are_named_with_it(anna: System) -> None:
    asked = "Observation?_elements=Observation.status,Patient.name&_include=Observation:subject"
    match, included = (entry["resource"] for entry in anna.get(asked).json()["entry"])
    assert elements(match) == {"status", "code"}
    assert elements(included) == {"name"}


def test_a_summary_is_of_what_is_included_too(anna: System) -> None:
    found = anna.get("Observation?_summary=true&_include=Observation:subject").json()["entry"]
    assert all(SUBSETTED in entry["resource"]["meta"]["tag"] for entry in found)
    assert "maritalStatus" not in found[1]["resource"]


def test_a_count_has_a_total_and_no_entries(anna: System) -> None:
    for asked in ("_summary=count", "_count=0", "_count=0&_sort=date", "_summary=count&status=final"):
        bundle = anna.get(f"Observation?{asked}").json()
        assert bundle["total"] == 1
        assert "entry" not in bundle
        assert [link["relation"] for link in bundle["link"]] == ["self", "first"]


@pytest.mark.parametrize(
    "query",
    [
        "_summary=text&_include=Observation:subject",
        "_summary=text&_revinclude=Provenance:target",
        "_summary=count&_include=Observation:subject",
        "_summary=count&_elements=status",
        "_summary=true&_elements=status",
        "_summary=maybe",
        "_elements=Patient.name",
        "_elements=colour",
    ],
)
def test_what_makes_no_sense_together_is_refused_and_not_ignored(anna: System, query: str) -> None:
    assert anna.get(f"Observation?{query}").status_code == 400


@pytest.mark.parametrize("query", ["_summary=true", "_summary=data", "_elements=identifier"])
def test_a_part_is_never_written_back_for_the_whole(anna: System, query: str) -> None:
    part = anna.get(f"Patient/anna?{query}").json()
    refused = [
        anna.put("Patient/anna", part),
        anna.put(f"Patient?identifier={builders.NHS_NUMBER}", part),
        anna.post("", bundles.transaction(bundles.request("PUT", "Patient/anna", part))),
        anna.post("Patient", {**part, "identifier": builders.patient(builders.a_number(1))["identifier"]}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 4
    assert refused[0].json()["issue"][0]["expression"] == ["Patient.meta.tag[0]"]
    assert anna.post("Patient/$validate", part).json()["issue"][0]["severity"] == "error"
    assert anna.get("Patient/anna").json()["meta"]["versionId"] == "1"
