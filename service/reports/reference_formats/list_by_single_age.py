"""Patients registered at a GP practice by sex and single year of age (`gp-reg-pat-prac-sing-age-female`, `…-male`).

The last age is open (95+). Totals (ALL) and lines of areas are passed over. A day is held in single years or in
bands of five, never in both: they would be counted twice.
"""

from collections.abc import Callable

from sqlalchemy import Date, bindparam, exists, select

from service import db
from service.register.organisations import ListByAge
from service.reports.reference_format import (
    Bar,
    Cells,
    Edition,
    LineError,
    ReferenceFormat,
    Row,
    count,
    day,
    practice_code,
    sex,
)

_LIST = db.table(ListByAge)
_OTHER = _LIST.alias()
_ON = bindparam("part", type_=Date)
_HELD_IN_BANDS = (
    select(_LIST.c.age).where(_LIST.c.on == _ON, ~exists().where(_OTHER.c.on == _ON, _OTHER.c.age % 5 != 0)).limit(1)
)


def by_age(youngest: Callable[[str], int]) -> Callable[[Cells, Edition], Row | None]:
    """Reads a line of people by age or band; `youngest` says at which age the one or the other begins."""

    def read(cells: Cells, edition: Edition) -> Row | None:
        which = sex(cells["sex"])
        if cells.get("org_type", "GP") != "GP" or which is None or cells["age"] == "ALL":
            return None
        return {
            "practice_code": practice_code(cells["practice_code"]),
            "on": day(cells["on"], "EXTRACT_DATE"),
            "sex": which,
            "age": youngest(cells["age"]),
            "patients": count(cells["patients"], "NUMBER_OF_PATIENTS"),
            "source": edition.source,
        }

    return read


def _age(text: str) -> int:
    age = text.removesuffix("+")
    if not (age.isascii() and age.isdigit() and len(age) <= 3):
        raise LineError("AGE is not a number of years such as 72 or 95+, or ALL")
    return int(age)


LIST_BY_SINGLE_AGE = ReferenceFormat(
    name="lists by single year of age (gp-reg-pat-prac-sing-age)",
    columns={
        "practice_code": ("ORG_CODE",),
        "org_type": ("ORG_TYPE",),
        "on": ("EXTRACT_DATE",),
        "sex": ("SEX",),
        "age": ("AGE",),
        "patients": ("NUMBER_OF_PATIENTS",),
    },
    optional=frozenset({"org_type"}),
    table=_LIST,
    read=by_age(_age),
    barred_by=Bar("on", _HELD_IN_BANDS, "The list of this day is held in five-year bands already"),
)
