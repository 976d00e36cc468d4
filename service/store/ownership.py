"""Whose record a resource belongs to, and whether who writes it may see and change it, within one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from service import db
from service.actor import Actor, Sees
from service.errors import Forbidden, Invalid, Issue, RuleBroken
from service.fhir import elements
from service.fhir.resource_type import SELF, Body, ResourceType
from service.register import nhs_number
from service.store import access_filter, judging
from service.store.models import Resource, ResourceVersion
from service.store.saved import Saved

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)
PERSON = access_filter.PERSON

TARGET = "target"
"""The `person` of Provenance, which belongs to whoever its targets belong to."""

MOST_TARGETS = 510
"""As many as a Bundle has entries, and what the register derives from them."""


@dataclass
class Ownership:
    """What one transaction knows, by reference: people who are here, and whose anything is; none is nobody's."""

    session: Session
    by: Actor
    people: dict[str, int] = field(default_factory=dict)
    owners: dict[str, int | None] = field(default_factory=dict)

    def note(self, type_: ResourceType, reference: str, person_pk: int | None, *, is_here: bool) -> None:
        """Takes in what the transaction itself writes or deletes."""
        self.owners[reference] = person_pk
        if type_.person == SELF and person_pk is not None and is_here:
            self.people[reference] = person_pk
        elif not is_here:
            self.people.pop(reference, None)

    def hold(self, patients: Iterable[str]) -> None:
        """Holds these people in this order, those whom the actor may see."""
        for reference in patients:
            if (pk := self._person(reference)) is not None:
                self.people[reference] = pk

    def named(self, pks: Collection[int]) -> list[str]:
        """The references to people who are here, such as "Patient/1"."""
        found = self.session.execute(_NAMES, {"pks": list(pks)}).scalars() if pks else ()
        return [f"Patient/{patient_id}" for patient_id in found]

    def person_of(self, type_: ResourceType, resource: Body, before: Row[Any] | None) -> int | None:
        """The person a resource belongs to. The person's row is held, so that what is derived is derived in order.

        Raises Invalid where that leads nowhere that the actor may see, RuleBroken where it leads to somebody else
        than `before`.
        """
        if type_.person == SELF or not type_.person:
            return before.pk if before and type_.person else None
        expression = f"{type_.name}.{type_.person}"
        pk = self._of_targets(resource) if type_.person == TARGET else self._named(resource, type_.person, expression)
        if before and before.person_pk != pk:
            message = "A record cannot be moved to another person; delete it and create it anew"
            raise RuleBroken(message, expression=expression)
        return pk

    def is_of_same_person(self, type_: ResourceType, resource: Body, other: Body, person_pk: int | None) -> bool:
        """Whether `resource` tells of the person that `other`, which is here and belongs to `person_pk`, tells of."""
        if type_.person == SELF:
            return _nhs_number(resource) == _nhs_number(other)
        return self.person_of(type_, resource, None) == person_pk

    def sees(self, pks: Sequence[int]) -> bool:
        """Whether the actor may see all of these, as the access filter says."""
        if self.by.sees is Sees.EVERYONE:
            return True
        asked = access_filter.parameters(self.by)
        return all(self.session.execute(_seen(self.by.sees), {"this": pk, **asked}).first() for pk in pks)

    def refuse_unseen(self, made: Iterable[Saved], places: Mapping[str, str]) -> None:
        """Raises Forbidden for what its writer could not read back; `places` are where in a Bundle it stands."""
        unseen = [saved for saved in made if not self.sees([saved.pk])]
        if unseen:
            message = (
                "This token may not see what it would create; a practice creates people whose generalPractitioner it is"
            )
            stood = [places.get(saved.reference, "") for saved in unseen]
            issues = [Issue(Forbidden.code, message, place, detail=Forbidden.detail) for place in stood]
            raise Forbidden(message, issues=issues)

    def sees_person(self, person_pk: int) -> bool:
        """Whether the actor may see a person, one too whom this transaction has only just made."""
        asked = {"this": person_pk, **access_filter.parameters(self.by)}
        return self.session.execute(_seen_person(self.by.sees), asked).first() is not None

    def looks_after(self, person_pk: int) -> bool:
        """Whether the actor's organisation looks after a person, whatever else lets it see the record."""
        asked = {"this": person_pk, **access_filter.parameters(self.by)}
        return self.session.execute(_seen_person(Sees.OWN_PATIENTS), asked).first() is not None

    def may_change(self, type_name: str, before: Row[Any]) -> bool:
        """Practices share organisations and practitioners; none may rewrite another's, nor who wrote what."""
        is_a_persons = before.person_pk is not None and judging.held(type_name).person != TARGET
        if is_a_persons or self.by.sees is Sees.EVERYONE:
            return True
        first: str = self.session.execute(_FIRST_WRITTEN_BY, {"this": before.pk}).scalar_one()
        return bool(first) and first == self.by.organisation

    def _named(self, resource: Body, element: str, expression: str) -> int:
        reference = resource.get(element, {}).get("reference", "")
        pk = self._person(reference)
        if pk is None:
            message = "This does not lead to a Patient that you may see"
            raise Invalid(message, expression=f"{expression}.reference")
        self.people[reference] = pk
        return pk

    def _person(self, reference: str) -> int | None:
        type_name, _, patient_id = reference.partition("/")
        if type_name != "Patient":
            return None
        if reference in self.people:
            return self.people[reference]
        asked = {"patient_id": patient_id, **access_filter.parameters(self.by)}
        found: int | None = self.session.execute(_hold_person(self.by.sees), asked).scalar_one_or_none()
        return found

    def _of_targets(self, provenance: Body) -> int | None:
        """Raises Invalid for what it may not target, RuleBroken where it targets two people's."""
        targets = elements.all_of(provenance, TARGET)
        if len(targets) > MOST_TARGETS:
            raise Invalid(f"A Provenance has at most {MOST_TARGETS} targets", expression="Provenance.target")
        owners = {self._owner(elements.text_at(one, "reference"), at) for at, one in enumerate(targets)}
        people = owners - {None}
        if len(people) > 1:
            message = "A Provenance is about one person's record; send one for each person"
            raise RuleBroken(message, expression="Provenance.target")
        return people.pop() if people else None

    def _owner(self, target: str, at: int) -> int | None:
        reference = target.partition("/_history/")[0]
        if reference not in self.owners:
            type_name, _, resource_id = reference.partition("/")
            asked: Mapping[str, Any] = {"resource_type": type_name, "resource_id": resource_id}
            found = self.session.execute(_owner(self.by.sees), {**asked, **access_filter.parameters(self.by)}).first()
            if found is None:
                message = "This does not lead to a resource that you may see, as Type/id or Type/id/_history/version"
                raise Invalid(message, expression=f"Provenance.target[{at}].reference")
            self.owners[reference] = found.person_pk
        return self.owners[reference]


