"""search: FHIR R4 §3.1.1, by GET and by POST, for the parameters that the register has."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from service.register import nhs_number
from tests import builders
from tests.systems import System


@pytest.fixture
def anna(integration: System) -> System:
    """Anna's record and a little of Bert's, put there by an integration."""
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Patient/bert", builders.patient(builders.a_number(1), id="bert", birthDate="1950-02"))
    for number, day in enumerate(("2025-01-10", "2025-02-10", "2025-03-10")):
        body = builders.place_of_death(effectiveDateTime=day, id=f"wish-{number}")
        integration.put(f"Observation/wish-{number}", body)
    other = builders.cpr_decision(id="cpr", status="amended", subject={"reference": "Patient/bert"})
    integration.put("Observation/cpr", other)
    return integration


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Observation?patient=anna", ["wish-0", "wish-1", "wish-2"]),
        ("Observation?patient=Patient/anna", ["wish-0", "wish-1", "wish-2"]),
        ("Observation?subject=Patient/bert", ["cpr"]),
        ("Observation?subject=bert", ["cpr"]),
        ("Observation?code=http://snomed.info/sct|304251008", ["cpr"]),
        ("Observation?code=304251008", ["cpr"]),
        ("Observation?code=http://loinc.org|304251008", []),
        ("Observation?code=http://snomed.info/sct|", ["wish-0", "wish-1", "wish-2", "cpr"]),
        ("Observation?status=amended", ["cpr"]),
        ("Observation?status=amended,final", ["wish-0", "wish-1", "wish-2", "cpr"]),
        ("Observation?patient=anna&date=2025-02-10", ["wish-1"]),
        ("Observation?patient=anna&date=2025-02", ["wish-1"]),
        ("Observation?patient=anna&date=ge2025-02-10", ["wish-1", "wish-2"]),
        ("Observation?patient=anna&date=gt2025-02-10", ["wish-2"]),
        ("Observation?patient=anna&date=lt2025-02-10", ["wish-0"]),
        ("Observation?patient=anna&date=le2025-02-10", ["wish-0", "wish-1"]),
        ("Observation?patient=anna&date=ne2025-02-10", ["wish-0", "wish-2"]),
        ("Observation?patient=anna&date=ge2025-02-01&date=lt2025-03-01", ["wish-1"]),
        ("Observation?date=2025-01,2025-03&patient=anna", ["wish-0", "wish-2"]),
        ("Observation?_id=wish-1,cpr", ["wish-1", "cpr"]),
        ("Observation?_id=wish-1&patient=bert", []),
        ("Observation?_lastUpdated=ge2020-01-01&status=amended", ["cpr"]),
        ("Observation?_lastUpdated=lt2020-01-01", []),
        ("Patient?birthdate=1950", ["bert"]),
        ("Patient?birthdate=1940-05-06", ["anna"]),
        ("Patient?family=exam", ["anna", "bert"]),
        ("Patient?family=EXAMPLE&birthdate=1950", ["bert"]),
        ("Patient?given=ann", ["anna", "bert"]),
        ("Patient", ["anna", "bert"]),
    ],
)
def test_a_search_finds_what_it_asks_for(anna: System, query: str, expected: list[str]) -> None:
    assert sorted(found(anna.get(query))) == sorted(expected)


def test_get_and_post_find_the_same(anna: System) -> None:
    assert found(anna.search("Observation", patient="anna", date="ge2025-02")) == ["wish-1", "wish-2"]


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018"])
def test_a_person_is_found_by_nhs_number_with_or_without_spaces(anna: System, number: str) -> None:
    assert found(anna.search("Patient", identifier=f"{nhs_number.SYSTEM}|{number}")) == ["anna"]


@pytest.mark.parametrize("identifier", [f"{nhs_number.SYSTEM}|9990000018", "9990000018", "999 000 0018"])
def test_an_nhs_number_never_stands_in_a_link(anna: System, identifier: str) -> None:
    for answer in (anna.search("Patient", identifier=identifier), anna.get(f"Patient?identifier={identifier}")):
        assert "9990000018" not in str(answer.json()["link"])
        assert "999+000" not in str(answer.json()["link"])
        assert "999%20000" not in str(answer.json()["link"])


def test_what_was_asked_in_a_body_does_not_stand_in_a_link(anna: System) -> None:
    answer = anna.search("Patient", family="Example")
    link = answer.json()["link"][0]["url"]
    assert "Example" not in link
    assert found(anna.get(link.split("/fhir/R4/")[1])) == found(answer)


def test_pages_follow_each_other_until_all_is_seen_once(anna: System) -> None:
    page = anna.get("Observation?_count=2&status=final,amended").json()
    assert "total" not in page
    seen = []
    while True:
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            break
        assert "status" not in following[0]
        page = anna.get(following[0].split("/fhir/R4/")[1]).json()
    assert sorted(seen) == ["cpr", "wish-0", "wish-1", "wish-2"]


def test_a_page_link_stays_right_while_others_write(anna: System) -> None:
    page = anna.get("Observation?_count=2&patient=anna").json()
    anna.delete("Observation/wish-0")
    anna.put("Observation/wish-9", builders.place_of_death(id="wish-9"))
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert found(anna.get(following.split("/fhir/R4/")[1])) == ["wish-2", "wish-9"]


def test_a_page_link_of_another_search_or_of_nobody_is_refused(anna: System) -> None:
    page = anna.get("Observation?_count=1").json()
    cursor = parse_qs(urlparse(page["link"][1]["url"]).query)["_cursor"][0]
    assert anna.get(f"Patient?_cursor={cursor}").status_code == 400
    assert anna.get("Observation?_cursor=forged").status_code == 400


@pytest.mark.parametrize("spaced", ["9990000018", "999 000 0018"])
def test_an_nhs_number_is_found_without_its_system_too(anna: System, spaced: str) -> None:
    assert found(anna.search("Patient", identifier=spaced)) == ["anna"]


def test_a_search_for_too_many_values_is_refused(anna: System) -> None:
    many = ",".join(map(str, range(101)))
    assert anna.search("Patient", identifier=many).status_code == 400
    assert anna.search("Patient", identifier=",".join(map(str, range(99)))).status_code == 200
    assert anna.get("Observation?" + "&".join(f"status=a{number},b{number}" for number in range(51))).status_code == 400
    assert anna.search("Patient", identifier="x" * 70_000).status_code == 413


def test_the_self_link_says_what_was_understood(anna: System) -> None:
    answer = anna.get("Observation?status=amended").json()
    assert answer["link"][0] == {"relation": "self", "url": "http://127.0.0.1:8000/fhir/R4/Observation?status=amended"}
    assert answer["total"] == 1


def test_an_unknown_parameter_is_refused_and_the_known_ones_named(anna: System) -> None:
    answer = anna.get("Observation?colour=blue")
    assert answer.status_code == 400
    assert "colour" in answer.text
    assert "date" in answer.text


def test_under_lenient_handling_an_unknown_parameter_is_named_in_a_warning(anna: System) -> None:
    answer = anna.get("Observation?colour=blue&status=amended", Prefer="handling=lenient").json()
    modes = [entry["search"]["mode"] for entry in answer["entry"]]
    assert modes == ["match", "outcome"]
    assert answer["entry"][1]["resource"]["issue"][0]["severity"] == "warning"


@pytest.mark.parametrize(
    "query", ["date=yesterday", "date=ge", "_count=many", "patient=", "date=2025-02-30"]
)
def test_a_value_that_cannot_be_read_is_refused(anna: System, query: str) -> None:
    assert anna.get(f"Observation?{query}").status_code == 400


def test_an_updated_resource_is_found_by_its_new_values_only(anna: System) -> None:
    anna.put("Observation/cpr", builders.cpr_decision(id="cpr", status="final", subject={"reference": "Patient/bert"}))
    assert found(anna.get("Observation?status=amended")) == []
    assert "cpr" in found(anna.get("Observation?status=final"))


def test_escaped_marks_are_part_of_the_value(anna: System) -> None:
    body = builders.organization(id="odd", identifier=[{"system": "https://example.org", "value": "a,b|c"}])
    anna.put("Organization/odd", body)
    assert found(anna.search("Organization", identifier="https://example.org|a\\,b\\|c")) == ["odd"]
