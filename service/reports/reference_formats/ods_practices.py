"""Prescribing cost centres of the Organisation Data Service (`epraccur`): no header, 27 columns, edition not named.

Only setting 4 is a GP practice; clinics, hospices, care homes and the rest are passed over, and so is a practice that
is not active, unless it is held already: then it is held as closed.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from service import db
from service.register.organisations import Practice
from service.reports.reference_format import Cells, Edition, Line, LineError, ReferenceFormat, Row, day, practice_code

COLUMNS = 27
GP_PRACTICE = "4"
DATES = (10, 11, 15, 16)  # opened, closed, joined and left the commissioner
NAMED = {
    0: "code",
    1: "name",
    9: "postcode",
    10: "opened_on",
    11: "closed_on",
    12: "status",
    25: "setting",
}


def _looks_right(cells: Sequence[str]) -> bool:
    return len(cells) == COLUMNS and len(cells[0]) == 6 and cells[12] in tuple("ACDP") and cells[25].isdigit()


def _read(cells: Cells, edition: Edition) -> Row | None:
    if cells["setting"] != GP_PRACTICE:
        return None
    if cells["status"] not in tuple("ACDP"):
        raise LineError("The status (column 13) must be A, C, D or P")
    return {
        "code": practice_code(cells["code"]),
        "name": cells["name"],
        "status": cells["status"],
        "opened_on": _day(cells, "opened_on"),
        "closed_on": _day(cells, "closed_on"),
        "postcode": cells["postcode"],
        "as_of": edition.as_of,
        "source": edition.source,
    }


def _day(cells: Cells, name: str) -> date | None:
    return day(cells[name], name.replace("_", " ")) if cells[name] else None


def _as_of(lines: Iterable[Line]) -> date:
    written = (cells[at] for _, cells in lines if cells and len(cells) == COLUMNS for at in DATES)
    return max((found for found in map(_possible_day, written) if found), default=date.min)


def _possible_day(text: str) -> date | None:
    try:
        return day(text, "")
    except LineError:
        return None


def _settle(row: Row, held: Row | None) -> Row | None:
    if held is None:
        return row if row["status"] == "A" else None
    return held if held["as_of"] > row["as_of"] else row


ODS_PRACTICES = ReferenceFormat(
    name="ODS practices (epraccur)",
    columns={},
    table=db.table(Practice),
    read=_read,
    settle=_settle,
    as_of=_as_of,
    makes_known=True,
    positions=tuple(NAMED.get(at, "") for at in range(COLUMNS)),
    looks_right=_looks_right,
)