def _nhs_number(patient: Body) -> str:
    return elements.identifier(patient, nhs_number.SYSTEM)


_NAMES = select(PERSON.c.patient_id).where(PERSON.c.pk.in_(bindparam("pks", expanding=True)))
_FIRST_WRITTEN_BY = select(VERSION.c.written_by).where(
    VERSION.c.resource_pk == bindparam("this"), VERSION.c.version == 1
)


@cache
def _seen(sees: Sees) -> Select[Any]:
    """Built once: building a statement costs several times as much as running it."""
    return (
        select(RESOURCE.c.pk)
        .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
        .where(RESOURCE.c.pk == bindparam("this"), access_filter.visible(sees, RESOURCE))
    )


@cache
def _seen_person(sees: Sees) -> Select[Any]:
    return select(PERSON.c.pk).where(PERSON.c.pk == bindparam("this"), access_filter.visible_person(sees))


@cache
def _owner(sees: Sees) -> Select[Any]:
    return (
        select(RESOURCE.c.person_pk)
        .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
        .where(
            RESOURCE.c.resource_type == bindparam("resource_type"),
            RESOURCE.c.id == bindparam("resource_id"),
            access_filter.visible(sees, RESOURCE),
        )
    )


@cache
def _hold_person(sees: Sees) -> Select[Any]:
    is_asked_for = PERSON.c.patient_id == bindparam("patient_id")
    return select(PERSON.c.pk).where(is_asked_for, access_filter.visible_person(sees)).with_for_update()
