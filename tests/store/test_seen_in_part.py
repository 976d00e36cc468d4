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
from service.errors import NotFound
from service.fhir import codec, definitions, index_values, redaction
from service.read_door import ReadDoor
from service.register import codes, nhs_number
from service.store import (
    conditions,
    history,
    including,
    judging,
    read,
    search_sql,
    summary,
    write,
)
from service.store import (
    everything as whole_record,
)
from service.store.models import Resource, SearchIndex
from service.store.search import Query
from service.store.search_criteria import Alternative, Criterion, Include, Link, SortKey
from service.store.search_sql import Match
from tests import builders
from tests.builders import Body, reference
from tests.reading import through

BY: Final = everything("tests")
IN_PART: Final = Actor("hospital", "RX9", Sees.SHARED, BY.permissions, role="hospital", purpose="TREAT")
CARER: Final = Actor("practice", "Y99001", Sees.OWN_PATIENTS, BY.permissions, role="gp")
RESTRICTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
LOCAL: Final = "https://example.org/local-number"
THEIRS: Final = [name for name, type_ in judging.TYPES.items() if type_.person and not type_.is_withheld]
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
    bert = builders.patient(builders.a_number(1), id="bert", birthDate="1950", address=[{"city": "Middleton"}])
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


def orders() -> Iterator[Query]:
    """Each type in the order of each parameter that may tell where somebody is."""
    for type_name in THEIRS:
        person = judging.TYPES[type_name].person
        for param in definitions.search_parameters(type_name):
            stands_as = index_values.stands_as(type_name, person, param)
            if len(stands_as) == 1 and param not in redaction.HARMLESS_PARAMETERS - {"identifier"}:
                yield Query((type_name,), (), count=50, sort=(SortKey(param, is_descending=len(param) % 2 == 0),))


def _chained(type_name: str, criterion: Criterion) -> Iterator[Query]:
    """What refers to that which the criterion finds, and what that refers to."""
    if type_name == "Patient":
        yield Query(("Observation",), (Criterion(("patient",), links=(Link("to", "Patient", criterion),)),), count=50)
        return
    for target, param in (("Patient", "patient"), ("Practitioner", "performer"), ("Organization", "organization")):
        if param in index_values.indexed(type_name, judging.TYPES[type_name].person):
            led_to = Criterion((param,), links=(Link("from", type_name, criterion),))
            yield Query((target,), (led_to,), count=50)
    if type_name in ("CareTeam", "Observation"):
        deeper = Criterion(("patient",), links=(Link("from", type_name, criterion),))
        yield Query(("Condition",), (Criterion(("patient",), links=(Link("to", "Patient", deeper),)),), count=50)


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


async def answers(
    door: ReadDoor, asked: Iterable[tuple[str, Criterion]], in_order: Iterable[Query], by: Actor
) -> list[Any]:
    found: list[Any] = [(query, await searched(door, query, by)) for query in (*queries(asked), *in_order)]
    ways = product(judging.TYPES, INCLUDES)
    return found + [(type_name, way, await included(door, type_name, way, by)) for type_name, way in ways]


async def moved(database: Database) -> tuple[list[Any], list[Any]]:
    """What who sees Anna in part, and her carer, are told otherwise before and after she moved."""
    asked = set(criteria(database))
    put(database, *record(THERE))
    asked = sorted(asked.symmetric_difference(criteria(database)), key=repr)
    some, in_order = asked[::5], list(orders())
    door = doors.of(database)
    await door.open()
    try:
        there = [await answers(door, asked, in_order, IN_PART), await answers(door, some, (), CARER)]
        put(database, *record(HERE))
        here = [await answers(door, asked, in_order, IN_PART), await answers(door, some, (), CARER)]
    finally:
        await door.close()
    in_part, in_full = (
        [one[:-1] for one, other in zip(*both, strict=True) if one != other] for both in zip(here, there, strict=True)
    )
    return in_part, in_full


def test_no_search_tells_where_somebody_is(kept: Database) -> None:
    in_part, in_full = anyio.run(moved, kept)
    assert in_part == []
    assert len(in_full) > 50


def versions(database: Database, resource: Body, by: Actor) -> list[bytes]:
    """Every version of a resource, by its history and one by one, which must agree."""
    key = (resource["resourceType"], resource["id"])
    page = through(database, lambda door: history.of_resource(door, *key, history.Asked(10), by=by))
    alone = [
        through(database, partial(read.version, type_name=key[0], resource_id=key[1], number=str(one.version), by=by))
        for one in page.versions
    ]
    assert [one.body for one in page.versions] == [one.body for one in alone]
    assert alone[0].body == through(database, lambda door: read.current(door, *key, by=by)).body
    return [one.body for one in alone]


