"""M1 of adults: people aged 18 and over on the register on a day, over the registered list of that age."""

from sqlalchemy import ColumnElement, FromClause

from service.expressions import age
from service.reports.counting import ADULT
from service.reports.measure import Measure
from service.reports.part import Given, Part
from service.reports.populations import ON_REGISTER


def _is_adult(rows: FromClause) -> ColumnElement[bool]:
    return age(rows.c.born_on, rows.c.on) >= ADULT


MEASURE = Measure(
    number="M1",
    name="identification-of-adults",
    title="Register prevalence of adults: people aged 18 and over on the register, over the list of that age",
    sentence="How many of the adults registered with each practice, network and area are on the end-of-life care "
    "register on a day.",
    rationale="The information standard SCCI1580 is for adults, while the published baseline is of all ages.",
    population=ON_REGISTER,
    parts=(
        Part(code="adult-list", title="Registered list, 18 and over", given=Given.ADULTS, at_practice=True),
        Part(
            code="adults-on-register",
            title="Adults on the register",
            counts=_is_adult,
            of="adult-list",
            at_practice=True,
            better="higher",
        ),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=("People under 18, and people whose date of birth is not recorded",),
    notes=(
        "The list by age is the latest at or before the day; where none of its bands begins at 18, no share is made.",
    ),
)
