"""Registers of the Quality and Outcomes Framework by practice (`PREVALENCE_…`), people on 31 March of the year's end.

The year is in the file's name only. An empty REGISTER means that the practice returned nothing; it is not zero.
"""

from service import db
from service.register.organisations import QofRegister
from service.reports.reference_format import Cells, Edition, LineError, ReferenceFormat, Row, count, practice_code


def _read(cells: Cells, edition: Edition) -> Row:
    if not cells["group_code"]:
        raise LineError("The group code is empty")
    return {
        "practice_code": practice_code(cells["practice_code"]),
        "year": edition.year,
        "group_code": cells["group_code"],
        "on_register": count(cells["on_register"], "REGISTER") if cells["on_register"] else None,
        "list_size": count(cells["list_size"], "The list size"),
        "list_type": cells["list_type"],
        "source": edition.source,
    }


QOF_REGISTERS = ReferenceFormat(
    name="QOF registers (PREVALENCE)",
    columns={
        "practice_code": ("PRACTICE_CODE",),
        "group_code": ("INDICATOR_GROUP_CODE", "GROUP_CODE"),
        "on_register": ("REGISTER",),
        "list_type": ("PATIENT_LIST_TYPE",),
        "list_size": ("PATIENT_LIST_SIZE", "PRACTICE_LIST_SIZE"),
    },
    table=db.table(QofRegister),
    read=_read,
)