@pytest.mark.parametrize("resource", record(THERE), ids=lambda one: one["resourceType"] + one["id"])
def test_no_version_tells_where_somebody_is(kept: Database, resource: Body) -> None:
    put(kept, *record(THERE))
    assert len({plain(body) for body in versions(kept, resource, CARER)}) == 2
    if judging.TYPES[resource["resourceType"]].is_withheld:
        with pytest.raises(NotFound):
            versions(kept, resource, IN_PART)
        return
    found = {plain(body) for body in versions(kept, resource, IN_PART)}
    assert len(found) == 1
    assert codec.loads(found.pop())["meta"]["security"][-1] == redaction.REDACTED


def test_the_history_of_types_leaves_them_out(kept: Database) -> None:
    """Their place among what others wrote would tell when theirs was written, and so by whom."""
    put(kept, *record(THERE))
    asked = history.Asked(200)
    page = through(kept, lambda door: history.of_types(door, judging.TYPES, asked, by=IN_PART))
    assert not [one for one in page.versions if one.is_partial]
    whole = through(kept, lambda door: history.of_types(door, judging.TYPES, asked, by=CARER))
    assert [one for one in whole.versions if one.person_pk]


def test_everything_of_somebody_leads_nowhere(kept: Database) -> None:
    person_pk = through(kept, lambda door: read.current(door, "Patient", "anna", by=BY)).person_pk
    types = tuple(judging.TYPES)
    asked = whole_record.Asked(person_pk, types, types, 100)
    page = through(kept, lambda door: whole_record.page(door, asked, by=IN_PART))
    assert page.referred == []
    assert {match.resource_type for match in page.record} <= set(THEIRS)
    assert all(match.is_partial for match in page.record)
    assert len(through(kept, lambda door: whole_record.page(door, asked, by=CARER)).referred) == 3


def test_a_summary_tells_the_same_wherever_somebody_is(kept: Database) -> None:
    whose = summary.Whose("patient_id", "anna")
    put(kept, builders.cpr_decision(id="cpr", note=[{"text": f"Form in {HERE.city}"}]))
    here, kept_here = (through(kept, partial(_summary, whose=whose, by=by)) for by in (IN_PART, CARER))
    put(kept, *record(THERE), builders.cpr_decision(id="cpr", note=[{"text": f"Form in {THERE.city}"}]))
    there, kept_there = (through(kept, partial(_summary, whose=whose, by=by)) for by in (IN_PART, CARER))
    assert here
    assert here == there
    assert kept_here != kept_there


async def _summary(door: ReadDoor, *, whose: summary.Whose, by: Actor) -> Any:
    lines = await summary.lines(door, whose, by=by)
    marks = await summary.marks(door, whose, by=by)
    assert [line.resource_pk for line in lines] == [mark.resource_pk for mark in marks]
    assert all(line.is_partial is mark.is_partial is (by is IN_PART) for line, mark in zip(lines, marks, strict=True))
    return [(line.section, line.kind, plain(line.body)) for line in lines]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (f"identifier={nhs_number.SYSTEM}|{builders.NHS_NUMBER}", True),
        (f"identifier={builders.NHS_NUMBER}", True),
        (f"identifier={LOCAL}|{HERE.number}", False),
        (f"identifier={HERE.number}", False),
        (f"identifier={LOCAL}|", False),
        (f"identifier={LOCAL}|{HERE.number},{nhs_number.SYSTEM}|{builders.NHS_NUMBER}", True),
        ("birthdate=1940-05-06&gender:missing=true", False),
        ("birthdate=1940-05-06", True),
        (f"birthdate=1940-05-06&address-city={HERE.city}", False),
        ("birthdate=1940-05-06&general-practitioner:identifier=Y99001", False),
        ("birthdate=1940-05-06&organization:Organization.name=Surgery", False),
        ("birthdate=1940-05-06&_has:CareTeam:patient:_id=team", False),
        ("birthdate=1940-05-06&_has:Observation:patient:code=395091006", True),
    ],
)
def test_a_condition_finds_by_what_is_told(kept: Database, text: str, is_found: bool) -> None:
    asked = conditions.Condition("Patient", text)
    for by, expected in ((IN_PART, is_found), (CARER, True)):
        with kept.transaction() as session, write.writing(session, by=by, at=clock.now()) as changes:
            assert bool(conditions.existing(changes, [asked])) is expected
