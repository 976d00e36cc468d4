"""Searches that ask about somebody hidden: by every value that is indexed of them, by chains, `_has`, what is included,
counts, the order of pages, and the page links of others. What is hidden is as if it were not there."""

import re
from collections.abc import Iterator
from itertools import chain, cycle
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import sqlalchemy as sa

from service import db
from service.fhir import definitions
from service.store import judging
from service.store.models import Resource, SearchIndex
from tests import bundles
from tests.answers import link, listed, pages
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG, HUB, NOBODY, SURGEON
from tests.systems import System

INDEX, RESOURCE = db.table(SearchIndex), db.table(Resource)
BATCH = 250
UNOWNED = ("Organization", "Practitioner", "PractitionerRole", "Location", "Questionnaire", "Patient")
"""The types that are seen without a person, and Patient."""
ABSENT = {
    HEDWIG.number: NOBODY,
    HEDWIG.family: "Nobodyatall",
    HEDWIG.id: "hw-8f4",
    HEDWIG.words[2]: "ZZ96 1AA",
    HEDWIG.clinical[0]: "Nothingatall",
}
"""For each thing that is true of somebody hidden, what is true of nobody."""


def batch(system: System, searches: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each search with what was answered, many in one Bundle: an entry's response, and its resource."""
    for at in range(0, len(searches), BATCH):
        asked = searches[at : at + BATCH]
        bundle = {**bundles.transaction(*(bundles.request("GET", one) for one in asked)), "type": "batch"}
        answer = system.post("", bundle)
        assert answer.status_code == 200, answer.text
        yield from zip(asked, answer.json()["entry"], strict=True)


def ids(entry: dict[str, Any]) -> list[str]:
    found = entry["resource"].get("entry", [])
    return [f"{one['resource']['resourceType']}/{one['resource'].get('id')}" for one in found]


def indexed(world: World) -> Iterator[str]:
    """A search for every value by which a resource of Hedwig's can be found."""
    hers = sa.select(RESOURCE.c.pk).where(RESOURCE.c.id.like(f"{HEDWIG.id}%"))
    with world.database.reading() as session:
        rows = session.execute(sa.select(INDEX).where(INDEX.c.resource_pk.in_(hers))).all()
    for row in sorted({(row.resource_type, row.param, row.value, row.system) for row in rows}):
        yield from _searches(*row)


def _searches(type_name: str, param: str, value: str, system: str) -> Iterator[str]:
    name, _, modifier = param.partition(":")
    known = definitions.search_parameters(type_name).get(name)
    if known is None:
        return
    escaped = re.sub(r"([,|$\\])", r"\\\1", system if known.type == "string" else value)
    if known.type == "date":
        escaped = value[:10]
    elif known.type == "token" and modifier != "text" and system:
        escaped = f"{system}|{escaped}"
    yield f"{type_name}?{param}={quote(escaped)}"


def test_no_value_of_somebody_hidden_is_found_by_any_parameter(world: World) -> None:
    searches = list(indexed(world))
    assert len(searches) > 100
    seen = {search: _hers(entry) for search, entry in batch(world.integration, searches)}
    assert sum(map(bool, seen.values())) > 100, "The searches would find her, if she were not hidden"
    for system in world.attackers:
        for search, entry in batch(system, searches):
            if entry["response"]["status"].startswith("200"):
                assert not _hers(entry), search
            else:
                assert not seen[search], (search, entry)


def hers(page: Any) -> list[str]:
    """What stands on a page of Hedwig's."""
    return _hers({"response": {"status": "200"}, "resource": page.json()})


def _hers(entry: dict[str, Any]) -> list[str]:
    if not entry["response"]["status"].startswith("200"):
        return []
    return [one for one in ids(entry) if HEDWIG.id in one]


@pytest.mark.parametrize("asked", ["_summary=count", "_total=accurate&_count=1"])
def test_no_count_counts_somebody_hidden(world: World, asked: str) -> None:
    """What is counted is what is told."""
    searches = list(indexed(world))
    for at, system in enumerate(world.attackers):
        told = {search: len(ids(entry)) for search, entry in batch(system, searches[at::2]) if _is_told(entry)}
        counted = batch(system, [f"{search}&{asked}" for search in told])
        for (search, entry), number in zip(counted, told.values(), strict=True):
            assert entry["resource"]["total"] == number, search


def _is_told(entry: dict[str, Any]) -> bool:
    """Answered in full: a page that others follow tells no total of its own."""
    return entry["response"]["status"].startswith("200") and "next" not in {
        one["relation"] for one in entry["resource"]["link"]
    }


def chains() -> Iterator[str]:
    """A chain from every reference that may lead to a Patient, to one thing after another."""
    asked = cycle(
        [
            f"identifier={HEDWIG.number}",
            f"name={HEDWIG.family}",
            f"_id={HEDWIG.id}",
            f"address={quote(HEDWIG.words[2])}",
            f"_has:Condition:patient:code:text={HEDWIG.clinical[0]}",
        ]
    )
    for type_name in judging.TYPES:
        for name, parameter in definitions.search_parameters(type_name).items():
            if parameter.type == "reference" and "Patient" in parameter.targets:
                yield f"{type_name}?{name}:Patient.{next(asked)}"


def reverse_chains() -> Iterator[str]:
    """`_has` by every reference, from what is seen without a person where it leads there, or else from Patient."""
    for source in judging.TYPES:
        known = definitions.search_parameters(source)
        own = [f"_id={HEDWIG.id}-{source.lower()}"]
        own += [f"patient.identifier={HEDWIG.number}"] if "patient" in known else []
        asked = cycle([f"code:text={HEDWIG.clinical[0]}"] if source == "Condition" else own)
        for name, parameter in known.items():
            seen = [one for one in UNOWNED if not parameter.targets or one in parameter.targets]
            if parameter.type == "reference" and seen:
                yield f"{seen[0]}?_has:{source}:{name}:{next(asked)}"


def spelt_of_nobody(search: str) -> str:
    for true, false in ABSENT.items():
        search = search.replace(quote(true), quote(false))
    return search


@pytest.mark.parametrize("made", [chains, reverse_chains], ids=["chains", "reverse"])
def test_no_chain_tells_somebody_hidden_from_nobody(world: World, made: Any) -> None:
    searches = list(dict.fromkeys(made()))
    absent = [spelt_of_nobody(one) for one in searches]
    assert not set(searches) & set(absent)
    assert any(
        ids(entry) for _, entry in batch(world.integration, searches[::4]) if "entry" in entry.get("resource", {})
    )
    for at, system in enumerate(world.attackers):  # every other one each: a statement is built for each shape and reach
        pairs = zip(batch(system, searches[at::2]), batch(system, absent[at::2]), strict=True)
        for (search, hidden), (_, nobody) in pairs:
            assert told(hidden) == told(nobody), search


def told(entry: dict[str, Any]) -> Any:
    """What was answered, but for what only repeats the question."""
    resource = entry.get("resource", {})
    return {**entry, "resource": {**resource, "link": [one["relation"] for one in resource.get("link", [])]}}


def test_nothing_that_is_included_is_hidden(world: World) -> None:
    """From what both see, Anna, the hub and the surgeon, every reference is followed in both directions."""
    seen = (ANNA.patient, HUB, SURGEON)
    searches = [f"{one.replace('/', '?_id=')}&{asked}" for one in seen for asked in _includes(one.partition("/")[0])]
    assert any(_hers(entry) for _, entry in batch(world.integration, searches))
    for system in world.attackers:
        for search, entry in batch(system, searches):
            if _is_told(entry):
                assert not _hers(entry), search


def _includes(type_name: str) -> Iterator[str]:
    yield "_include=*"
    yield "_revinclude=*"
    yield "_include=*&_revinclude=*&_include:iterate=*&_revinclude:iterate=*"
    for source in judging.TYPES:
        for name, parameter in definitions.search_parameters(source).items():
            if parameter.type == "reference" and (not parameter.targets or type_name in parameter.targets):
                yield f"_revinclude={source}:{name}"
                yield f"_revinclude={source}:{name}&_include:iterate={source}:*"
        yield f"_include={type_name}:*&_revinclude:iterate={source}:*"


@pytest.mark.parametrize(
    "sort", ["family", "-family", "birthdate", "_lastUpdated", "address-city", "_id", "-identifier"]
)
def test_no_order_of_pages_leaves_a_gap_where_somebody_hidden_stands(world: World, sort: str) -> None:
    """Page by page, one at a time: as many pages as there are people to be seen, in the order of these alone."""
    for system in world.attackers:
        first = system.get(f"Patient?_sort={sort}&_count=1")
        assert first.status_code == 200, first.text
        walked = [listed(page, "match") for page in pages(system, first)]
        assert all(walked), "No page is empty"
        together = listed(system.get(f"Patient?_sort={sort}&_count=100"), "match")
        assert list(chain(*walked)) == together
        assert HEDWIG.patient not in together


@pytest.mark.parametrize("search", ["Patient?_count=1", "Observation?_sort=-date&_count=1", "_history?_count=1"])
def test_a_page_link_of_another_opens_nothing_more(world: World, search: str) -> None:
    """A link of one who sees everyone works under the rights of whoever opens it."""
    followed = 0
    page = world.integration.get(search)
    for _ in range(30):
        following = link(page, "next")
        if not following:
            break
        for system in world.attackers:
            answer = system.get(following)
            assert answer.status_code == 200, answer.text
            assert not hers(answer)
        followed += 1
        page = world.integration.get(following)
    assert followed


def test_a_page_link_is_of_one_url_and_is_whole(world: World) -> None:
    following = link(world.integration.get("Patient?_count=1"), "next")
    cursor = following.partition("_cursor=")[2]
    spoilt = [
        f"Observation?_cursor={cursor}",
        f"Patient/{HEDWIG.id}/*?_cursor={cursor}",
        f"_history?_cursor={cursor}",
        f"Patient?_cursor={cursor}&name={HEDWIG.family}",
        f"Patient?_cursor={cursor}&_count=100",
        f"Patient?_cursor={cursor}&_cursor={cursor}",
        f"Patient?_cursor={cursor[:-8]}AAAAAAA=",
        f"Patient?_cursor={cursor[:40]}",
        f"Patient?_cursor={cursor.swapcase()}",
        "Patient?_cursor=",
        "Patient?_cursor=gAAAAA",
    ]
    for url in spoilt:
        assert world.practice.get(url).status_code == 400, url


@pytest.mark.parametrize("search", ["Patient?identifier={}", "Patient?name={}", "Observation?patient.identifier={}"])
def test_a_search_in_a_body_repeats_nothing_in_its_links(world: World, search: str) -> None:
    """Who searches by POST does so that no URL tells whom: not even of somebody who may be seen."""
    type_name, _, asked = search.partition("?")
    for who in (ANNA, HEDWIG):
        name = asked.partition("=")[0]
        value = who.family if name == "name" else who.number
        for system in (world.integration, world.practice):
            answer = system.search(type_name, **{name: value, "_count": "1"})
            urls = str(answer.json()["link"])
            assert answer.status_code == 200
            assert value not in urls
            assert who.family not in urls


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("value", [HEDWIG.number, f"https://fhir.nhs.uk/Id/nhs-number|{HEDWIG.number}"])
def test_a_search_by_number_is_one_answer_for_somebody_hidden_and_for_nobody(
    world: World, method: str, value: str
) -> None:
    for system in world.attackers:
        answers = []
        for number in (HEDWIG.number, NOBODY):
            asked = {"identifier": value.replace(HEDWIG.number, number)}
            found = system.search("Patient", **asked) if method == "POST" else system.get(f"Patient?{urlencode(asked)}")
            answers.append({**found.json(), "link": len(found.json()["link"])})
            assert found.status_code == 200
        assert answers[0] == answers[1]
        assert answers[0]["total"] == 0


@pytest.mark.parametrize(
    "asked", ["_text", "_content", "_filter", "_query", "_list", "_contained", "_score", "_format"]
)
def test_what_is_not_supported_says_so_of_everybody_alike(world: World, asked: str) -> None:
    for system in world.attackers:
        answers = [system.get(f"Patient?{asked}={value}") for value in (HEDWIG.family, "Nobodyatall")]
        assert answers[0].status_code == answers[1].status_code >= 400
        assert answers[0].content == answers[1].content


def test_a_search_at_the_base_finds_nobody_hidden(world: World) -> None:
    for system in world.attackers:
        for search in ("?_count=100", f"?_id={HEDWIG.id}", f"?_type=Patient,Consent&_id={HEDWIG.id}-consent"):
            for page in pages(system, system.get(search)):
                assert page.status_code == 200
                assert not hers(page)
