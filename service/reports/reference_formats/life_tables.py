"""National life tables of ONS (`nationallifetables3yreng.xlsx`): a sheet for each three years, males beside females.

Only the central rate of mortality (mx) is taken: deaths at an age in the three years over the people of that age.
The workbook must be England's: it says so in the first line of each sheet.
"""

import re
from collections.abc import Iterator

from service import db
from service.register.organisations import LifeTable
from service.reports.reference_format import Cells, Edition, Line, LineError, ReferenceFormat, Row, Sheet, count, figure

HIGHEST = 2.0
"""Where everybody of an age dies within a year, half of them live on average: a central rate cannot be above."""


def _unfolded(sheet: Sheet) -> Iterator[Line] | None:
    header = next(
        (at for at, row in enumerate(sheet.rows[:20]) if [cell.lower() for cell in row[:2]] == ["age", "mx"]), 0
    )
    is_england = sheet.rows and re.search(r"\bEngland\b(?! and Wales)", sheet.rows[0][0])
    if not header or not is_england or not re.fullmatch(r"\d{4}-\d{4}", sheet.title):
        return None
    return _lines(sheet, header)


def _lines(sheet: Sheet, header: int) -> Iterator[Line]:
    names = [cell.lower() for cell in sheet.rows[header]]
    tables = [(at, _sex(sheet.rows[header - 1][at])) for at, name in enumerate(names) if name == "age"]
    for number, row in enumerate(sheet.rows[header + 1 :], start=header + 2):
        yield from ((number, (sheet.title, which, row[at], row[at + 1])) for at, which in tables if row[at])


def _sex(heading: str) -> str:
    return next((sex for sex in ("female", "male") if sex in heading.lower()), "")


def _read(cells: Cells, edition: Edition) -> Row:
    if not cells["sex"]:
        raise LineError(f"Sheet {cells['period']} does not say whether these are males or females")
    return {
        "period": cells["period"],
        "sex": cells["sex"],
        "age": count(cells["age"], f"Age, on sheet {cells['period']},"),
        "rate": figure(cells["rate"], f"mx, on sheet {cells['period']},", at_most=HIGHEST),
        "source": edition.source,
    }


LIFE_TABLES = ReferenceFormat(
    name="life tables of England (nationallifetables3yreng.xlsx)",
    columns={"period": (), "sex": (), "age": (), "rate": ()},
    table=db.table(LifeTable),
    read=_read,
    unfolded=_unfolded,
)
