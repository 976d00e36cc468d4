"""Bundles with a forbidden entry among the others: a transaction fails whole, a batch by the entry."""

from typing import Any
from uuid import uuid4

import pytest

from tests import builders, bundles, tables
from tests.builders import Body, reference
from tests.bundles import request, transaction
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG, NOBODY, patient
from tests.systems import FHIR_JSON, System

HERS = HEDWIG.resource("Observation")


def wish(of: str = ANNA.patient, **changes: Any) -> Body:
    return builders.place_of_death(subject=reference(of), **changes)


def harmless() -> Body:
    return bundles.entry(wish(), f"wish-{uuid4().hex[:6]}")


FORBIDDEN: dict[str, Body] = {
    "create for her": request("POST", "Observation", wish(HEDWIG.patient)),
    "update hers": request("PUT", HERS, wish(HEDWIG.patient, id=HERS.partition("/")[2])),
    "take hers": request("PUT", HERS, wish(id=HERS.partition("/")[2])),
    "delete hers": request("DELETE", HERS, ifMatch='W/"1"'),
    "delete her": request("DELETE", HEDWIG.patient, ifMatch='W/"1"'),
    "update her": request("PUT", HEDWIG.patient, patient(HEDWIG, generalPractitioner=builders.at_practice("Y99001"))),
    "read hers": request("GET", HERS),
    "read her versions": request("GET", f"{HEDWIG.patient}/_history/1"),
    "find her": request("POST", "Patient", patient(HEDWIG, id=None), ifNoneExist=f"identifier={HEDWIG.number}"),
    "provenance of hers": request("POST", "Provenance", builders.provenance(target=[reference(HERS)])),
    "refer to hers": request("POST", "CarePlan", builders.care_plan(
        status="draft", subject=reference(ANNA.patient), supportingInfo=[reference(HERS)]
    )),
    "link to hers": request("POST", "CareTeam", builders.care_team(
        subject=reference(ANNA.patient), participant=[{"member": reference(HEDWIG.resource("RelatedPerson"))}]
    )),
    "binary of hers": request("POST", "Binary", builders.binary(securityContext=reference(HEDWIG.patient))),
    "task about hers": request("POST", "Task", builders.task(
        **{"for": reference(ANNA.patient), "focus": reference(HERS)}
    )),
    "by a condition": request("PUT", f"Observation?patient={HEDWIG.id}", wish(HEDWIG.patient)),
    "by a reference that searches": request("POST", "Observation", wish(f"Patient?identifier={HEDWIG.number}")),
}  # fmt: skip
READS = {"read hers", "read her versions"}


def spelt_of_nobody(entry: Body) -> Body:
    """The same entry about somebody who is not there."""

    def swapped(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: swapped(one) for name, one in value.items()}
        if isinstance(value, list):
            return [swapped(one) for one in value]
        if isinstance(value, str):
            return value.replace(HEDWIG.id, "hw-8f4").replace(HEDWIG.number, NOBODY)
        return value

    found: Body = swapped(entry)
    return found


def attempted(system: System, bundle: Body) -> Any:
    return system.post("", bundle)


@pytest.mark.parametrize("smuggled", FORBIDDEN)
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_transaction_with_a_forbidden_entry_changes_nothing(world: World, smuggled: str, place: str) -> None:
    entries = [harmless(), harmless()]
    entries.insert(0 if place == "first" else 2, FORBIDDEN[smuggled])
    before = tables.rows(world.database, ("resource", "resource_version", "search_index", "person"))
    for system in world.attackers:
        answer = system.post("", transaction(*entries))
        if smuggled in UNFOUND and answer.status_code == 200:
            continue
        assert 400 <= answer.status_code < 500, answer.text
        assert tables.rows(world.database, before) == before


UNFOUND = {"by a condition", "find her"}
"""What finds nobody, and therefore would make somebody new: refused for another reason, if at all."""


@pytest.mark.parametrize("smuggled", FORBIDDEN)
def test_a_batch_refuses_the_forbidden_entry_alone_and_as_if_it_were_of_nobody(world: World, smuggled: str) -> None:
    hidden = FORBIDDEN[smuggled]
    for system in world.attackers:
        before = _of_hers(world)
        answer = system.post("", {**transaction(harmless(), hidden, harmless()), "type": "batch"})
        assert answer.status_code == 200
        first, refused, last = (entry["response"] for entry in answer.json()["entry"])
        assert first["status"][:3] == last["status"][:3] == "201"
        assert refused["status"].startswith("4"), refused
        assert _of_hers(world) == before
        if smuggled not in CREATES:
            absent = system.post("", {**transaction(spelt_of_nobody(hidden)), "type": "batch"})
            assert absent.json()["entry"][0]["response"]["status"] == refused["status"]


