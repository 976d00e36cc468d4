"""Follows the references by which resources name the organisations that look after a person, to ODS codes.

A CareTeam may name an Organization, or somebody's role in one, that is written with it, or that changes later: what
is found follows both.
"""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import bindparam, select
from sqlmodel import Session

from service import db, expressions
from service.fhir import codec, intake, relationships
from service.fhir.relationships import RELATIONSHIP
from service.store.models import Resource, SearchIndex

RESOURCE: Final = db.table(Resource)
SEARCH_INDEX: Final = db.table(SearchIndex)

_ORGANIZATION: Final = "Organization/"
_ROLE: Final = "PractitionerRole/"
_FOLLOWED: Final = (_ORGANIZATION, _ROLE)


def follow(session: Session, named: Collection[str], written: Iterable[str]) -> None:
    """Brings to date the rows through references that were `named` now, or that lead to what was `written` now."""
    for through in sorted({*named, *_ways(session, written)}):
        session.execute(_FOLLOW, {"through_": through, "code": _code(session, through)})


def related_anew(session: Session, written: Iterable[str]) -> set[int]:
    """The people who are looked after by another organisation than before, once what was `written` is followed."""
    return {
        person_pk
        for through in sorted(_ways(session, written))
        for person_pk in session.execute(_CHANGES, {"through_": through, "code": _code(session, through)}).scalars()
    }


def follow_all(session: Session) -> None:
    """The same for every row there is."""
    follow(session, session.execute(_NAMED).scalars().all(), ())


def _code(session: Session, through: str) -> str | None:
    """The ODS code to which a reference leads; what lies on the way is held as it is until the transaction ends."""
    type_name, _, resource_id = through.partition("/")
    body = session.execute(_HELD, {"resource_type": type_name, "resource_id": resource_id}).scalar_one_or_none()
    if body is None:
        return None
    resource, _ = intake.normalised(codec.loads(body))
    if type_name == "Organization":
        return relationships.ods_code(resource) or None
    code, organisation = relationships.target(resource.get("organization"))
    return code or (_code(session, organisation) if organisation.startswith(_ORGANIZATION) else None)


def _ways(session: Session, written: Iterable[str]) -> set[str]:
    """The references that lead to an organisation by what was written."""
    changed = {reference for reference in written if reference.startswith(_FOLLOWED)}
    roles = {role for one in changed if one.startswith(_ORGANIZATION) for role in _roles_at(session, one)}
    return changed | roles


def _roles_at(session: Session, organisation: str) -> list[str]:
    found = session.execute(_ROLES_AT, {"organisation": organisation}).scalars()
    return [f"{_ROLE}{resource_id}" for resource_id in found]


_HELD: Final = (
    select(RESOURCE.c.body)
    .where(
        RESOURCE.c.resource_type == bindparam("resource_type"),
        RESOURCE.c.id == bindparam("resource_id"),
        RESOURCE.c.deleted.is_(False),
    )
    .with_for_update(read=True)
)
_ROLES_AT: Final = (
    select(RESOURCE.c.id)
    .join(SEARCH_INDEX, SEARCH_INDEX.c.resource_pk == RESOURCE.c.pk)
    .where(
        SEARCH_INDEX.c.resource_type == "PractitionerRole",
        SEARCH_INDEX.c.param == "organization",
        SEARCH_INDEX.c.value == bindparam("organisation"),
    )
)
# Written out, so that a database sees that its index of those holds every row in question.
_IS_THROUGH: Final = RELATIONSHIP.c.through != expressions.constant("")
_NAMED: Final = select(RELATIONSHIP.c.through).where(_IS_THROUGH).distinct()
_CHANGED: Final = (
    _IS_THROUGH,
    RELATIONSHIP.c.through == bindparam("through_"),
    RELATIONSHIP.c.organisation.is_distinct_from(bindparam("code", type_=RELATIONSHIP.c.organisation.type)),
)
_CHANGES: Final = select(RELATIONSHIP.c.person_pk).where(*_CHANGED).distinct()
_FOLLOW: Final = (
    RELATIONSHIP.update()
    .where(*_CHANGED)
    .values(organisation=bindparam("code", type_=RELATIONSHIP.c.organisation.type))
)
