"""What stands against making two records one, or taking them apart: what only a clinician can decide, or would lose."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, union_all
from sqlmodel import Session

from service import db
from service.errors import Conflict, Issue
from service.fhir import codec, references
from service.register import alerts
from service.register.models import Person, Plan, Registration
from service.store import provenance, rows
from service.store.models import Resource

RESOURCE: Final = db.table(Resource)
PERSON: Final = db.table(Person)
REGISTRATION: Final = db.table(Registration)
PLAN: Final = db.table(Plan)

Resources = Mapping[str, Row[Any]]
"""Rows of resources by their references, such as "Goal/1"."""


def refuse_two_active(session: Session, source_pk: int, target_pk: int) -> None:
    """Raises Conflict for two active registrations or plans: which of them goes on is for a clinician to say."""
    found = session.execute(_ACTIVE, {"source": source_pk, "target": target_pk}).all()
    issues = []
    for type_name in ("EpisodeOfCare", "CarePlan"):
        ids = [f"{type_name}/{one.id}" for one in found if one.resource_type == type_name]
        if len(ids) > 1:
            message = f"Both are active, and a person has one: end one of {' and '.join(ids)} first"
            issues.append(Issue(Conflict.code, message, type_name, detail=Conflict.detail))
    if issues:
        raise Conflict("; ".join(issue.message for issue in issues), issues=issues)


def refuse_two_deaths(session: Session, source_pk: int, target_pk: int) -> None:
    """Raises Conflict where the two differ on a death.

    It is told by the Patient, of which one stays: none may be lost, and none given to who lives.
    """
    days = session.execute(_DIED, {"source": source_pk, "target": target_pk}).scalars().all()
    if len(set(days)) > 1:
        message = "These differ on whether, or when, the person died: make both say the same first"
        raise Conflict(message, expression="Patient.deceased")


def refuse_bound(session: Session, back: Resources, stays: Resources) -> None:
    """Raises Conflict where what goes back and what stays refer to each other: into another person's record."""
    found = [*_leading(session, stays, back), *_leading(session, back, stays)]
    if found:
        pairs = "; ".join(f"{one} refers to {other}" for one, other in found)
        message = f"Change these first, which were bound together since the merge: {pairs}"
        issues = [Issue(Conflict.code, message, one.partition("/")[0], detail=Conflict.detail) for one, _ in found]
        raise Conflict(message, issues=issues)


def says_whose(reference: str) -> bool:
    """Whether it names its person: no Patient does, nothing that tells of the past, no Flag that follows by itself."""
    type_name = reference.partition("/")[0]
    return type_name not in ("Patient", provenance.NAME) and not alerts.is_ours(reference)


def _leading(session: Session, from_: Resources, to: Collection[str]) -> Iterable[tuple[str, str]]:
    for name, one in from_.items():
        if one.deleted or not says_whose(name):
            continue
        body = codec.loads(rows.body(session, one.pk))
        led = {target.partition("/_history/")[0] for _, target in references.references(body)}
        yield from ((name, other) for other in sorted(led) if other in to and says_whose(other))


_BOTH: Final[tuple[Any, ...]] = (bindparam("source"), bindparam("target"))
_ACTIVE: Final = union_all(
    *(
        select(RESOURCE.c.resource_type, RESOURCE.c.id)
        .join(table, table.c.resource_pk == RESOURCE.c.pk)
        .where(table.c.person_pk.in_(_BOTH), table.c.status == "active")
        for table in (REGISTRATION, PLAN)
    )
)
_DIED: Final = select(PERSON.c.died_on).where(PERSON.c.pk.in_(_BOTH))
