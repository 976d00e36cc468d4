"""M9, how complete the records of people on the register are, by item of the information standard SCCI1580."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import exists, func, or_, select

from service import db
from service.expressions import constant
from service.register import items
from service.register.items import Item
from service.register.models import RecordedItem
from service.reports.measure import Measure
from service.reports.part import Condition, Part
from service.reports.populations import ON_REGISTER

_RECORDED: Final = db.table(RecordedItem)
_ASKED: Final = [
    *(item for item in items.MINIMUM if item.number not in items.AUTOMATIC),
    *(item for item in items.DEMANDED if item.demand == "required" and item.number != items.DATE_OF_DEATH),
    items.ALL[items.PLACE_OF_DEATH],
]
_MANDATORY: Final = [item.number for item in _ASKED if item.demand == "mandatory"]


def _present(number: int) -> Condition:
    """Whether any resource of the person answers the item; a reason for having no answer is none."""
    return lambda rows: exists().where(
        _RECORDED.c.person_pk == rows.c.person_pk,
        _RECORDED.c.item == number,
        _RECORDED.c.state == constant(items.PRESENT),
    )


def _all_present(numbers: Iterable[int]) -> Condition:
    wanted = list(numbers)
    return lambda rows: (
        select(func.count(_RECORDED.c.item.distinct()))
        .where(
            _RECORDED.c.person_pk == rows.c.person_pk,
            _RECORDED.c.state == constant(items.PRESENT),
            or_(*(_RECORDED.c.item == number for number in wanted)),
        )
        .scalar_subquery()
        == len(wanted)
    )


def _part(item: Item) -> Part:
    return Part(
        code=f"item-{item.number}",
        title=f"Item {item.number}, {item.title} ({item.demand})",
        counts=_present(item.number),
        of="on-register",
        better="higher",
    )


MEASURE = Measure(
    number="M9",
    name="completeness",
    title="Data completeness: people on the register by the items of SCCI1580 that their record answers",
    sentence="How many of the people on the end-of-life care register have every mandatory item of the national "
    "standard on record, and how many each mandatory and required item and the preferred place of death.",
    rationale="SCCI1580 requirements 27 and 54; section 4.4 names the minimum record.",
    population=ON_REGISTER,
    parts=(
        Part(code="on-register", title="On the register", at_practice=True),
        Part(
            code="minimum-record",
            title="Every mandatory item answered",
            counts=_all_present(_MANDATORY),
            of="on-register",
            at_practice=True,
            better="higher",
        ),
        *map(_part, _ASKED),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=(
        "People who died on or before the day",
        "Items 2 and 4, which the register records by itself, and item 59, the date of death",
    ),
    notes=(
        "An item counts where it is answered; where a reason says why there is no answer, it does not.",
        "An item that is there is not thereby right, nor up to date.",
    ),
    is_current=True,
)
