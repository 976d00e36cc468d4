"""How long a record is kept, what holds it longer, and how it is disposed of (decision 21).

A record is due once so many years have passed since the person's death and since the last entry, whichever came later;
never while a registration stands, and never under a legal hold. To dispose is to remove every row there is of a person,
the records that were merged into theirs too. The audit stays: it holds keys and ids, and says who disposed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import (
    Column,
    Index,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlmodel import Field, Session, SQLModel

from service import audit, db, migrations, read_door
from service.actor import Actor
from service.errors import Conflict, NotFound
from service.read_door import SessionDoor
from service.register import registrations
from service.register.models import Person, Registration
from service.store import merges
from service.store.merges import MERGE
from service.store.models import Disposal, Resource, SearchIndex


class LegalHold(SQLModel, table=True):
    """Keeps a person's record from being disposed of until it is released. `words` say why, without clinical text."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "legal_hold_standing",
            "person_pk",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    pk: int | None = Field(default=None, sa_column=Column(db.Key, primary_key=True))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    words: str = Field(sa_column=Column(Text, nullable=False))
    placed_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    released_at: datetime | None = Field(default=None, sa_column=Column(db.Instant, nullable=True))


AUDIT_EVENT: Final = db.table(audit.AuditEvent)
HOLD: Final = db.table(LegalHold)
DISPOSAL: Final = db.table(Disposal)
RESOURCE: Final = db.table(Resource)
PERSON: Final = db.table(Person)
REGISTRATION: Final = db.table(Registration)
SEARCH_INDEX: Final = db.table(SearchIndex)

