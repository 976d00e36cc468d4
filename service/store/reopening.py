"""A death that was notified by mistake and is taken back: the registration that ended with it is active again.

PDS removes a death by the code U of UK Core's DeathNotificationStatus, others by leaving out the date. Nobody may lose
their place on the register by somebody else's mistake, so the register itself writes the next version of the
EpisodeOfCare, in the transaction that takes the death back. It is judged by nothing: it stood like that before.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlmodel import Session

from service import db
from service.fhir import codec, elements
from service.fhir.resource_type import SELF, Body
from service.register import codes, deaths, registrations
from service.register.models import Death, Registration
from service.store import judging, rows
from service.store.derive import Rows
from service.store.models import Resource, ResourceVersion
from service.store.saved import Saved

NAME: Final = "EpisodeOfCare"
RESOURCE: Final = db.table(Resource)
VERSION: Final = db.table(ResourceVersion)
REGISTRATION: Final = db.table(Registration)
DEATH: Final = db.table(Death)


@dataclass(frozen=True, slots=True)
class Reopened:
    """The registration of a person as it has to stand, after the version `before`."""

    id: str
    before: Row[Any]
    resource: Body
    patient: str
    person_pk: int


def due(session: Session, new: Rows, written: Collection[Saved], *, at: datetime) -> Iterator[Reopened]:
    """The registrations to be opened again, of which the register rows `new` are not added yet."""
    for patient in written:
        type_ = judging.held(patient.resource_type)
        if type_.person == SELF and patient.change == "update" and not _is_dead(new[DEATH], patient.pk):
            yield from _of(session, new, patient, at)


def _of(session: Session, new: Rows, patient: Saved, at: datetime) -> Iterator[Reopened]:
    spells = session.execute(_SPELLS, {"person": patient.pk}).all()
    statuses = [spell.status for spell in spells]
    statuses += [row["status"] for row in new[REGISTRATION] if row["person_pk"] == patient.pk]
    if not spells or any(status in registrations.STANDING for status in statuses):
        return
    latest = max(spells, key=lambda spell: (spell.ended_on or date.min, spell.resource_pk))
    if latest.end_reason != _DIED or not _is_removed(session, new, patient):
        return
    before = rows.held(session, NAME, latest.id)
    if before and not before.deleted:
        episode = codec.loads(rows.body(session, before.pk))
        yield Reopened(latest.id, before, reopened(episode, at.date()), patient.reference, patient.pk)


def _is_removed(session: Session, new: Rows, patient: Saved) -> bool:
    """Whether this version takes a death back: the one before told of it, or did not say yet that it is removed."""
    body = session.execute(_VERSION, {"this": patient.pk, "version": patient.version - 1}).scalar_one()
    before = _deaths(codec.loads(body), patient) if body else []
    is_said_now = any(row["resource_pk"] == patient.pk and row["status"] == deaths.REMOVED for row in new[DEATH])
    was_said = any(row["status"] == deaths.REMOVED for row in before)
    return any(row["died_on"] for row in before) or (is_said_now and not was_said)


def _deaths(body: Body, patient: Saved) -> list[dict[str, Any]]:
    told = judging.held(patient.resource_type).register_rows(body, patient.last_updated)
    return [row for table, row in told if table is DEATH]


def _is_dead(told: Collection[dict[str, Any]], patient_pk: int) -> bool:
    return any(row["resource_pk"] == patient_pk and row["died_on"] for row in told)


def reopened(episode: Body, on: date) -> Body:
    """The registration active again, as it was before it ended; that it was finished meanwhile stays in its history."""
    period = {name: value for name, value in episode.get("period", {}).items() if name not in ("end", "_end")}
    extensions = [each for each in episode.get("extension", []) if elements.part(each, "url") != codes.END_REASON]
    return {
        **{name: value for name, value in episode.items() if name != "extension"},
        "status": "active",
        "statusHistory": _history(episode, on),
        "period": period,
        **({"extension": extensions} if extensions else {}),
    }


def _history(episode: Body, on: date) -> list[Any]:
    """With the time for which it was finished; where its sender had begun to tell of that, up to now."""
    told = list(episode.get("statusHistory", []))
    if told and _is_open(told[-1]):
        told[-1] = {**told[-1], "period": {**told[-1]["period"], "end": on.isoformat()}}
        return told
    ended_on = elements.last_day(elements.part(episode, "period", "end"))
    start = {"start": ended_on.isoformat()} if ended_on and ended_on <= on else {}
    return [*told, {"status": "finished", "period": {**start, "end": on.isoformat()}}]


def _is_open(entry: Any) -> bool:
    """Whether an entry of the history tells of the end, without saying until when."""
    return elements.part(entry, "status") == "finished" and elements.part(entry, "period", "end") is None


_DIED: Final = codes.END_REASONS["died"].code
_SPELLS: Final = (
    select(
        *(REGISTRATION.c.resource_pk, REGISTRATION.c.status, REGISTRATION.c.ended_on, REGISTRATION.c.end_reason),
        RESOURCE.c.id,
    )
    .join(RESOURCE, RESOURCE.c.pk == REGISTRATION.c.resource_pk)
    .where(
        REGISTRATION.c.person_pk == bindparam("person"),
        REGISTRATION.c.status.in_((*registrations.STANDING, "finished")),
    )
)
_VERSION: Final = select(VERSION.c.body).where(
    VERSION.c.resource_pk == bindparam("this"), VERSION.c.version == bindparam("version")
)
