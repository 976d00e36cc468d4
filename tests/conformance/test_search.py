"""search: FHIR R4 §3.1.1, by GET and by POST, for the parameters that the register has."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import nhs_number
from tests import builders
from tests.systems import System, connect


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


@pytest.mark.parametrize("query", ["date=yesterday", "date=ge", "_count=many", "patient=", "date=2025-02-30"])
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


# Tokens


@pytest.fixture
def weighed(anna: System) -> System:
    """Two weights of Anna's and a frailty score of Bert's, beside what `anna` has."""
    kilograms = {"system": "http://unitsofmeasure.org", "code": "kg", "unit": "kilogram"}
    weight = {"coding": [{"system": "http://snomed.info/sct", "code": "27113001", "display": "Body weight"}]}
    for name, value in (("light", "52.4"), ("heavy", "61")):
        body = builders.observation(id=name, code=weight, effectiveDateTime="2025-04-01")
        del body["valueCodeableConcept"]
        body["valueQuantity"] = {"value": "VALUE", **kilograms}
        anna.put(f"Observation/{name}", json.dumps(body).replace('"VALUE"', value).encode())
    frailty = builders.observation(
        id="frail",
        code={"text": "Clinical frailty scale"},
        subject={"reference": "Patient/bert", "identifier": {"system": "urn:old", "value": "B-7"}},
        meta={"tag": [{"system": "urn:tag", "code": "reviewed"}], "profile": ["https://example.org/frailty|1.0"]},
    )
    anna.put("Observation/frail", frailty)
    return anna


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Observation?status=http://hl7.org/fhir/observation-status|amended", ["cpr"]),
        ("Observation?status:not=final", ["cpr"]),
        ("Observation?patient=bert&value-concept:not=http://snomed.info/sct|1", ["cpr", "frail"]),
        ("Observation?code:text=body", ["heavy", "light"]),
        ("Observation?code:text=CLINICAL FRAILTY", ["frail"]),
        ("Observation?code:missing=true", []),
        ("Observation?patient=bert&code:missing=false", ["cpr", "frail"]),
        ("Observation?patient=anna&value-quantity:missing=false", ["heavy", "light"]),
        ("Observation?patient=bert&status:in=http://hl7.org/fhir/ValueSet/observation-status", ["cpr", "frail"]),
        ("Observation?combo-code=27113001", ["heavy", "light"]),
        ("Observation?_tag=urn:tag|reviewed", ["frail"]),
        ("Observation?_tag:not=urn:tag|reviewed&patient=bert", ["cpr"]),
        ("Patient?deceased=false", ["anna", "bert"]),
        ("Patient?deceased=true", []),
        ("Patient?gender:missing=true&_id=anna", ["anna"]),
        ("Patient?gender:missing=false", []),
    ],
)
def test_tokens(weighed: System, query: str, expected: list[str]) -> None:
    assert sorted(found(weighed.get(query))) == expected


# Strings


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Patient?family=exa", ["anna", "bert"]),
        ("Patient?family:exact=Example", ["anna", "bert"]),
        ("Patient?family:exact=example", []),
        ("Patient?family:contains=AMP", ["anna", "bert"]),
        ("Patient?family:contains=zzz", []),
        ("Patient?name=%25", []),
    ],
)
def test_strings(anna: System, query: str, expected: list[str]) -> None:
    assert sorted(found(anna.get(query))) == expected


# Numbers and quantities


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("52.4", ["light"]),
        ("52", ["light"]),
        ("52.40", ["light"]),
        ("52.41", []),
        ("52.4||kg", ["light"]),
        ("52.4||kilogram", ["light"]),
        ("52.4|http://unitsofmeasure.org|kg", ["light"]),
        ("52.4|http://unitsofmeasure.org|g", []),
        ("gt52.4", ["heavy"]),
        ("ge52.4", ["heavy", "light"]),
        ("lt61||kg", ["light"]),
        ("le6.1e1", ["heavy", "light"]),
        ("ap60", ["heavy"]),
        ("ne61", ["light"]),
        ("52.4,61", ["heavy", "light"]),
    ],
)
def test_quantities(weighed: System, value: str, expected: list[str]) -> None:
    assert sorted(found(weighed.search("Observation", **{"value-quantity": value}))) == expected


# URIs and what a resource says of itself


@pytest.mark.parametrize("profile", ["https://example.org/frailty", "https://example.org/frailty|1.0"])
def test_a_profile_is_found_with_its_version_and_without(weighed: System, profile: str) -> None:
    assert found(weighed.search("Observation", _profile=profile)) == ["frail"]


# References


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Observation?subject:Patient=bert", ["cpr", "frail"]),
        ("Observation?subject:identifier=urn:old|B-7", ["frail"]),
        ("Observation?subject:identifier=B-7", ["frail"]),
        ("Observation?performer=nobody", []),
    ],
)
def test_references(weighed: System, query: str, expected: list[str]) -> None:
    assert sorted(found(weighed.get(query))) == expected


# Chains and _has


@pytest.mark.parametrize(
    ("type_name", "asked", "expected"),
    [
        ("Observation", {"patient.identifier": f"{nhs_number.SYSTEM}|{builders.a_number(1)}"}, ["cpr", "frail"]),
        ("Observation", {"subject:Patient.birthdate": "1950"}, ["cpr", "frail"]),
        ("Observation", {"patient.birthdate": "1950", "status": "amended"}, ["cpr"]),
        ("Observation", {"patient.name:exact": "nobody"}, []),
        ("Patient", {"_has:Observation:patient:status": "amended"}, ["bert"]),
        ("Patient", {"_has:Observation:subject:code": "27113001"}, ["anna"]),
        ("Patient", {"_has:Observation:patient:code": "27113001", "birthdate": "1950"}, []),
        ("Observation", {"patient._has:Observation:patient:status": "amended"}, ["cpr", "frail"]),
    ],
)
def test_chains(weighed: System, type_name: str, asked: dict[str, str], expected: list[str]) -> None:
    assert sorted(found(weighed.search(type_name, **asked))) == expected


def test_a_chain_follows_three_links_and_no_more(weighed: System) -> None:
    weighed.put("EpisodeOfCare/spell", builders.ended_registration(id="spell", patient={"reference": "Patient/anna"}))
    three = "_has:Observation:patient:patient._has:EpisodeOfCare:patient:status"
    assert found(weighed.search("Patient", **{three: "finished"})) == ["anna"]
    answer = weighed.search("Patient", **{f"_has:Observation:patient:patient.{three}": "finished"})
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


@pytest.fixture
def apart(integration: System) -> System:
    """Anna is a patient of the practice Y99001; Bert is not, and has said that his record is not to be shared."""
    integration.put("Organization/Y99001", builders.organization(id="Y99001", identifier=ods("Y99001")))
    anna = builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001"))
    bert = builders.patient(
        builders.a_number(1),
        id="bert",
        generalPractitioner=builders.at_practice("Y99002"),
        managingOrganization={"reference": "Organization/Y99001"},
    )
    of_bert = {"reference": "Patient/bert"}
    for resource in (
        anna,
        bert,
        builders.place_of_death(id="wish", subject={"reference": "Patient/anna"}),
        builders.cpr_decision(id="cpr", subject=of_bert),
        builders.sharing("deny", id="no", patient=of_bert),
    ):
        answer = integration.put(f"{resource['resourceType']}/{resource['id']}", resource)
        assert answer.status_code == 201, answer.text
    return integration


def ods(code: str) -> list[dict[str, str]]:
    return [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code}]


@pytest.mark.parametrize("system", ["practice", "hospital"])
def test_a_chain_tells_nothing_of_a_person_whom_the_actor_may_not_see(
    apart: System, request: pytest.FixtureRequest, system: str
) -> None:
    """Organisations are seen by all: who refers to one is not."""
    asked = {"_has:Patient:organization:identifier": builders.a_number(1)}
    assert found(apart.search("Organization", **asked)) == ["Y99001"]
    assert found(request.getfixturevalue(system).search("Organization", **asked)) == []


def test_a_chain_through_what_is_not_there_finds_nothing_even_when_turned_round(apart: System) -> None:
    assert found(apart.get("Observation?patient.gender:not=unknown")) == ["wish", "cpr"]
    assert found(apart.get("Observation?patient.gender:missing=true&patient.identifier=nobody")) == []


def test_a_chain_needs_the_search_scope_of_every_type_on_its_way(
    apart: System, http: TestClient, database: Database
) -> None:
    narrow = connect(http, database, "integration", scope="system/Observation.rs")
    assert narrow.get("Observation?code=304251008").status_code == 200
    assert narrow.search("Observation", **{"patient.gender": "male"}).status_code == 403


# Ways of refusing


@pytest.mark.parametrize(
    "query",
    [
        "code:above=1",
        "code:below=1",
        "code:not-in=http://example.org/set",
        "code:of-type=a|b|c",
        "code:in=http://example.org/unknown",
        "date:exact=2025",
        "_id:not=a",
        "status:contains=f",
        "status.name=x",
        "patient.colour=blue",
        "_has:Observation:code:status=final",
        "_has:Device:patient:status=final",
        "_filter=a",
        "_text=a",
        "_type=Patient",
        "_sort=colour",
        "_sort=combo-code",
        "_include=Observation:code",
        "_include:recurse=Observation:patient",
        "_revinclude=Device:patient",
    ],
)
def test_what_is_not_supported_says_so(anna: System, query: str) -> None:
    answer = anna.get(f"Observation?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize(
    "query",
    [
        "value-quantity=1e1000000000",
        "value-quantity=five",
        "value-quantity=5|kg",
        "code=%00",
        "code=a|b|c",
        "code=|",
        "_total=guess",
        "_summary=all",
        "_elements=colour",
        "code:missing=maybe",
        "_sort=date&_sort=code",
        "patient=," + "x," * 200,
    ],
)
def test_a_hostile_or_senseless_value_is_refused(anna: System, query: str) -> None:
    assert anna.get(f"Observation?{query}").status_code == 400


# Order and pages


def walked(system: System, query: str) -> list[str]:
    """The ids of every page, by the next links."""
    seen = []
    page = system.get(query).json()
    while True:
        seen += [entry["resource"]["id"] for entry in page.get("entry", [])]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            return seen
        page = system.get(following[0].split("/fhir/R4/")[1]).json()


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Observation?patient=anna&_sort=date", ["wish-0", "wish-1", "wish-2", "light", "heavy"]),
        ("Observation?patient=anna&_sort=-date", ["heavy", "light", "wish-2", "wish-1", "wish-0"]),
        ("Observation?_sort=date", ["wish-0", "wish-1", "wish-2", "light", "heavy", "cpr", "frail"]),
        ("Observation?_sort=-date", ["frail", "cpr", "heavy", "light", "wish-2", "wish-1", "wish-0"]),
        ("Observation?_sort=_id", ["cpr", "frail", "heavy", "light", "wish-0", "wish-1", "wish-2"]),
        ("Observation?_sort=value-quantity", ["light", "heavy", "wish-0", "wish-1", "wish-2", "cpr", "frail"]),
        ("Observation?_sort=-value-quantity", ["heavy", "light", "frail", "cpr", "wish-2", "wish-1", "wish-0"]),
        ("Observation?_sort=status,-date", ["cpr", "frail", "light", "heavy", "wish-2", "wish-1", "wish-0"]),
        ("Patient?_sort=family,-birthdate", ["bert", "anna"]),
        ("Patient?_sort=birthdate", ["anna", "bert"]),
        ("Observation?date=ge2025-03&status=final", ["frail", "heavy", "light", "wish-2"]),
        ("Observation?status:not=amended&_sort=-_lastUpdated", None),
    ],
)
def test_every_page_comes_in_order_and_each_resource_once(
    weighed: System, query: str, expected: list[str] | None, count: int
) -> None:
    seen = walked(weighed, f"{query}&_count={count}")
    if expected:
        assert seen == expected
    assert seen == walked(weighed, query)
    assert len(seen) == len(set(seen)) > 1


def test_a_feed_by_last_change_misses_nothing_that_is_written_meanwhile(weighed: System) -> None:
    page = weighed.get("Observation?_lastUpdated=ge2020-01-01&_sort=_lastUpdated&_count=3").json()
    weighed.put("Observation/late", builders.place_of_death(id="late"))
    seen = [entry["resource"]["id"] for entry in page["entry"]]
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    seen += walked(weighed, following.split("/fhir/R4/")[1])
    assert len(seen) == len(set(seen)) == 8
    assert seen[-1] == "late"


@pytest.mark.parametrize("asked", ["code:=395091006", "subject:.name=anna", "_include:=Observation:subject"])
def test_a_colon_without_a_modifier_is_refused(integration: System, asked: str) -> None:
    assert integration.get(f"Observation?{asked}").status_code == 400


def test_a_modifier_of_another_type_than_the_value_is_refused(integration: System) -> None:
    refused = integration.get("Observation?subject:Group=Patient/anna")
    assert refused.status_code == 400
    assert "subject:Group" in refused.json()["issue"][0]["details"]["text"]


def test_an_id_alone_is_looked_for_in_every_type_that_is_held(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    integration.put("Observation/one", builders.observation(id="one", focus=[{"reference": "Patient/anna"}]))
    assert integration.get("Observation?focus=anna").json()["total"] == 1


def test_what_is_only_asked_to_be_so_can_be_sorted_by(integration: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    other = builders.patient(builders.a_number(1), id="bert", deceasedDateTime="2025-03-01")
    integration.put("Patient/bert", other)
    for order, first in (("deceased", "anna"), ("-deceased", "bert")):
        assert integration.get(f"Patient?_sort={order}").json()["entry"][0]["resource"]["id"] == first


@pytest.mark.parametrize("query", ["9990000018=x", "_type=9990000018", "_include=9990000018:x", "name:9990000018=x"])
def test_a_refusal_repeats_no_nhs_number(integration: System, query: str) -> None:
    refused = integration.get(f"Patient?{query}")
    assert refused.status_code == 400
    assert builders.NHS_NUMBER not in refused.text
