"""What the role of an actor may not do with an item of the register, beyond the type of FHIR.

The policy says it (`access/policy`), the Actor carries it (`Actor.barred`), and every version passes here, whichever
way it is written. What stood before counts too: who may not write a CPR decision may neither take one back.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import Session

from service.actor import Actor
from service.errors import Forbidden
from service.fhir import codec, elements, intake, preference_answers
from service.fhir.resource_type import Body
from service.fhir.resource_types import episode_of_care
from service.register import preference_type, registrations
from service.store import rows

_REGISTRATION: Final = "registration"
_TYPES: Final = ("Observation", "EpisodeOfCare")


def refuse_barred(session: Session, by: Actor, type_name: str, before: Row[Any] | None, after: Body | None) -> None:
    """Raises Forbidden, naming the element, when the role of the actor may not put `after` in the place of `before`.

    No `before` is a create, no `after` a deletion.
    """
    if type_name not in _TYPES or by.barred.isdisjoint(_asked_of()):
        return
    stood = codec.loads(rows.body(session, before.pk)) if before and not before.deleted else None
    for verb, item, expression in _done(stood, after and intake.normalised(after)[0]):
        if (verb, item) in by.barred:
            message = f"The role of this token may not {verb} {_in_words(item)}; docs/access.md tells which roles may"
            raise Forbidden(message, expression=expression)


def _done(before: Body | None, after: Body | None) -> Iterator[tuple[str, str, str]]:
    """What this change does: verb, item, and the element that says so."""
    for resource in filter(None, (before, after)):
        if resource["resourceType"] == "Observation":
            verb = "confirm" if resource is after and preference_answers.confirmed(resource) else "write"
            yield from ((verb, kind, "Observation.code") for kind in _asked(resource))
    if before and _stands(before) and not (after and _stands(after)):
        yield "end", _REGISTRATION, "EpisodeOfCare"


@cache
def _asked_of() -> frozenset[tuple[str, str]]:
    """Every pair that this module asks for: for the roles to which all of it is open, nothing is read or compared."""
    kinds = preference_type.all_types()
    return frozenset({("end", _REGISTRATION), *((verb, kind) for kind in kinds for verb in ("write", "confirm"))})


def _asked(observation: Body) -> Iterator[str]:
    """Every preference type that a coding names, also where the first coding decides what is derived."""
    for key in elements.codings(observation.get("code")):
        if kind := preference_type.of_codes([key]):
            yield kind.name


def _stands(resource: Body) -> bool:
    """Whether it is a registration by which somebody is on the register, of which no end is set."""
    return (
        resource["resourceType"] == "EpisodeOfCare"
        and episode_of_care.is_registration(resource)
        and resource.get("status") in registrations.STANDING
        and elements.part(resource, "period", "end") is None
    )


def _in_words(item: str) -> str:
    return "a registration" if item == _REGISTRATION else preference_type.all_types()[item].title
