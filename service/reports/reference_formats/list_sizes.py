"""Patients registered at a GP practice, totals (`gp-reg-pat-prac-all`), monthly; NHS Digital, later NHS England."""

from service import db
from service.register.organisations import ListSize
from service.reports.reference_format import (
    Cells,
    Edition,
    LineError,
    ReferenceFormat,
    Row,
    count,
    day,
    practice_code,
)


def _read(cells: Cells, edition: Edition) -> Row:
    if (cells["sex"], cells["age"]) != ("ALL", "ALL"):
        raise LineError("SEX and AGE must be ALL: lists are counted at all ages")
    return {
        "practice_code": practice_code(cells["practice_code"]),
        "on": day(cells["on"], "EXTRACT_DATE"),
        "patients": count(cells["patients"], "NUMBER_OF_PATIENTS"),
        "source": edition.source,
    }


LIST_SIZES = ReferenceFormat(
    name="list sizes (gp-reg-pat-prac-all)",
    columns={
        "practice_code": ("CODE",),
        "on": ("EXTRACT_DATE",),
        "sex": ("SEX",),
        "age": ("AGE",),
        "patients": ("NUMBER_OF_PATIENTS",),
    },
    table=db.table(ListSize),
    read=_read,
)
