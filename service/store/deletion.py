"""Why something was deleted, as its writer says by X-Provenance, and who may read what was there before.

What was deleted because it was recorded of the wrong person is somebody else's. Its earlier versions are hidden from
all but privacy officers and systems, in reads and histories alike, also after the same id is written anew.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, FromClause, Integer, bindparam, exists, func, literal_column, or_, select

from service import db, expressions
from service.actor import Actor, Sees
from service.errors import Unreadable
from service.fhir import elements
from service.fhir.resource_type import Body
from service.register import deletions
from service.store.models import ResourceVersion

VERSION: Final = db.table(ResourceVersion)

_INVESTIGATES: Final = ("privacy-officer", "system")
_LATER: Final = VERSION.alias("misfiled")


def reason(told: Body | None) -> str:
    """The one code of ours among the reasons of a Provenance; empty where there is none. Raises Unreadable."""
    concepts = elements.all_of(told or {}, "reason")
    found = [code for each in concepts for system, code in elements.codings(each) if system == deletions.SYSTEM]
    if len(found) > 1 or any(code not in deletions.REASONS for code in found):
        message = f"X-Provenance gives one of the reasons {', '.join(deletions.REASONS)}, once"
        raise Unreadable(message, expression="Provenance.reason")
    return found[0] if found else ""


def readable(version: FromClause = VERSION) -> ColumnElement[bool]:
    """True for versions that were not deleted as another person's, and for all to who looks into such."""
    return or_(_investigates(), ~exists().where(_LATER.c.version > version.c.version, *_is_misfiled(version)))


def hidden(resource_pk: ColumnElement[int]) -> ColumnElement[int]:
    """How many versions of a resource are hidden: all before the last one that deleted what was another person's."""
    last = select(func.max(_LATER.c.version) - literal_column("1")).where(
        _LATER.c.resource_pk == resource_pk, _is_wrong_person(), ~_investigates()
    )
    return func.coalesce(last.scalar_subquery(), literal_column("0"))


def parameters(by: Actor) -> Mapping[str, int]:
    """What `readable` and `hidden` need to know of the actor."""
    return {"investigates": int(by.sees is Sees.EVERYONE or by.role in _INVESTIGATES)}


def _investigates() -> ColumnElement[bool]:
    return bindparam("investigates", type_=Integer) == literal_column("1")


def _is_misfiled(version: FromClause) -> tuple[ColumnElement[bool], ...]:
    return _LATER.c.resource_pk == version.c.resource_pk, _is_wrong_person()


def _is_wrong_person() -> ColumnElement[bool]:
    return _LATER.c.reason == expressions.constant(deletions.WRONG_PERSON)
