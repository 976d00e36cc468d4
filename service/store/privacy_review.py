"""What privacy officers look at: records that were opened by a claim to care for somebody, or by breaking the glass.

One entry tells of one person, whom one user of one organisation looked at on one day. A privacy officer sees the
entries of their own organisation's users, and those of the people whom their organisation looks after; whoever reviews
one does it for their own organisation alone, so that nobody's own officer hides from others what was done. What was
found to be justified or not is done with, until the same user looks again; what is to be investigated stays.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Index, Select, Text, bindparam, case, exists, false, func, select, union
from sqlalchemy.sql.elements import literal_column
from sqlmodel import Field, Session, SQLModel

from service import db, expressions
from service.actor import Actor, Sees
from service.audit_models import AuditEvent
from service.fhir import audit_events
from service.fhir.audit_events import Event
from service.read_door import ReadDoor
from service.store import access_filter, grounds
from service.store.models import Resource

JUSTIFIED, UNJUSTIFIED, TO_INVESTIGATE = "justified", "unjustified", "to-investigate"
OUTCOMES: Final = (JUSTIFIED, UNJUSTIFIED, TO_INVESTIGATE)


class PrivacyReview(SQLModel, table=True):
    """What was found of one entry: `person_pk` (0 where nobody was found), whom, and `on_day` (UTC, as 2026-03-31).

    `outcome` is "justified", "unjustified" or "to-investigate"; `words` say more; `by_...` who reviewed it.
    """

    __tablename__ = "privacy_review"
    __table_args__ = (Index("privacy_review_of", "by_organisation", "organisation", "person_pk"),)

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    organisation: str
    user_id: str
    on_day: str
    outcome: str
    words: str = Field(sa_column=Column(Text, nullable=False))
    by_organisation: str
    by_client: str
    by_user: str
    at: datetime = Field(sa_column=Column(db.Instant, nullable=False))


EVENT: Final = db.table(AuditEvent)
REVIEW: Final = db.table(PrivacyReview)
RESOURCE: Final = db.table(Resource)
BREAK_GLASS: Final = access_filter.BREAK_GLASS


class Entry(NamedTuple):
    """One thing to look at. `event_id` is that of the AuditEvent by which it is reviewed: the breaking of the glass,
    or else the last of so many `times`; `words` are those that were given for breaking it."""

    event_id: str
    patient_id: str
    organisation: str
    user_id: str
    role: str
    purpose: str
    basis: str
    reason: str
    words: str
    first_at: datetime
    last_at: datetime
    times: int
    is_investigated: bool


async def queue(door: ReadDoor, since: datetime, limit: int, *, by: Actor) -> Sequence[Entry]:
    """What was done since then and is to be looked at by this actor: broken glass first, then the oldest."""
    given = {"since": since, "limit": limit, **access_filter.parameters(by)}
    return [_entry(row) for row in await door.rows(_queue(by.sees), given)]


def keep(session: Session, event: Event, *, outcome: str, words: str, by: Actor, at: datetime) -> None:
    """Keeps what was found of the entry to which an event belongs."""
    row = {
        "person_pk": event.person_pk or 0,
        "organisation": event.organisation,
        "user_id": event.user_id,
        "on_day": f"{event.at:%Y-%m-%d}",
        "outcome": outcome,
        "words": words,
        "by_organisation": by.organisation,
        "by_client": by.client_id,
        "by_user": by.user,
        "at": at,
    }
    db.insert_many(session, {REVIEW: [row]})


def _entry(row: Sequence[Any]) -> Entry:
    chain, sequence, at, patient_id, organisation, user_id, role, *why = row
    purpose, basis, reason, words, first, last, times, is_investigated = why
    return Entry(
        event_id=audit_events.event_id(chain, sequence, at),
        patient_id=patient_id or "",
        organisation=organisation,
        user_id=user_id,
        role=role,
        purpose=purpose,
        basis=basis,
        reason=reason,
        words=words or "",
        first_at=first,
        last_at=last,
        times=times,
        is_investigated=bool(is_investigated),
    )


_PERSON: Final = func.coalesce(EVENT.c.person_pk, literal_column("0"))
_DAY: Final = expressions.day(EVENT.c.at)
_IS_BROKEN: Final = EVENT.c.basis == expressions.constant(grounds.BREAK_GLASS)
_IS_THE_BREAKING: Final = EVENT.c.action == expressions.constant("break-glass")


def _is_reviewed(sees: Sees, *outcomes: str) -> ColumnElement[bool]:
    """Whether one of these was said of an entry, after the event that is at hand: by this organisation, or by any for
    who sees everyone."""
    by_us = REVIEW.c.by_organisation == bindparam("organisation", type_=REVIEW.c.by_organisation.type)
    return exists().where(
        *([] if sees is Sees.EVERYONE else [by_us]),
        REVIEW.c.organisation == EVENT.c.organisation,
        REVIEW.c.person_pk == _PERSON,
        REVIEW.c.user_id == EVENT.c.user_id,
        REVIEW.c.on_day == _DAY,
        REVIEW.c.at >= EVENT.c.at,
        REVIEW.c.outcome.in_([expressions.constant(outcome) for outcome in outcomes]),
    )


@cache
def _queue(sees: Sees) -> Select[Any]:
    """Each entry with the event that stands for it."""
    entry = _grouped(sees).subquery("entry")
    words = (
        select(func.max(BREAK_GLASS.c.words))
        .where(
            BREAK_GLASS.c.person_pk == EVENT.c.person_pk,
            BREAK_GLASS.c.organisation == EVENT.c.organisation,
            BREAK_GLASS.c.user_id == EVENT.c.user_id,
            # What was open during these events: the row of the audit is a moment later than the opening itself.
            BREAK_GLASS.c.until > entry.c.first_at,
            BREAK_GLASS.c.at <= entry.c.last_at,
        )
        .correlate(EVENT, entry)
        .scalar_subquery()
    )
    told = [EVENT.c[name] for name in ("organisation", "user_id", "role", "purpose", "basis", "reason")]
    rows = entry.join(EVENT, EVENT.c.pk == entry.c.pk).outerjoin(RESOURCE, RESOURCE.c.pk == EVENT.c.person_pk)
    return (
        select(
            EVENT.c.chain,
            EVENT.c.sequence,
            EVENT.c.at,
            RESOURCE.c.id,
            *told,
            words,
            entry.c.first_at,
            entry.c.last_at,
            entry.c.times,
            entry.c.is_investigated,
        )
        .select_from(rows)
        .order_by(entry.c.is_broken.desc(), entry.c.first_at, entry.c.pk)
    )


def _grouped(sees: Sees) -> Select[Any]:
    """What is to be looked at, one row an entry."""
    legs = union(*(select(EVENT.c.pk).where(*_claimed(), leg) for leg in _legs(sees))).subquery("claimed")
    is_broken = func.max(case((_IS_BROKEN, 1), else_=0))
    first_at = func.min(EVENT.c.at)
    return (
        select(
            func.coalesce(func.max(case((_IS_THE_BREAKING, EVENT.c.pk))), func.max(EVENT.c.pk)).label("pk"),
            first_at.label("first_at"),
            func.max(EVENT.c.at).label("last_at"),
            func.count().label("times"),
            is_broken.label("is_broken"),
            func.max(case((_is_reviewed(sees, TO_INVESTIGATE), 1), else_=0)).label("is_investigated"),
        )
        .select_from(legs.join(EVENT, EVENT.c.pk == legs.c.pk))
        .where(~_is_reviewed(sees, JUSTIFIED, UNJUSTIFIED))
        .group_by(_PERSON, EVENT.c.organisation, EVENT.c.user_id, _DAY)
        .order_by(is_broken.desc(), first_at)
        .limit(bindparam("limit"))
    )


def _claimed() -> tuple[ColumnElement[bool], ...]:
    return (
        EVENT.c.basis.in_([expressions.constant(ground) for ground in grounds.TAKEN]),
        EVENT.c.at >= bindparam("since", type_=db.Instant()),
    )


def _legs(sees: Sees) -> Sequence[ColumnElement[bool]]:
    """Conditions of which any opens an event to a privacy officer, each with an index that finds what it opens."""
    match sees:
        case Sees.EVERYONE:
            return [EVENT.c.pk > literal_column("0")]
        case Sees.OWN_PATIENTS:
            by_us = EVENT.c.organisation == bindparam("organisation", type_=EVENT.c.organisation.type)
            return [by_us, access_filter.of_own(EVENT.c.person_pk)]
        case _:
            return [false()]
