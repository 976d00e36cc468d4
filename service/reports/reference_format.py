"""What a published file is: how it is recognised, and what one line of it says. Each format is one file in
`reference_formats/`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table

from service import catalogue
from service.errors import Unreadable
from service.register import organisations

Cells = Mapping[str, str]
"""One line, by our name of each column; a column that this edition lacks is empty."""

Lines = Sequence[tuple[int, list[str] | None]]
"""Each line with its number, as cells, or as None where its quoting is broken."""

Row = dict[str, Any]


class LineError(ValueError):
    """One line that cannot be taken, and why. The rest of the file is."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a line does not say: `source` is the file's name, `year` its QOF year (2020-21), `as_of` its newest date."""

    source: str
    stem: str
    given_year: str = ""
    as_of: date = date.min

    @property
    def year(self) -> str:
        """The year given, or else the `_2021` at the end of the file name. Raises Unreadable where there is neither."""
        if self.given_year:
            return _year(self.given_year, "--year")
        found = re.search(r"_(\d{4})(?:_v\d+)?$", self.stem)
        if not found:
            raise Unreadable(
                f"{self.source} says no year in its lines or its name (such as _2021): give --year 2020-21"
            )
        return _year(f"20{found[1][:2]}-{found[1][2:]}", f"The name {self.source}")

    @property
    def year_starts_on(self) -> date:
        return date(int(self.year[:4]), 4, 1)


def _year(text: str, where: str) -> str:
    if not re.fullmatch(r"20\d\d-\d\d", text) or (int(text[2:4]) + 1) % 100 != int(text[5:]):
        raise Unreadable(f"{where} names no year such as 2020-21")
    return text


def always(row: Row, held: Row | None) -> Row | None:
    return row


def _never(cells: Sequence[str]) -> bool:
    return False


def _undated(lines: Lines) -> date:
    return date.min


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """One kind of published file.

    name        as people know it
    columns     our name of each column to the publisher's names of it over the years
    optional    of our names, those that some editions lack
    table       where the lines go
    part        the key column by which one file is a part of the table; empty where a file is all of it
    read        the row that a line stands for, or None where it is passed over; raises LineError
    settle      the row to keep, given the row held already; None passes the line over
    makes_known whether the practices of this file are known from now on; in others an unknown one is refused
    positions   for a file without a header: our names, in order
    looks_right for a file without a header: whether a line has its shape
    as_of       the newest date in the lines, for a file that names no edition
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    table: Table
    part: str
    read: Callable[[Cells, Edition], Row | None]
    optional: frozenset[str] = frozenset()
    settle: Callable[[Row, Row | None], Row | None] = always
    makes_known: bool = False
    positions: tuple[str, ...] = ()
    looks_right: Callable[[Sequence[str]], bool] = _never
    as_of: Callable[[Lines], date] = _undated

    @property
    def has_header(self) -> bool:
        return not self.positions

    def header(self, cells: Sequence[str]) -> tuple[str, ...] | None:
        """Our name of each column (empty for those we do not read), or None where this is not our header."""
        ours = {theirs: name for name, names in self.columns.items() for theirs in names}
        named = tuple(ours.get(cell.strip().upper(), "") for cell in cells)
        return named if set(self.columns) - self.optional <= set(named) else None


def all_formats() -> tuple[ReferenceFormat, ...]:
    """Every format that is recognised; those that make practices known come first."""
    found = catalogue.collect("service.reports.reference_formats", ReferenceFormat)
    return tuple(sorted(found, key=lambda each: not each.makes_known))


def practice_code(text: str) -> str:
    """An ODS code of a practice, such as M83001. Raises LineError for another shape."""
    if not organisations.is_practice_code(text):
        raise LineError(f"{_quoted(text)} is not a practice code (a letter and five digits)")
    return text


def count(text: str, column: str) -> int:
    """A number of people: digits only. Raises LineError, naming the column."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise LineError(f"{column} is {_quoted(text)}, not a number of people")
    return int(text)


def day(text: str, column: str) -> date:
    """A day as 2026-04-01, 01JAN2021, 01Jun2021 or 20210401. Raises LineError, naming the column."""
    for style in ("%Y-%m-%d", "%d%b%Y", "%Y%m%d"):
        try:
            return datetime.strptime(text, style).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise LineError(f"{column} is {_quoted(text)}, not a date")


def _quoted(text: str) -> str:
    return f"“{text[:40]}”" if text else "empty"
