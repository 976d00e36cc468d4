"""The minimum record: nobody comes on the register without it (SCCI1580 section 4.4, consent and primary diagnosis).

Asked at the end of a transaction, so that everything that is sent together counts, beside what is here already.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import bindparam, literal_column, select
from sqlmodel import Session

from service import db
from service.errors import Issue, RuleBroken
from service.register import items
from service.register.models import Registration
from service.store import recorded_items
from service.store.derive import Rows

REGISTRATION: Final = db.table(Registration)
ITEM: Final = recorded_items.RECORDED_ITEM
NAME: Final = "EpisodeOfCare"
ACTIVE: Final = "active"


def is_active(session: Session, type_name: str, pk: int) -> bool:
    """Whether a resource is an active registration as it stands."""
    return type_name == NAME and session.execute(_STATUS, {"this": pk}).scalar() == ACTIVE


def becomes_active(new: Rows, pk: int) -> bool:
    """Whether a resource is an active registration by what was derived from it."""
    return any(row["resource_pk"] == pk and row["status"] == ACTIVE for row in new.get(REGISTRATION, ()))


def refuse_incomplete(session: Session, registered: Mapping[str, int | None], places: Mapping[str, str]) -> None:
    """Raises RuleBroken naming every item that is missing of those who come on the register now.

    `registered` has the person of each registration, by its reference; `places` is where in a Bundle these stand.
    """
    issues = [
        issue
        for reference, person_pk in registered.items()
        for issue in _missing(session, person_pk, places.get(reference) or NAME)
    ]
    if issues:
        raise RuleBroken("; ".join(issue.message for issue in issues), issues=issues)


def _missing(session: Session, person_pk: int | None, place: str) -> Iterator[Issue]:
    recorded = set(session.execute(_RECORDED, {"person": person_pk}).scalars())
    for item in items.MINIMUM:
        if item.number not in recorded:
            message = (
                f"The minimum record lacks item {item.number}, {item.title}: send it in {item.held_in}, or say there "
                "by data-absent-reason why it is not known"
            )
            yield Issue("business-rule", message, place, detail="minimum-record")


_STATUS = select(REGISTRATION.c.status).where(REGISTRATION.c.resource_pk == bindparam("this"))
_RECORDED = (
    select(ITEM.c.item)
    .where(
        ITEM.c.person_pk == bindparam("person"),
        ITEM.c.item.in_([literal_column(str(item.number)) for item in items.MINIMUM]),
    )
    .distinct()
)
