"""All deaths of each practice's people, month by month, whoever was on the register: the denominator of M3.

Nobody publishes these. An area counts them from its own feed of registered deaths (Primary Care Mortality Database),
into a CSV with these three columns. They are counts of people: reports hide and round them like their own.
"""

import re

from service import db
from service.register.organisations import DeathCount
from service.reports.reference_format import Cells, Edition, ReferenceFormat, Row, count, day, practice_code


def _read(cells: Cells, edition: Edition) -> Row:
    month = cells["month"]
    first = day(f"{month}-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}", month, re.ASCII) else month, "MONTH")
    return {
        "practice_code": practice_code(cells["practice_code"]),
        "month": first.replace(day=1),
        "deaths": count(cells["deaths"], "DEATHS"),
    }


DEATHS = ReferenceFormat(
    name="all deaths by practice and month (PRACTICE_CODE, MONTH, DEATHS; an area's own count)",
    columns={"practice_code": ("PRACTICE_CODE",), "month": ("MONTH",), "deaths": ("DEATHS",)},
    table=db.table(DeathCount),
    read=_read,
)
