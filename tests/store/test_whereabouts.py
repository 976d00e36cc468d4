"""Of somebody whose whereabouts are restricted nothing tells where they are, whatever is asked.

The same questions are asked twice: before and after the person moved, to another practice, with other carers and other
words. Who sees them in part is answered alike; who looks after them is not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

import anyio
import pytest
import sqlalchemy as sa

from service import clock, db, doors
from service.actor import Actor, Sees, everything
from service.db import Database
from service.fhir import codec, definitions, index_values, redaction
from service.read_door import ReadDoor
from service.register import codes, nhs_number
from service.store import (
    conditions,
    everything as whole,
    history,
    including,
    judging,
    read,
    search_sql,
    summary,
    write,
)
from service.store.models import Resource, SearchIndex
from service.store.search import Query
from service.store.search_criteria import Alternative, Criterion, Include, Link, SortKey
from service.store.search_sql import Match
from tests import builders
from tests.builders import Body, reference

BY: Final = everything("tests")
IN_PART: Final = Actor("hospital", "RX9", Sees.SHARED, BY.permissions, role="hospital", purpose="TREAT")
CARER: Final = Actor("practice", "Y99001", Sees.OWN_PATIENTS, BY.permissions, role="gp")
RESTRICTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
LOCAL: Final = "https://example.org/local-number"
RESOURCE, INDEX = db.table(Resource), db.table(SearchIndex)


@dataclass(frozen=True)
class Place:
    """Where somebody is: all that must not be learnt. `at` tells the organisations, and sorts the other one before."""

    at: str
    city: str
    number: str
    answer: str


HERE, THERE = Place("1", "Aldertown", "111", "21"), Place("2", "Zinnialand", "222", "22")


def record(place: Place) -> list[Body]:
    """Anna, of whom few may know where she is, with something of every kind of resource that could tell it."""
    anna = builders.patient(
        id="anna",
        meta={"security": [RESTRICTED]},
        identifier=[builders.verified_number(builders.NHS_NUMBER), {"system": LOCAL, "value": place.number}],
        address=[{"city": place.city, "line": [f"{place.number} Example Street"]}],
        telecom=[{"system": "phone", "value": f"01632 960{place.number}"}],
        contact=[{"name": {"family": place.city}}],
        generalPractitioner=[*builders.at_practice("Y99001"), reference(f"Organization/surgery-{place.at}")],
        managingOrganization=reference(f"Organization/surgery-{place.at}"),
    )
    by = [reference(f"Practitioner/doctor-{place.at}")]
    identifier = [{"system": LOCAL, "value": place.number}]
    words = [{"text": f"Near {place.city}"}]
    return [
        anna,
        builders.related_person(id="kin", name=[{"family": place.city}]),
        builders.care_team(id="team", participant=[{"member": reference(f"Organization/surgery-{place.at}")}]),
        builders.observation(id="seen", performer=by, note=words, identifier=identifier),
        builders.observation(id="told", code=builders.snomed("75367002"), **_string(f"At {place.city}"), performer=by),
        builders.ended_registration(
            id="spell", managingOrganization=reference(f"Organization/surgery-{place.at}"), identifier=identifier
        ),
        builders.care_plan(id="plan", author=by[0], careTeam=[reference("CareTeam/team")], note=words),
        builders.condition(id="ill", asserter=by[0], note=words),
        builders.document(
            id="paper",
            author=by,
            custodian=reference(f"Organization/surgery-{place.at}"),
            description=place.city,
            content=[{"attachment": {"title": place.city, "url": f"https://example.org/{place.number}"}}],
        ),
        builders.procedure(id="talk", performer=[{"actor": by[0]}], location=reference(f"Location/ward-{place.at}")),
        builders.questionnaire_response(id="form", author=by[0]),
        builders.task(id="job", owner=by[0], description=place.city),
        builders.binary(id="file", data="aG9tZQ==" if place is HERE else "aGlsbA=="),
        builders.medication_request(id="pills", requester=by[0], note=words),
    ]


def _string(value: str) -> Body:
    return {"valueCodeableConcept": None, "valueString": value}


def directory() -> list[Body]:
    found: list[Body] = []
    for place in (HERE, THERE):
        ods = [{"system": codes.ODS_ORGANISATION, "value": f"Y9900{place.at}"}]
        found += [
            builders.organization(id=f"surgery-{place.at}", name=f"Surgery of {place.city}", identifier=ods),
            builders.practitioner(id=f"doctor-{place.at}", name=[{"family": f"Of{place.city}"}]),
            builders.location(id=f"ward-{place.at}", name=f"Ward of {place.city}"),
        ]
    return found


def others() -> list[Body]:
    """Somebody of whom nothing is hidden, between the two places in every order."""
    bert = builders.patient(builders.a_number(1), id="bert", address=[{"city": "Middleton"}])
    return [bert, builders.observation(id="berts", subject=reference("Patient/bert"))]


def put(database: Database, *resources: Body) -> None:
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        for resource in resources:
            changes.update(resource)


@pytest.fixture
def kept(database: Database) -> Database:
    put(database, *directory())
    put(database, *others(), *record(HERE))
    return database


# What is asked


def criteria(database: Database) -> list[tuple[str, Criterion]]:
    """A search for every value by which anything of Anna's can be found now."""
    hers = sa.select(RESOURCE.c.pk).where(RESOURCE.c.person_pk == sa.select(_ANNA).scalar_subquery())
    with database.reading() as session:
        rows = session.execute(sa.select(INDEX).where(INDEX.c.resource_pk.in_(hers))).all()
    found = sorted({(row.resource_type, row.param, row.value) for row in rows if row.param != "_lastUpdated"})
    return [(type_name, Criterion((param,), (Alternative("code", (value,)),))) for type_name, param, value in found]


