"""Somebody whose whereabouts few may know, asked about in every way: names and wishes may leave, places may not.

The fixture of the folder looks through all that the hospital is told for the words that tell where Viola is.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from service import db
from service.fhir import definitions
from service.store.models import Resource, SearchIndex
from tests import builders, tables
from tests.answers import ids, link, listed
from tests.builders import reference
from tests.bundles import request, transaction
from tests.security import people
from tests.security.conftest import World
from tests.security.people import ANNA, VIOLA
from tests.security.test_search_oracles import batch
from tests.systems import System

INDEX, RESOURCE = db.table(SearchIndex), db.table(Resource)
WITHHELD = ("CareTeam", "RelatedPerson", "Provenance", "Binary", "Task", "QuestionnaireResponse")
LABELLED = '"REDACTED"'


def test_the_hospital_is_told_of_her_at_all(world: World) -> None:
    """Else the attacks below would prove nothing."""
    told = world.hospital.get(VIOLA.patient)
    assert told.status_code == 200
    assert VIOLA.family in told.text
    assert LABELLED in told.text
    assert VIOLA.words[0] in world.integration.get(VIOLA.patient).text


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "/_history",
        "/_history/1",
        "?_summary=true",
        "?_summary=data",
        "?_elements=id,meta",
        "?_pretty=true",
    ],
)
def test_no_view_of_her_record_tells_where_she_is(world: World, ending: str) -> None:
    for type_name in ("Patient", *dict.fromkeys(one["resourceType"] for one in people.record(VIOLA))):
        answer = world.hospital.get(VIOLA.resource(type_name) + ending)
        assert answer.status_code == (404 if type_name in WITHHELD else 200), (type_name, answer.text)
        absent = world.hospital.get(f"{type_name}/vi-nobody{ending}")
        if type_name in WITHHELD:
            assert answer.content == absent.content


SETS = """
    Patient/{}/$everything  Patient/{}/*?_count=100  Patient?_id={}&_revinclude=*&_include=*&_include:iterate=*
    Observation?patient={}&_include=*&_revinclude=*  Patient/{}/$summary  Patient/{}/CareTeam  Patient/{}/Provenance
    _history?_count=100
""".split()  # noqa: SIM905  # read as one list


@pytest.mark.parametrize("url", SETS)
def test_no_set_of_her_record_tells_where_she_is(world: World, url: str) -> None:
    answer = world.hospital.get(url.format(VIOLA.id))
    assert answer.status_code == 200, answer.text
    told = [
        entry["resource"]["resourceType"]
        for entry in answer.json().get("entry", [])
        if VIOLA.id in str(entry.get("fullUrl"))
    ]
    assert not set(told) & set(WITHHELD)


def test_the_summary_says_that_something_was_left_out(world: World) -> None:
    answer = world.hospital.summary(VIOLA.number)
    assert answer.status_code == 200
    assert "restricted" in answer.text.lower() or "withheld" in answer.text.lower()
    assert VIOLA.family.lower() in answer.text.lower()


def searches(world: World) -> Iterator[str]:
    """A search for every value that is indexed of her, together with her id: a match says that it is hers."""
    hers = sa.select(RESOURCE.c.pk).where(RESOURCE.c.id.like(f"{VIOLA.id}%"))
    with world.database.reading() as session:
        rows = session.execute(sa.select(INDEX).where(INDEX.c.resource_pk.in_(hers))).all()
    for row in sorted({(row.resource_type, row.param, row.value, row.system) for row in rows}):
        type_name, param, value, system = row
        known = definitions.search_parameters(type_name).get(param)
        if known is None or known.type == "date":
            continue
        asked = system if known.type == "string" else f"{system}|{value}" if known.type == "token" and system else value
        yield f"{type_name}?{param}={quote(asked.replace(',', chr(92) + ','))}"


def test_no_parameter_that_tells_where_she_is_finds_her(world: World) -> None:
    """By each value that tells a place: her address, her practice, her team, who works with her."""
    telling = [one for one in searches(world) if _tells(one)]
    assert len(telling) >= 8, telling
    found = {search: _hers(entry) for search, entry in batch(world.integration, telling)}
    assert all(found.values()), "The searches would find her"
    for search, entry in batch(world.hospital, telling):
        assert not _hers(entry), search
    for search, entry in batch(world.hospital, [f"{one}&_summary=count" for one in telling]):
        if entry["response"]["status"].startswith("200"):
            assert entry["resource"]["total"] == len(_of(world.hospital, search)), search


def _of(system: System, search: str) -> list[str]:
    return ids(system.get(search.replace("&_summary=count", "&_count=1000")))


def _tells(search: str) -> bool:
    type_name, _, asked = search.partition("?")
    name = asked.partition("=")[0]
    places = ("address", "phone", "telecom", "general-practitioner", "organization", "custodian", "author", "performer")
    return type_name in WITHHELD or name.startswith(places)


def _hers(entry: dict[str, Any]) -> list[str]:
    if not entry["response"]["status"].startswith("200"):
        return []
    return [one["fullUrl"] for one in entry["resource"].get("entry", []) if VIOLA.id in one["fullUrl"]]


PLACES = (
    f"Patient?address={quote(VIOLA.words[0])}",
    f"Patient?address-city={VIOLA.words[1]}",
    f"Patient?address-city:contains={VIOLA.words[1][2:6]}",
    f"Patient?address-postalcode={quote(VIOLA.words[2])}",
    f"Patient?address-postalcode:exact={quote(VIOLA.words[2])}",
    f"Patient?_id={VIOLA.id}&address:missing=false",
    f"Patient?_id={VIOLA.id}&phone:missing=false",
    f"Patient?_id={VIOLA.id}&general-practitioner:missing=false",
    f"Patient?general-practitioner:identifier=https://fhir.nhs.uk/Id/ods-organization-code|{VIOLA.practice}",
    f"Observation?patient.address-city={VIOLA.words[1]}",
    f"Observation?subject:Patient.address-postalcode={quote(VIOLA.words[2])}",
    f"Condition?patient:Patient.address={quote(VIOLA.words[0])}",
    f"Patient?_id={VIOLA.id}&_has:CareTeam:patient:_id={VIOLA.id}-careteam",
    f"Patient?_id={VIOLA.id}&_has:RelatedPerson:patient:name={VIOLA.family}",
    f"Patient?_id={VIOLA.id}&_has:CareTeam:patient:participant=Organization/hub",
    f"Patient?_id={VIOLA.id}&_has:Observation:patient:performer=Practitioner/surgeon",
    "Organization?_id=hub&_has:CareTeam:participant:patient=" + VIOLA.id,
    "Organization?_id=hub&_has:DocumentReference:custodian:patient=" + VIOLA.id,
    "Practitioner?_id=surgeon&_has:Observation:performer:patient=" + VIOLA.id,
    "Practitioner?_id=surgeon&_has:CareTeam:participant:patient.name=" + VIOLA.family,
    f"Observation?patient={VIOLA.id}&performer=Practitioner/surgeon",
    f"DocumentReference?patient={VIOLA.id}&custodian=Organization/hub",
    f"RelatedPerson?patient={VIOLA.id}",
    f"CareTeam?patient={VIOLA.id}",
)  # fmt: skip


@pytest.mark.parametrize("search", PLACES)
def test_no_search_confirms_where_she_is(world: World, search: str) -> None:
    """Asked by somebody who guesses right: she is not among the answers, nor counted."""
    assert _matches(world.integration, search), "She would be found"
    assert not [one for one in _matches(world.hospital, search) if VIOLA.id in one or "hub" in one or "surgeon" in one]
    counted = world.hospital.get(f"{search}&_summary=count")
    assert counted.status_code >= 400 or counted.json()["total"] == len(_matches(world.hospital, search))


def _matches(system: System, search: str) -> list[str]:
    answer = system.get(search)
    return listed(answer, "match") if answer.status_code == 200 else []


@pytest.mark.parametrize("sort", ["address-city", "-address-postalcode", "address", "general-practitioner", "phone"])
def test_no_order_places_her_by_where_she_is(world: World, sort: str) -> None:
    """Two orders, up and down, would place her between two people whose towns are known."""
    answer = world.hospital.get(f"Patient?_sort={sort}&_count=100")
    opposite = world.hospital.get(f"Patient?_sort={sort[1:] if sort[0] == '-' else '-' + sort}&_count=100")
    if answer.status_code == 200:
        places = [
            listed(one, "match").index(VIOLA.patient)
            for one in (answer, opposite)
            if VIOLA.patient in listed(one, "match")
        ]
        assert not places or _stands_at_an_end(answer, opposite), "She stands where her town belongs"


def _stands_at_an_end(*answers: Any) -> bool:
    """Whether she comes last, or first, whichever way it is sorted: as those do who have no such value."""
    places = []
    for answer in answers:
        found = listed(answer, "match")
        places.append(found.index(VIOLA.patient) in (0, len(found) - 1))
    return all(places)


def test_a_cursor_of_a_sort_by_place_tells_nothing(world: World) -> None:
    page = world.integration.get("Patient?_sort=address-city&_count=1")
    for _ in range(6):
        following = link(page, "next")
        if not following:
            break
        answer = world.hospital.get(following)
        assert answer.status_code in (200, 400)
        page = world.integration.get(following)


CHANGES = {
    "label to N": {"op": "replace", "path": "/meta/security/0/code", "value": "N"},
    "label away": {"op": "remove", "path": "/meta/security"},
    "one label away": {"op": "remove", "path": "/meta/security/0"},
    "meta replaced": {"op": "replace", "path": "/meta", "value": {}},
    "meta away": {"op": "remove", "path": "/meta"},
    "label of another system": {"op": "replace", "path": "/meta/security/0/system", "value": "https://a.example"},
    "labels emptied": {"op": "replace", "path": "/meta/security", "value": []},
    "copied over": {"op": "copy", "from": "/gender", "path": "/meta/security/0/code"},
    "moved away": {"op": "move", "from": "/meta/security", "path": "/extension"},
    "whole": {"op": "replace", "path": "", "value": builders.patient(VIOLA.number, id=VIOLA.id)},
    "tested": {"op": "test", "path": "/address/0/city", "value": VIOLA.words[1]},
    "copied into what leaves": {"op": "copy", "from": "/address/0/city", "path": "/name/0/given/0"},
    "her practice": {"op": "replace", "path": "/generalPractitioner", "value": builders.at_practice("RX9")},
    "managed by us": {"op": "add", "path": "/managingOrganization", "value": reference("Organization/hub")},
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_patch_lifts_a_label_or_moves_what_it_hides(world: World, change: str) -> None:
    before = tables.rows(world.database, ["resource_version", "relationship", "person"])
    for system in (world.hospital, world.practice):
        for url in (VIOLA.patient, f"Patient?_id={VIOLA.id}", f"Patient?identifier={VIOLA.number}"):
            assert 400 <= system.patch(url, CHANGES[change]).status_code < 500, url
    assert tables.rows(world.database, before) == before


@pytest.mark.parametrize(
    "path", ["/address/0/city", "/telecom/0/value", "/generalPractitioner/0/identifier/value", "/nothing"]
)
def test_no_patch_confirms_where_she_is(world: World, path: str) -> None:
    """A patch that tests a value, or takes away what may be there, is one answer whatever stands there."""
    guesses = [
        [{"op": "test", "path": path, "value": value}]
        for value in (VIOLA.words[1], VIOLA.words[3], VIOLA.practice, "Nowhere at all")
    ]
    removals = [[{"op": "remove", "path": one}] for one in (path, "/nothing", "/photo/0", "/contact/7")]
    for url in (VIOLA.patient, f"Patient?_id={VIOLA.id}"):
        answers = [world.hospital.patch(url, *operations) for operations in (*guesses, *removals)]
        assert {answer.status_code for answer in answers} == {403}, [answer.text for answer in answers]
        assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("how", ["put", "conditional", "transaction", "batch"])
def test_no_write_lifts_a_label(world: World, how: str) -> None:
    before = tables.rows(world.database, ["resource_version", "relationship", "person"])
    for meta in ({}, {"security": []}, {"security": [{**people.VERY_RESTRICTED, "code": "N"}]}):
        body = {**people.patient(VIOLA), "generalPractitioner": builders.at_practice("RX9"), "meta": meta}
        for system in (world.hospital, world.practice):
            assert all(400 <= status < 500 for status in _written(system, how, body))
    assert tables.rows(world.database, before) == before


def _written(system: System, how: str, body: Any) -> list[int]:
    if how == "put":
        return [system.put(VIOLA.patient, body).status_code]
    if how == "conditional":
        return [system.put(f"Patient?identifier={VIOLA.number}", body).status_code]
    entry = request("PUT", VIOLA.patient, body)
    answer = system.post("", {**transaction(entry), "type": how})
    if how == "transaction":
        return [answer.status_code]
    return [int(answer.json()["entry"][0]["response"]["status"][:3])]


def test_nobody_makes_themselves_one_who_looks_after_her(world: World) -> None:
    """By a care team, a registration, a copy of the Patient, or a Provenance."""
    ours = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RX9"}}
    claims = [
        builders.care_team(subject=reference(VIOLA.patient), participant=[{"member": ours}]),
        builders.registration(patient=reference(VIOLA.patient), managingOrganization=ours, status="onhold"),
        builders.ended_registration(patient=reference(VIOLA.patient), managingOrganization=ours),
        builders.patient(VIOLA.number, generalPractitioner=builders.at_practice("RX9")),
    ]
    for body in claims:
        for system in (world.hospital, world.practice):
            system.post(body["resourceType"], body)
            system.post("", transaction(request("POST", body["resourceType"], body)))
    told = world.hospital.get(VIOLA.patient)
    assert LABELLED in told.text
    assert world.practice.get(VIOLA.patient).status_code == 404


def test_no_reference_of_ones_own_leads_to_what_is_withheld(world: World) -> None:
    """A plan of Anna's that names Viola's team would be followed by `_include`."""
    for type_name in WITHHELD:
        hers = VIOLA.resource(type_name)
        plan = builders.care_plan(status="draft", subject=reference(ANNA.patient), supportingInfo=[reference(hers)])
        answers = [
            world.hospital.post("CarePlan", {**plan, "supportingInfo": [reference(one)]})
            for one in (hers, f"{type_name}/vi-nobody")
        ]
        assert [answer.status_code for answer in answers] == [422, 422], type_name
        assert answers[0].content == answers[1].content


@pytest.mark.parametrize("type_name", WITHHELD)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_withheld_is_not_there_for_a_write_either(world: World, type_name: str, method: str) -> None:
    body = next(one for one in people.record(VIOLA) if one["resourceType"] == type_name)
    answers = []
    for resource_id in (body["id"], "vi-nobody"):
        url, tag = f"{type_name}/{resource_id}", {"If-Match": 'W/"1"'}
        if method == "PUT":
            answers.append(world.hospital.put(url, {**body, "id": resource_id}, **tag))
        elif method == "PATCH":
            change = {"op": "replace", "path": "/language", "value": "en"}
            answers.append(world.hospital.patch(url, change, **tag))
        else:
            answers.append(world.hospital.delete(url, **tag))
    assert answers[0].status_code == answers[1].status_code, [one.text for one in answers]
    assert answers[0].status_code in (403, 404, 412, 422)
    assert answers[0].content == answers[1].content
