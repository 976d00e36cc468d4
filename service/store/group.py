"""The register of an organisation, computed when it is asked for: the people of a practice who are on the register now.

A person belongs to the practice that their Patient names today. Only those whom the actor may see are told of.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, select

from service import db, expressions
from service.actor import Actor, Sees
from service.errors import NotFound
from service.read_door import ReadDoor
from service.register import organisations, registrations
from service.register.models import Registration
from service.register.organisations import Practice
from service.store import access_filter
from service.store.models import Resource, SearchIndex

PERSON = access_filter.PERSON
REGISTRATION = db.table(Registration)
PRACTICE = db.table(Practice)
RESOURCE = db.table(Resource)
INDEX = db.table(SearchIndex)


class Member(NamedTuple):
    """The key of a person, and the id of their Patient."""

    person_pk: int
    patient_id: str


@dataclass(frozen=True, slots=True)
class Register:
    """Who is on the register of an organisation, in the order of their keys.

    `code` is the organisation's ODS code, `name` what the published files call it, empty where they do not know it.
    """

    code: str
    name: str
    members: tuple[Member, ...]


async def register(door: ReadDoor, code: str, *, by: Actor) -> Register:
    """Raises NotFound for an organisation whose register the actor may not see, which is one answer with no such one.

    Nobody on it is an answer only for whoever would see somebody: else it would say that there is nobody.
    """
    if not organisations.is_ods_code(code):
        raise _unknown()
    sees = access_filter.in_bulk(by.sees)
    rows = await door.rows(members(sees), {"group": code, **access_filter.parameters(by)})
    names = await door.rows(_NAME, {"group": code})
    sees_all_of_it = sees is Sees.EVERYONE or (sees, by.organisation) == (Sees.OWN_PATIENTS, code)
    if not rows and not (sees_all_of_it and (names or by.organisation == code)):
        raise _unknown()
    return Register(code, names[0][0] if names else "", tuple(Member(*row) for row in rows))


def _unknown() -> NotFound:
    return NotFound("There is no such Group that you may see: ask by the ODS code of a practice")


async def organisation_codes(door: ReadDoor, organization_id: str, *, system: str) -> list[str]:
    """The identifiers in `system` of the Organization resource with that id."""
    rows = await door.rows(_INDEXED, {"organization_id": organization_id})
    return [value for param, of_system, value in rows if (param, of_system) == ("identifier", system)]


@cache
def members(sees: Sees) -> Select[Any]:
    """The key of the person and the id of the Patient, in the order of the keys.

    Run it with `group`, the organisation's ODS code, and `access_filter.parameters(actor)`.
    """
    is_on_the_register = exists().where(
        REGISTRATION.c.person_pk == PERSON.c.pk,
        REGISTRATION.c.status.in_([expressions.constant(status) for status in registrations.STANDING]),
    )
    return (
        select(PERSON.c.pk, PERSON.c.patient_id)
        .where(PERSON.c.practice_code == bindparam("group"), is_on_the_register, access_filter.visible_person(sees))
        .order_by(PERSON.c.pk)
    )


_NAME = select(PRACTICE.c.name).where(PRACTICE.c.code == bindparam("group"))
_INDEXED = (  # by the key alone: with the parameter too, SQLite would go through that of every Organization
    select(INDEX.c.param, INDEX.c.system, INDEX.c.value)
    .join(RESOURCE, RESOURCE.c.pk == INDEX.c.resource_pk)
    .where(
        RESOURCE.c.resource_type == "Organization",
        RESOURCE.c.id == bindparam("organization_id"),
        RESOURCE.c.deleted.is_(False),
    )
)