_ANNA = sa.select(RESOURCE.c.pk).where(RESOURCE.c.resource_type == "Patient", RESOURCE.c.id == "anna").subquery().c.pk


def queries(asked: Iterable[tuple[str, Criterion]]) -> Iterator[Query]:
    for type_name, criterion in asked:
        yield Query((type_name,), (criterion,), count=50)
        yield Query((type_name,), (Criterion(criterion.params, criterion.alternatives, is_negated=True),), count=50)
        yield from _chained(type_name, criterion)
    for type_name, type_ in judging.TYPES.items():
        yield from (Query((type_name,), (), count=50, sort=(key,)) for key in _sorts(type_name, type_.person))


def _chained(type_name: str, criterion: Criterion) -> Iterator[Query]:
    """What refers to that which the criterion finds, and what that refers to."""
    if type_name == "Patient":
        yield Query(("Observation",), (Criterion(("patient",), links=(Link("to", "Patient", criterion),)),), count=50)
        return
    for target, param in (("Patient", "patient"), ("Practitioner", "performer"), ("Organization", "organization")):
        if param in index_values.indexed(type_name, judging.TYPES[type_name].person):
            led_to = Criterion((param,), links=(Link("from", type_name, criterion),))
            yield Query((target,), (led_to,), count=50)
            deeper = Criterion(("patient",), links=(Link("to", "Patient", led_to),))
            if target == "Patient":
                yield Query(("Condition",), (deeper,), count=50)


def _sorts(type_name: str, person: str) -> Iterator[SortKey]:
    for param in definitions.search_parameters(type_name):
        if len(index_values.stands_as(type_name, person, param)) == 1 and param != "_lastUpdated":
            yield from (SortKey(param, is_descending=is_descending) for is_descending in (False, True))


EVERY: Final = Include("*", "*")
INCLUDES: Final = [
    ((EVERY,), ()),
    ((Include("*", "*", iterate=True),), (Include("*", "*", iterate=True),)),
    ((), (EVERY,)),
]


# What is answered


def told(matches: Iterable[Match]) -> list[Any]:
    return [(match.resource_type, match.id, plain(match.body)) for match in matches]


def plain(body: bytes) -> Any:
    """A resource without its version, which moving counts on; nobody is told why."""
    if not body:
        return None
    resource = codec.loads(body)
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    return codec.dumps({**resource, "meta": meta})


async def searched(door: ReadDoor, query: Query, by: Actor) -> list[Any]:
    statement, parameters = search_sql.statement(query, by)
    counting, counted = search_sql.count_statement(query, by)
    found = search_sql.found(await door.rows(statement, parameters), by=by)
    return [(await door.rows(counting, counted))[0][0], [match.keys for match in found], told(found)]


async def included(door: ReadDoor, type_name: str, way: Any, by: Actor) -> list[Any]:
    statement, parameters = search_sql.statement(Query((type_name,), (), count=50), by)
    page = search_sql.found(await door.rows(statement, parameters), by=by)
    beside = await including.beside(door, page, *way, by=by)
    return sorted(told(beside.resources))


async def answers(door: ReadDoor, asked: Iterable[tuple[str, Criterion]], by: Actor) -> list[Any]:
    return [(query, await searched(door, query, by)) for query in queries(asked)] + [
        (type_name, way, await included(door, type_name, way, by))
        for type_name, way in product(judging.TYPES, INCLUDES)
    ]


def through(database: Database, work: Any) -> Any:
    async def done() -> Any:
        door = doors.of(database)
        await door.open()
        try:
            return await work(door)
        finally:
            await door.close()

    return anyio.run(done)


def test_no_search_tells_where_somebody_is(kept: Database) -> None:
    asked = criteria(kept)
    put(kept, *record(THERE))
    asked = sorted({*asked, *criteria(kept)}, key=repr)
    there = {by: through(kept, partial(answers, asked=asked, by=by)) for by in (IN_PART, CARER)}
    put(kept, *record(HERE))
    here = {by: through(kept, partial(answers, asked=asked, by=by)) for by in (IN_PART, CARER)}
    different = [one[0] for one, other in zip(here[IN_PART], there[IN_PART], strict=True) if one != other]
    assert different == []
    assert sum(one != other for one, other in zip(here[CARER], there[CARER], strict=True)) > 100
