"""Mid-year populations of areas by sex and single year of age, of ONS (`SAPE21DT6b_ccg_mid2018_syoa.xlsx`).

The sheets of males and females are taken (Mid-2018 Males), that of persons is their sum. The last age is open (90+).
"""

import re
from collections.abc import Iterator, Sequence

from service import db
from service.register.organisations import Population
from service.reports.reference_format import Cells, Edition, Line, LineError, ReferenceFormat, Row, Sheet, count

ALL_AGES = "all ages"


def _unfolded(sheet: Sheet) -> Iterator[Line] | None:
    title = re.fullmatch(r"mid-(\d{4}) (females|males)", sheet.title.lower())
    header = next((at for at, row in enumerate(sheet.rows[:20]) if _all_ages(row)), None)
    if not title or header is None:
        return None
    return _lines(sheet, header, (title[1], title[2].removesuffix("s")))


def _all_ages(row: Sequence[str]) -> int:
    """In which column the ages begin; 0 where this is not the header."""
    names = [cell.strip().lower() for cell in row]
    return names.index(ALL_AGES) + 1 if ALL_AGES in names else 0


def _lines(sheet: Sheet, header: int, of: tuple[str, str]) -> Iterator[Line]:
    first = _all_ages(sheet.rows[header])
    ages = [age.strip().removesuffix("+") for age in sheet.rows[header][first:]]
    for number, row in enumerate(sheet.rows[header + 1 :], start=header + 2):
        figures = [(age, people) for age, people in zip(ages, row[first:], strict=True) if age and people]
        yield from ((number, (*of, row[0], age, people)) for age, people in figures)


def _read(cells: Cells, edition: Edition) -> Row:
    where = f"on the sheet of {cells['sex']}s,"
    if not re.fullmatch(r"E\d{8}", cells["area_code"]):
        raise LineError(f"The area code, {where} is not an ONS code such as E38000175")
    return {
        "area_code": cells["area_code"],
        "year": int(cells["year"]),
        "sex": cells["sex"],
        "age": count(cells["age"], f"An age, {where}"),
        "people": count(cells["people"], f"The number at age {cells['age']}, {where}"),
        "source": edition.source,
    }


POPULATIONS = ReferenceFormat(
    name="mid-year populations by age (SAPE … syoa.xlsx)",
    columns={"year": (), "sex": (), "area_code": (), "age": (), "people": ()},
    table=db.table(Population),
    read=_read,
    unfolded=_unfolded,
)
