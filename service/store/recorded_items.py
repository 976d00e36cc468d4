"""Which items of the information standard a resource records, and whether there is an answer: `recorded_item`.

What stands is what the summary shows: a resource that gives it no line (a mistake, a draft, a diagnosis that was
refuted) records nothing. Which element records which item is said by the mappings of the profiles that it keeps.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from service import db
from service.fhir import narrative
from service.fhir.resource_type import Body, RegisterRow, ResourceType
from service.register import items
from service.register.models import RecordedItem, Registration

RECORDED_ITEM: Final = db.table(RecordedItem)
REGISTRATION: Final = db.table(Registration)


def states(type_: ResourceType, resource: Body, derived: Sequence[RegisterRow]) -> Mapping[int, str]:
    """The state of each item that a resource records, of which the rows `derived` follow already."""
    rows = dict(derived)
    if narrative.SUMMARY_ITEM not in rows:
        return {}
    found: dict[int, str] = {}
    if REGISTRATION in rows:
        found |= dict.fromkeys(items.AUTOMATIC, items.PRESENT)
    return found
