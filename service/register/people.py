"""People and the practices they were registered with.

The results depend on the arguments only: a rebuild replays every version through these functions.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from service import db
from service.register.models import Person, PracticeSpell, SharingDecision

PERSON: Final = db.table(Person)
SPELL: Final = db.table(PracticeSpell)
DECISION: Final = db.table(SharingDecision)

BEGINNING: Final = date(1, 1, 1)
"""When the first practice spell starts: nobody told us of an earlier practice."""

_SHARING_IN_FORCE = sa.func.coalesce(
    sa.select(DECISION.c.decision)
    .where(DECISION.c.person_pk == sa.bindparam("key"))
    .order_by(DECISION.c.decided_at.desc(), DECISION.c.resource_pk.desc())
    .limit(1)
    .scalar_subquery(),
    "",
)
_FACTS = ("patient_id", "nhs_number", "name", "born_on", "gender", "practice_code", "died_on", "sensitivity")
_CHANGE = (
    PERSON.update().where(PERSON.c.pk == sa.bindparam("key")).values({fact: sa.bindparam(fact) for fact in _FACTS})
)
# A Patient may come back after decisions on sharing were recorded: those rule from the first moment.
_ADD = PERSON.insert().values(
    {"pk": sa.bindparam("key"), "sharing": _SHARING_IN_FORCE} | {fact: sa.bindparam(fact) for fact in _FACTS}
)
_SHARE = PERSON.update().where(PERSON.c.pk == sa.bindparam("key")).values(sharing=_SHARING_IN_FORCE)
_REMOVE = PERSON.delete().where(PERSON.c.pk == sa.bindparam("key"))

_LATEST_SPELL = (
    sa.select(SPELL.c.started_on, SPELL.c.ended_on, SPELL.c.practice_code)
    .where(SPELL.c.person_pk == sa.bindparam("key"))
    .order_by(SPELL.c.started_on.desc())
    .limit(1)
)
_DROP_SPELLS_FROM = SPELL.delete().where(
    SPELL.c.person_pk == sa.bindparam("key"), SPELL.c.started_on >= sa.bindparam("on")
)
_CLOSE_SPELL = (
    SPELL.update()
    .where(
        SPELL.c.person_pk == sa.bindparam("key"),
        sa.or_(SPELL.c.ended_on.is_(None), SPELL.c.ended_on > sa.bindparam("on")),
    )
    .values(ended_on=sa.bindparam("on"))
)
_OPEN_SPELL = SPELL.insert()
_BEGIN = SPELL.insert().from_select(
    ["person_pk", "started_on", "practice_code"],
    sa.select(
        sa.bindparam("key", type_=SPELL.c.person_pk.type),
        sa.bindparam("on", type_=SPELL.c.started_on.type),
        sa.bindparam("practice", type_=SPELL.c.practice_code.type),
    ).where(~sa.exists().where(SPELL.c.person_pk == sa.bindparam("key"))),
)
_REMOVE_SPELLS = SPELL.delete().where(SPELL.c.person_pk == sa.bindparam("key"))


def save(session: Session, *, pk: int, facts: Mapping[str, Any], on: date) -> None:
    """Writes what a Patient says of a person, and moves the person between practices if it says so.

    `facts` are the columns of `person` but for its key and `sharing`, and `practice_from`: since when the practice is
    theirs (a date or None). `on` is the day of writing.
    """
    columns = {"key": pk} | {fact: facts[fact] for fact in _FACTS}
    changed = session.execute(_CHANGE, columns)
    if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        session.execute(_ADD, columns)
        _begin(session, pk, facts["practice_code"])
        return
    _move(session, pk, facts["practice_code"], since=facts.get("practice_from"), on=on)


def _move(session: Session, pk: int, practice_code: str, *, since: date | None, on: date) -> None:
    latest = session.execute(_LATEST_SPELL, {"key": pk}).one_or_none()
    if latest is None:
        _open_spell(session, pk, practice_code, BEGINNING)
        return
    if practice_code == (latest.practice_code if latest.ended_on is None else ""):
        return
    moved_on = since if since and since > latest.started_on else on
    # A spell that was to start later, or started today, is corrected and not kept.
    session.execute(_DROP_SPELLS_FROM, {"key": pk, "on": moved_on})
    session.execute(_CLOSE_SPELL, {"key": pk, "on": moved_on})
    _open_spell(session, pk, practice_code, moved_on)


def _open_spell(session: Session, pk: int, practice_code: str, started_on: date) -> None:
    if practice_code:
        spell = {"person_pk": pk, "started_on": started_on, "ended_on": None, "practice_code": practice_code}
        session.execute(_OPEN_SPELL, spell)


def _begin(session: Session, pk: int, practice_code: str) -> None:
    """The first spell. Who comes back from another's record, with which theirs was merged, has theirs still."""
    if practice_code:
        session.execute(_BEGIN, {"key": pk, "on": BEGINNING, "practice": practice_code})


def leave(session: Session, pk: int) -> None:
    """Takes a person out whose record was merged into another; the practices that they were with are kept."""
    session.execute(_REMOVE, {"key": pk})


def remove(session: Session, pk: int) -> None:
    """Takes a person out, as if the Patient had never been written; what other resources say of them stays."""
    session.execute(_REMOVE_SPELLS, {"key": pk})
    session.execute(_REMOVE, {"key": pk})


def refresh_sharing(session: Session, person_pk: int) -> None:
    """Sets `person.sharing` to the latest decision; of two at one instant, the one that was first written later."""
    session.execute(_SHARE, {"key": person_pk})
