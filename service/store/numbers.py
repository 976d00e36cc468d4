"""One person, one NHS number: nobody is given a number that another person had before (decision 6).

A unique column keeps the numbers in use apart. Those that were superseded stand in the search index alone.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import bindparam, select
from sqlmodel import Session

from service import db
from service.errors import Conflict
from service.register import nhs_number
from service.store.models import Resource, SearchIndex

RESOURCE: Final = db.table(Resource)
SEARCH_INDEX: Final = db.table(SearchIndex)


def refuse_taken(session: Session, given: Mapping[str, Collection[str]], places: Mapping[str, str]) -> None:
    """Raises Conflict for a number that is new to a Patient and that another one has or had; tells no more than that.

    A number of another is not had as one of before either: whoever looks for that person would find this one.
    `given` are the numbers by the references of the Patients. Asked once the rows of all that is written are there, so
    that whoever took a number over at the same time is seen.
    """
    for reference, numbers in given.items():
        if session.execute(_OF_ANOTHER, {"numbers": list(numbers), "id": reference.partition("/")[2]}).first():
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