NAME: Final = "Patient"
_NOT_AN_ENTRY: Final = ("Flag", "Provenance")
"""What the register writes by itself, beside what somebody entered."""


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose time is over: the id of the Patient, and the day of the death or of the last entry."""

    person_pk: int
    patient_id: str
    last_on: date


def due(session: Session, *, on: date, years: int) -> list[Due]:
    """Every record that may be disposed of on a day, the oldest first."""
    found = [Due(row.pk, row.id, _last_on(row)) for row in session.execute(_DUE, _asked(on, years))]
    return sorted((one for one in found if not _is_held(session, one.person_pk)), key=lambda one: one.last_on)


def hold(session: Session, patient_id: str, *, words: str, by: Actor, at: datetime) -> None:
    """Keeps a record from now on. Raises NotFound, and Conflict where it is held already."""
    patient = _patient(session, patient_id)
    held = set(_held(session, patient.pk))
    keys = [key for key in _keys(session, patient.pk) if key not in held]
    if not keys:
        raise Conflict("This record is held already")
    db.insert_many(session, {HOLD: [{"person_pk": key, "words": words, "placed_at": at} for key in keys]})
    _audited(session, "hold", patient, by)


def release(session: Session, patient_id: str, *, by: Actor, at: datetime) -> None:
    """Ends the holds on a record. Raises NotFound, and Conflict where there is none."""
    patient = _patient(session, patient_id)
    keys = _held(session, patient.pk)
    if not keys:
        raise Conflict("This record is not held")
    for key in keys:
        session.execute(_RELEASE, {"person": key, "now": at})
    _audited(session, "release", patient, by)


def dispose(session: Session, patient_id: str, *, by: Actor, at: datetime, years: int) -> None:
    """Removes every row of a person but for the audit. Raises NotFound, and Conflict saying why it may not be yet."""
    patient = _patient(session, patient_id)
    keys = _keys(session, patient.pk)
    _refuse_early(session, patient, on=at.date(), years=years)
    highest = session.execute(select(func.max(RESOURCE.c.pk))).scalar_one()
    for table in _tables():
        session.execute(_of(table), {"keys": list(keys)})
    session.execute(MERGE.delete().where(MERGE.c.target_pk.in_(keys), MERGE.c.undone_at.is_(None)))
    session.execute(PERSON.delete().where(PERSON.c.pk.in_(keys)))
    session.execute(RESOURCE.delete().where(RESOURCE.c.person_pk.in_(keys)))
    db.insert_many(session, {DISPOSAL: [{"at": at, "highest_key": highest}]})
    _audited(session, "dispose", patient, by)


def _refuse_early(session: Session, patient: Row[Any], *, on: date, years: int) -> None:
    if _is_held(session, patient.pk):
        raise Conflict("This record is under a legal hold: release it first")
    if session.execute(_IS_DUE, {**_asked(on, years), "person": patient.pk}).first() is None:
        message = f"This record is not due: {years} years since the death and the last entry, and no registration"
        raise Conflict(message)
    asked = {"person": patient.pk, "link": f"{NAME}/{patient.id}"}
    others = [f"{NAME}/{one}" for one in session.execute(_LINKING, asked).scalars()]
    if others:
        raise Conflict(f"Other records link to this one; take the links out first: {', '.join(others)}")


def _asked(on: date, years: int) -> dict[str, Any]:
    since = _earlier(on, years)
    return {"before": datetime.combine(since, time(), UTC), "on": since}


def _patient(session: Session, patient_id: str) -> Row[Any]:
    """The Patient, held; deleted or not."""
    found = session.execute(_PATIENT, {"id": patient_id.removeprefix(f"{NAME}/")}).one_or_none()
    if found is None:
        raise NotFound("There is no such Patient")
    if found.person_pk != found.pk:
        raise Conflict("This Patient was merged into another: name that one")
    return found


def _keys(session: Session, person_pk: int) -> list[int]:
    return read_door.at_once(merges.keys(SessionDoor(session), person_pk))


def _held(session: Session, person_pk: int) -> Sequence[int]:
    keys = _keys(session, person_pk)
    return session.execute(select(HOLD.c.person_pk).where(HOLD.c.person_pk.in_(keys), _STANDS)).scalars().all()


def _is_held(session: Session, person_pk: int) -> bool:
    return bool(_held(session, person_pk))


def _tables() -> Iterator[Table]:
    """Every table that says of its rows whose they are, or of which resource; the audit and the resources not."""
    for table in reversed(migrations.tables().sorted_tables):
        is_of_somebody = {"person_pk", "resource_pk"} & set(table.columns.keys())
        if is_of_somebody and table not in (AUDIT_EVENT, RESOURCE):
            yield table


def _of(table: Table) -> Any:
    keys: Any = bindparam("keys", expanding=True)
    if "resource_pk" in table.columns:
        theirs = select(RESOURCE.c.pk).where(RESOURCE.c.person_pk.in_(keys))
        return table.delete().where(table.c.resource_pk.in_(theirs))
    return table.delete().where(table.c.person_pk.in_(keys))


def _audited(session: Session, action: str, patient: Row[Any], by: Actor) -> None:
    row = audit.row(action, by=by, outcome=200, resource_type=NAME, resource_id=patient.id, person_pk=patient.pk)
    audit.record(session, row)


def _last_on(row: Row[Any]) -> date:
    entered_on: date = row.entered_at.date()
    return max(entered_on, row.died_on) if row.died_on else entered_on


def _earlier(on: date, years: int) -> date:
    """So many years before; the last of February where there is no 29th."""
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return on.replace(year=on.year - years, day=day)


_STANDS: Final = HOLD.c.released_at.is_(None)
_RELEASE: Final = (
    HOLD.update().where(HOLD.c.person_pk == bindparam("person"), _STANDS).values(released_at=bindparam("now"))
)
_PATIENT: Final = (
    select(RESOURCE.c.pk, RESOURCE.c.id, RESOURCE.c.person_pk)
    .where(RESOURCE.c.resource_type == NAME, RESOURCE.c.id == bindparam("id"))
    .with_for_update()
)
_OTHER: Final = RESOURCE.alias("other")
_LINKING: Final = (
    select(_OTHER.c.id)
    .join(SEARCH_INDEX, SEARCH_INDEX.c.resource_pk == _OTHER.c.pk)
    .where(
        SEARCH_INDEX.c.resource_type == NAME,
        SEARCH_INDEX.c.param == "link",
        SEARCH_INDEX.c.value == bindparam("link"),
        _OTHER.c.person_pk != bindparam("person"),
    )
)
_ENTRY: Final = RESOURCE.alias("entry")


def _due() -> Select[Any]:
    entered_at = func.max(_ENTRY.c.last_updated, type_=db.Instant()).label("entered_at")
    stands = exists().where(
        REGISTRATION.c.person_pk == RESOURCE.c.pk, REGISTRATION.c.status.in_(registrations.STANDING)
    )
    return (
        select(RESOURCE.c.pk, RESOURCE.c.id, PERSON.c.died_on, entered_at)
        .select_from(
            RESOURCE.join(_ENTRY, _ENTRY.c.person_pk == RESOURCE.c.pk).outerjoin(PERSON, PERSON.c.pk == RESOURCE.c.pk)
        )
        .where(
            RESOURCE.c.resource_type == NAME,
            RESOURCE.c.person_pk == RESOURCE.c.pk,
            _ENTRY.c.resource_type.not_in(_NOT_AN_ENTRY),
            or_(PERSON.c.died_on.is_(None), PERSON.c.died_on < bindparam("on")),
            ~stands,
        )
        .group_by(RESOURCE.c.pk, RESOURCE.c.id, PERSON.c.died_on)
        .having(entered_at < bindparam("before", type_=db.Instant()))
    )


_DUE: Final = _due()
_IS_DUE: Final = _DUE.where(RESOURCE.c.pk == bindparam("person"))
