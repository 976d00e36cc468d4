"""Patients registered at a GP practice by sex and five-year age band (`gp-reg-pat-prac-quin-age`).

The bands are 0_4 to 90_94, and 95+. Totals (ALL) and lines of areas are passed over. A day is held in single years
or in bands, never in both.
"""

import re

from sqlalchemy import Date, bindparam, select

from service import db
from service.register.organisations import ListByAge
from service.reports.reference_format import Bar, LineError, ReferenceFormat
from service.reports.reference_formats.list_by_single_age import by_age

_LIST = db.table(ListByAge)
_HELD_BY_YEAR = select(_LIST.c.age).where(_LIST.c.on == bindparam("part", type_=Date), _LIST.c.age % 5 != 0).limit(1)


def _youngest(band: str) -> int:
    found = re.fullmatch(r"(\d{1,3})(?:[_-](\d{1,3})|\+)", band, re.ASCII)
    if not found or int(found[1]) % 5 or (found[2] and int(found[2]) != int(found[1]) + 4):
        raise LineError("AGE_GROUP_5 is not a band such as 70_74 or 95+, or ALL")
    return int(found[1])


LIST_BY_FIVE_YEARS = ReferenceFormat(
    name="lists by five-year age band (gp-reg-pat-prac-quin-age)",
    columns={
        "practice_code": ("ORG_CODE", "CODE"),
        "org_type": ("ORG_TYPE", "TYPE"),
        "on": ("EXTRACT_DATE",),
        "sex": ("SEX",),
        "age": ("AGE_GROUP_5",),
        "patients": ("NUMBER_OF_PATIENTS",),
    },
    optional=frozenset({"org_type"}),
    table=_LIST,
    read=by_age(_youngest),
    barred_by=Bar("on", _HELD_BY_YEAR, "The list of this day is held by single years of age already"),
)
