"""One person, one NHS number: nobody is given a number that another person had before (decisions 6 and 21).

A unique column keeps the numbers in use apart. Those that were superseded stand in the search index alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlmodel import Session

from service import db
from service.actor import Actor, Sees
from service.errors import Conflict
from service.fhir import codec, identity
from service.fhir.resource_type import Body
from service.register import nhs_number
from service.store import rows
from service.store.models import Resource, SearchIndex

RESOURCE: Final = db.table(Resource)
SEARCH_INDEX: Final = db.table(SearchIndex)


@dataclass
class Numbers:
    """What one transaction knows of the numbers that Patients are given in it."""

    session: Session
    by: Actor
    _new: dict[str, set[str]] = field(default_factory=dict)
    """By the references of the Patients."""

    def kept(self, patient: Body, patient_id: str, before: Row[Any] | None, *, is_not_theirs: bool) -> Body:
        """A Patient with what stays of how the person was known. Raises RuleBroken for an NHS number that is lost.

        `is_not_theirs` says that numbers which are missing now never were this person's.
        """
        earlier = codec.loads(rows.body(self.session, before.pk)) if before and not before.deleted else {}
        new = {identity.number_in_use(patient)} - {identity.number_in_use(earlier)}
        if self.by.sees is not Sees.EVERYONE:  # a system may know that two had one number, nobody else says so
            new |= set(identity.numbers(patient)) - set(identity.numbers(earlier))
        if new:
            self._new[f"Patient/{patient_id}"] = new
        return identity.kept(patient, earlier, is_not_theirs=is_not_theirs)

    def refuse_taken(self, places: Mapping[str, str]) -> None:
        """Raises Conflict for a number that is new to a Patient and that another one has or had; tells no more.

        A number of another is not had as one of before either: whoever looks for that person would find this one.
        `places` is where in a Bundle the Patients stand. Asked once the rows of all that is written are there, so
        that whoever took a number over at the same time is seen.
        """
        for reference, given in self._new.items():
            asked = {"numbers": list(given), "id": reference.partition("/")[2]}
            if self.session.execute(_OF_ANOTHER, asked).first():
                place = places.get(reference, "Patient")
                raise Conflict("A person with this NHS number is here already", expression=f"{place}.identifier")


_OF_ANOTHER: Final = (
    select(SEARCH_INDEX.c.resource_pk)
    .join(RESOURCE, RESOURCE.c.pk == SEARCH_INDEX.c.resource_pk)
    .where(
        SEARCH_INDEX.c.resource_type == "Patient",
        SEARCH_INDEX.c.param == "identifier",
        SEARCH_INDEX.c.value.in_(bindparam("numbers", expanding=True)),
        SEARCH_INDEX.c.system == nhs_number.SYSTEM,
        RESOURCE.c.id != bindparam("id"),
    )
)
