"""Reading the audit trail: for privacy officers and for investigations, and for nobody else.

Who sees everyone sees every event. Who sees the people of an organisation sees what that organisation did, and what
anybody did with the records of the people it looks after.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)

from service import db, expressions
from service.actor import Actor, Sees
from service.audit_models import AuditEvent
from service.errors import NotFound
from service.fhir import audit_events
from service.fhir.audit_events import Event
from service.read_door import ReadDoor
from service.store import access_filter
from service.store.models import Resource

EVENT: Final = db.table(AuditEvent)
RESOURCE: Final = db.table(Resource)
PERSON: Final = access_filter.PERSON

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)

Place = tuple[datetime, int]
"""Where a page ends: the instant of an event and its key."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: all of what is given, any of each list; None where nothing was asked about it.

    `agents` are ODS codes, client ids or ids of users; `outcomes` hundreds of HTTP statuses; `after` where the page
    before ended.
    """

    since: datetime = EARLIEST
    until: datetime = LATEST
    people: Collection[int] | None = None
    actions: Collection[str] | None = None
    agents: Collection[str] | None = None
    roles: Collection[str] | None = None
    outcomes: Collection[int] | None = None
    bases: Collection[str] | None = None
    requests: Collection[str] | None = None
    chain: str | None = None
    sequence: int | None = None
    after: Place | None = None

    @property
    def shape(self) -> frozenset[str]:
        """What is asked about."""
        return frozenset(one.name for one in fields(self) if getattr(self, one.name) is not None) - {"since", "until"}

    def parameters(self) -> dict[str, Any]:
        after_at, after_pk = self.after or (LATEST, 0)
        listed = {name: list(getattr(self, name)) for name in self.shape - {"after", "chain", "sequence"}}
        within = {"since": self.since, "until": self.until, "after_at": after_at, "after_pk": after_pk}
        return {**within, **listed, "chain": self.chain, "sequence": self.sequence}

    def at(self, event_id: str) -> "Wanted":
        """The same of one event alone; of no event where none can be called so."""
        place = audit_events.place(event_id)
        if place is None:
            return replace(self, people=())
        since, until = max(self.since, place.at), min(self.until, place.at + timedelta(microseconds=1))
        return replace(self, since=since, until=until, chain=place.chain, sequence=place.sequence)


async def event(door: ReadDoor, event_id: str, *, by: Actor) -> Event:
    """One event. Raises NotFound, which is one answer with not being allowed to see it."""
    for found in await events(door, Wanted().at(event_id), 1, by=by):
        return found
    raise NotFound("There is no such AuditEvent that you may see")


async def events(door: ReadDoor, wanted: Wanted, limit: int, *, by: Actor) -> Sequence[Event]:
    """What is asked for of what the actor may see, the latest first."""
    statement = page(wanted.shape, by.sees)
    given = {**wanted.parameters(), "limit": limit, **access_filter.parameters(by)}
    return [Event(*row) for row in await door.rows(statement, given)]


async def of_people(door: ReadDoor, wanted: Wanted, limit: int) -> Sequence[Event]:
    """What is asked for, done by anybody. Whether the actor may know it was asked before."""
    given = {**wanted.parameters(), "limit": limit}
    return [Event(*row) for row in await door.rows(page(wanted.shape, Sees.EVERYONE), given)]


async def people(door: ReadDoor, *, patient_ids: Collection[str] = (), numbers: Collection[str] = ()) -> list[int]:
    """The keys of those who have or had these Patients, or who have these NHS numbers; whoever they are."""
    given = {"ids": list(patient_ids), "numbers": list(numbers)}
    return [row[0] for row in await door.rows(_PEOPLE, given)]


_PEOPLE = union(
    select(RESOURCE.c.pk).where(
        RESOURCE.c.resource_type == expressions.constant("Patient"), expressions.among(RESOURCE.c.id, "ids")
    ),
    select(PERSON.c.pk).where(expressions.among(PERSON.c.nhs_number, "numbers")),
)
_COLUMNS = (*(EVENT.c[name] for name in Event._fields if name != "patient_id"), RESOURCE.c.id)
_CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    "people": expressions.among(EVENT.c.person_pk, "people"),
    "actions": expressions.among(EVENT.c.action, "actions"),
    "agents": or_(
        expressions.among(EVENT.c.organisation, "agents"),
        expressions.among(EVENT.c.client_id, "agents"),
        expressions.among(EVENT.c.user_id, "agents"),
    ),
    "roles": expressions.among(EVENT.c.role, "roles"),
    "outcomes": expressions.among(EVENT.c.outcome // literal_column("100", BigInteger), "outcomes"),
    "bases": expressions.among(EVENT.c.basis, "bases"),
    "requests": expressions.among(EVENT.c.request_id, "requests"),
    "chain": EVENT.c.chain == bindparam("chain", type_=EVENT.c.chain.type),
    "sequence": EVENT.c.sequence == bindparam("sequence", type_=EVENT.c.sequence.type),
    "after": tuple_(EVENT.c.at, EVENT.c.pk)
    < tuple_(bindparam("after_at", type_=db.Instant()), bindparam("after_pk", type_=BigInteger())),
}


@cache
def page(shape: frozenset[str], sees: Sees) -> Select[Any]:
    """The statement of a page: the keys of the latest, each leg by an index of its own, then the rows."""
    conditions = [_CONDITIONS[name] for name in sorted(shape)]
    legs = [
        _keys(and_(leg, *conditions), is_few=is_few).subquery() for leg, is_few in _legs(sees, is_few="people" in shape)
    ]
    keys = union(*(select(leg.c.pk) for leg in legs)).subquery("keys")
    patient = and_(RESOURCE.c.pk == EVENT.c.person_pk, _tells_whose(sees))
    rows = keys.join(EVENT, EVENT.c.pk == keys.c.pk).outerjoin(RESOURCE, patient)
    return select(*_COLUMNS).select_from(rows).order_by(EVENT.c.at.desc(), EVENT.c.pk.desc()).limit(bindparam("limit"))


def _legs(sees: Sees, *, is_few: bool) -> list[tuple[ColumnElement[bool], bool]]:
    """Conditions of which any opens an event: one by one where each is what finds it, else together.

    With each, whether it finds few, beside what is asked.
    """
    by_us = EVENT.c.organisation == bindparam("organisation", type_=EVENT.c.organisation.type)
    match sees:
        case Sees.EVERYONE:
            return [(true(), is_few)]
        case Sees.OWN_PATIENTS if is_few:
            return [(or_(and_(by_us, _LEFT), access_filter.own(EVENT.c.person_pk)), True)]
        case Sees.OWN_PATIENTS:
            return [(by_us, False), (access_filter.of_own(EVENT.c.person_pk), True)]
        case _:
            return [(false(), True)]


_LEFT: Final = EVENT.c.basis != expressions.constant("")
"""Whether anything left of a person's record."""


def _tells_whose(sees: Sees) -> ColumnElement[bool]:
    """Whether an event tells whose record it was: of what was asked for in vain only to who looks after the person, or
    else an officer would learn from what their own people are refused that there is somebody."""
    return true() if sees is Sees.EVERYONE else or_(_LEFT, access_filter.own(EVENT.c.person_pk))


def _keys(condition: ColumnElement[bool], *, is_few: bool) -> Select[Any]:
    # Of few, all are found and sorted: who goes through all that ever was, in the order of time, finds them late.
    at = func.coalesce(EVENT.c.at, EVENT.c.at) if is_few else EVENT.c.at
    return (
        select(EVENT.c.pk)
        .where(
            at >= bindparam("since", type_=db.Instant()),
            at < bindparam("until", type_=db.Instant()),
            condition,
        )
        .order_by(at.desc(), EVENT.c.pk.desc())
        .limit(bindparam("limit"))
    )
