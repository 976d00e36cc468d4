"""What a published file is: how it is recognised, and what one line of it says. Each format is one file in
`reference_formats/`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table

from service import catalogue
from service.errors import Unreadable
from service.register import organisations

Cells = Mapping[str, str]
"""One line, by our name of each column; a column that this edition lacks is empty."""

Line = tuple[int, Sequence[str] | None]
"""A line's number and its cells, or None where it is broken."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook. The first of its rows has number 1; numbers are written as in a CSV."""

    title: str
    rows: Sequence[Sequence[str]]


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


def _undated(lines: Iterable[Line]) -> date:
    return date.min


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps lines out, by the value of one column: a statement with the parameter `part`, and why."""

    column: str
    finds: Select[Any]
    reason: str


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """One kind of published file.

    name        as people know it
    columns     our name of each column to the publisher's names of it over the years
    optional    of our names, those that some editions lack
    table       where the lines go
    read        the row that a line stands for, or None where it is passed over; raises LineError
    settle      the row to keep, given the row held already; None passes the line over
    makes_known whether the practices of this file are known from now on; in others an unknown one is refused
    positions   for a file without a header: our names, in order
    looks_right for a file without a header: whether a line has its shape
    as_of       the newest date in the lines, for a file that names no edition
    unfolded    for a workbook: the lines that a sheet stands for, one a figure, each with the cells of `columns` in
                their order; None for a sheet that is none of this format
    barred_by   what is held that keeps a line out
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    table: Table
    read: Callable[[Cells, Edition], Row | None]
    optional: frozenset[str] = frozenset()
    settle: Callable[[Row, Row | None], Row | None] = always
    makes_known: bool = False
    positions: tuple[str, ...] = ()
    looks_right: Callable[[Sequence[str]], bool] = _never
    as_of: Callable[[Iterable[Line]], date] = _undated
    unfolded: Callable[[Sheet], Iterator[Line] | None] | None = None
    barred_by: Bar | None = None

    @property
    def has_header(self) -> bool:
        return not self.positions and not self.unfolded

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


def figure(text: str, column: str, *, at_most: float) -> float:
    """A figure such as 21.72 or 1e-05, from 0 on. Raises LineError, naming the column."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?(e-[0-9]{1,3})?", text, re.ASCII) or float(text) > at_most:
        raise LineError(f"{column} is {_quoted(text)}, not a figure from 0 to {at_most:g}")
    return float(text)


def day(text: str, column: str) -> date:
    """A day as 2026-04-01, 01JAN2021, 01Jun2021 or 20210401. Raises LineError, naming the column."""
    found = _day(text)
    if found is None:
        raise LineError(f"{column} is {_quoted(text)}, not a date")
    return found


@lru_cache(maxsize=1_000)
def _day(text: str) -> date | None:
    """Remembered: a file of millions of lines says few days."""
    for style in ("%Y-%m-%d", "%d%b%Y", "%Y%m%d"):
        try:
            return datetime.strptime(text, style).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


def sex(text: str) -> str | None:
    """ "female" or "male", as FHIR writes them; None for ALL, the sum of both. Raises LineError for another word."""
    if text not in _SEXES:
        raise LineError(f"SEX is {_quoted(text)}, not FEMALE, MALE or ALL")
    return _SEXES[text]


_SEXES = {"FEMALE": "female", "MALE": "male", "ALL": None}


def _quoted(text: str) -> str:
    return f"“{text[:40]}”" if text else "empty"