CREATES = {"take hers", "update her", "update hers", "find her"}
"""Of somebody who is not there these would make something."""


def _of_hers(world: World) -> list[str]:
    return [
        one for one in tables.rows(world.database, ["resource_version"])["resource_version"] if HEDWIG.family in one
    ]


def test_an_entry_speaks_with_the_token_of_its_bundle_alone(world: World) -> None:
    """Whatever an entry carries beside its request: it is the one who sent the Bundle who asks."""
    sneaky = request("GET", HEDWIG.patient, authorization=f"Bearer {world.integration.token}")
    sneaky["request"]["headers"] = {"Authorization": f"Bearer {world.integration.token}"}
    sneaky["authorization"] = f"Bearer {world.integration.token}"
    for system in world.attackers:
        for kind in ("batch", "transaction"):
            answer = system.post("", {**transaction(sneaky), "type": kind})
            assert answer.status_code != 200 or answer.json()["entry"][0]["response"]["status"].startswith("4")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/fhir/R4/{}",
        "https://elsewhere.example/{}",
        "//elsewhere.example/{}",
        "/fhir/R4/{}",
        "/{}",
        "../{}",
        "../../oauth2/token",
        "./{}",
        "Patient/anna/../../{}",
        "{}#a",
        "{}?_format=json",
        "%50atient/hw-7f3",
        "metadata/../{}",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_the_url_of_an_entry_leads_nowhere_else(world: World, url: str, method: str) -> None:
    body = patient(HEDWIG) if method == "PUT" else None
    entry = request(method, url.format(HEDWIG.patient), body)
    before = _of_hers(world)
    for system in world.attackers:
        for kind in ("batch", "transaction"):
            answer = system.post("", {**transaction(entry), "type": kind})
            statuses = [answer.status_code]
            if answer.status_code == 200:
                statuses = [int(one["response"]["status"][:3]) for one in answer.json()["entry"]]
            assert all(400 <= status < 500 for status in statuses), answer.text
    assert _of_hers(world) == before


def test_a_transaction_of_many_entries_with_one_forbidden_leaves_nothing(world: World) -> None:
    entries = [harmless() for _ in range(30)]
    entries[17] = request("POST", "Observation", wish(HEDWIG.patient))
    before = tables.rows(world.database, ("resource", "resource_version", "search_index"))
    assert world.practice.post("", transaction(*entries)).status_code == 422
    assert tables.rows(world.database, before) == before


def test_a_scope_that_is_missing_is_missing_in_a_bundle_too(world: World) -> None:
    narrow = world.connect("practice", organisation="Y99001", scope="system/Observation.c system/Patient.r")
    for forbidden in (
        request("PUT", f"Observation/{ANNA.id}-observation", wish(id=f"{ANNA.id}-observation")),
        request("DELETE", f"Observation/{ANNA.id}-observation"),
        request("GET", f"Observation/{ANNA.id}-observation"),
        request("GET", "Observation?patient=anna"),
        request("POST", "Condition", builders.condition(subject=reference(ANNA.patient))),
        request("PUT", ANNA.patient, patient(ANNA)),
    ):
        before = tables.rows(world.database, ("resource", "resource_version"))
        assert narrow.post("", transaction(harmless(), forbidden)).status_code == 403
        assert tables.rows(world.database, before) == before
        told = narrow.post("", {**transaction(forbidden), "type": "batch"}).json()["entry"][0]["response"]
        assert told["status"].startswith("403")


@pytest.mark.parametrize("kind", ["history", "document", "searchset", "message", "collection", "", None, "Transaction"])
def test_no_other_bundle_is_carried_out(world: World, kind: str | None) -> None:
    before = tables.rows(world.database, ("resource", "resource_version"))
    answer = world.practice.post("", {**transaction(harmless()), "type": kind})
    assert 400 <= answer.status_code < 500
    assert tables.rows(world.database, before) == before


def test_a_bundle_inside_a_bundle_is_not_carried_out(world: World) -> None:
    inner = request("POST", "Bundle", transaction(FORBIDDEN["create for her"]))
    for kind in ("batch", "transaction"):
        for method, url in (("POST", ""), ("POST", "Bundle"), ("POST", "/")):
            entry = {**inner, "request": {"method": method, "url": url}}
            answer = world.practice.post("", {**transaction(entry), "type": kind}, **{"Content-Type": FHIR_JSON})
            assert answer.status_code >= 400 or answer.json()["entry"][0]["response"]["status"].startswith("4")
