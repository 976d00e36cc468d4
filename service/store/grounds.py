"""Why the records of people are open to an actor, for the audit: the same grounds as the access filter's."""

from collections.abc import Collection
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, select

from service import expressions
from service.actor import Actor, Sees
from service.read_door import ReadDoor
from service.store import access_filter

PERSON: Final = access_filter.PERSON

LOOKED_AFTER: Final = "looked-after"
CLAIMED: Final = "claimed"
BREAK_GLASS: Final = "break-glass"
SELF: Final = "self"
SYSTEM: Final = "system"

TAKEN: Final = (CLAIMED, BREAK_GLASS)
"""The grounds that actors take for themselves, and that privacy officers review."""

_ALWAYS: Final = {
    Sees.EVERYONE: SYSTEM,
    Sees.OWN_PATIENTS: LOOKED_AFTER,
    Sees.SELF: SELF,
}
"""The ground where what an actor sees tells it alone."""


async def bases(door: ReadDoor, people: Collection[int], *, by: Actor) -> dict[int, str]:
    """Why each of these people's records was open: "looked-after", "claimed", "break-glass", "self", "system".

    One statement, and none where what the actor sees tells it alone. Whoever is gone since was "claimed".
    """
    if by.sees in _ALWAYS or not people:
        return dict.fromkeys(people, _ALWAYS.get(by.sees, ""))
    asked = {"people": list(people), **access_filter.parameters(by)}
    found = {pk: _basis(is_own, is_shared) for pk, is_own, is_shared in await door.rows(_grounds(by.sees), asked)}
    return {pk: found.get(pk, CLAIMED) for pk in people}


async def is_given(door: ReadDoor, person_pk: int, *, by: Actor) -> bool:
    """Whether a record that an actor sees is open by more than a claim or broken glass."""
    return (await bases(door, [person_pk], by=by))[person_pk] not in TAKEN


def _basis(is_own: Any, is_shared: Any) -> str:
    if is_own:
        return LOOKED_AFTER
    return CLAIMED if is_shared else BREAK_GLASS


@cache
def _grounds(sees: Sees) -> Select[Any]:
    return select(PERSON.c.pk, access_filter.own(PERSON.c.pk), access_filter.may_be_shared(sees)).where(
        expressions.among(PERSON.c.pk, "people")
    )
