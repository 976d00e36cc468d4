"""Takes the files that the NHS publishes into the tables of `register/organisations.py`.

A file is recognised by its header or its shape, never by its name; a line that cannot be taken is refused by its
number, and the rest is taken. The same file again changes nothing. Practices become known by a geography or an ODS
file: load these before list sizes and QOF registers, or all in one call (`in_loading_order`).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, union
from sqlmodel import Session

from service import db
from service.errors import Unreadable
from service.register.organisations import Practice, PracticeGeography
from service.reports.reference_format import Cells, Edition, LineError, Lines, ReferenceFormat, Row, all_formats

CHUNK = 2_000
"""Rows a statement."""

_KNOWN = union(select(db.table(Practice).c.code), select(db.table(PracticeGeography).c.practice_code))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the lines of one file. `refused` gives the number of each line and the reason."""

    source: str
    kind: str
    taken: int
    unchanged: int
    passed_over: int
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _File:
    source: str
    format: ReferenceFormat
    lines: Lines
    names: tuple[str, ...]


def load(session: Session, path: Path, *, year: str = "") -> Loaded:
    """Takes one file. `year` (2020-21) overrides the one in the name. Raises Unreadable for a file nobody knows."""
    file = _recognised(path)
    refused: list[tuple[int, str]] = []
    rows = _rows(session, file, Edition(file.source, path.stem, year, file.format.as_of(file.lines)), refused)
    read = sum(cells is not None for _, cells in file.lines)
    held = _held(session, file.format, rows)
    settled = [(row, held.get(_key(file.format.table, row))) for row in rows]
    kept = [(file.format.settle(row, before), before) for row, before in settled]
    changed = [row for row, before in kept if row is not None and not _same(row, before)]
    for start in range(0, len(changed), CHUNK):
        db.upsert(session, file.format.table, changed[start : start + CHUNK])
    unchanged = sum(row is not None for row, _ in kept) - len(changed)
    unreadable = sum(cells is None for _, cells in file.lines)
    passed_over = read + unreadable - len(refused) - len(changed) - unchanged
    return Loaded(file.source, file.format.name, len(changed), unchanged, passed_over, tuple(refused))


def told(loaded: Loaded) -> Iterator[str]:
    """What became of a file, in sentences: the first of the whole, then one for each refused line."""
    yield (
        f"{loaded.source}: {loaded.kind}: {loaded.taken:,} taken, {loaded.unchanged:,} unchanged, "
        f"{loaded.passed_over:,} passed over, {len(loaded.refused):,} refused"
    )
    for number, reason in loaded.refused:
        yield f"  line {number}: {reason}"


def in_loading_order(paths: Iterable[Path]) -> list[Path]:
    """The files that make practices known first; a file that is not recognised keeps its turn and is refused then."""

    def turn(path: Path) -> bool:
        try:
            return not _recognised(path).format.makes_known
        except Unreadable:
            return True

    return sorted(paths, key=turn)


def _rows(session: Session, file: _File, edition: Edition, refused: list[tuple[int, str]]) -> list[Row]:
    known = None if file.format.makes_known else set(session.execute(_KNOWN).scalars())
    rows: dict[tuple[Any, ...], Row] = {}
    for number, cells in file.lines:
        try:
            row = file.format.read(_named(cells, file.names), edition)
            if row is not None:
                _check(row, file.format, rows, known)
                rows[_key(file.format.table, row)] = row
        except LineError as reason:
            refused.append((number, str(reason)))
    return list(rows.values())


def _named(cells: list[str] | None, names: Sequence[str]) -> Cells:
    if cells is None:
        raise LineError("The line is broken: a quotation mark is not closed, or the file ends within it")
    if len(cells) != len(names):
        raise LineError(f"{len(cells)} columns, not {len(names)}: the line is cut short or foreign")
    return {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name}


def _check(row: Row, form: ReferenceFormat, rows: Mapping[tuple[Any, ...], Row], known: set[str] | None) -> None:
    if known is not None and row["practice_code"] not in known:
        raise LineError(f"No practice {row['practice_code']} is known: load the ODS or geography file that names it")
    if _key(form.table, row) in rows:
        raise LineError("An earlier line of this file says this already")


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _held(session: Session, form: ReferenceFormat, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """What the tables hold of the parts that these rows belong to."""
    statement = select(form.table)
    if form.part:
        statement = statement.where(form.table.c[form.part].in_({row[form.part] for row in rows}))
    held = (dict(row._mapping) for row in session.execute(statement))
    return {_key(form.table, row): row for row in held}


def _same(row: Row, before: Row | None) -> bool:
    return before is not None and all(before[name] == value for name, value in row.items() if name != "source")


def _recognised(path: Path) -> _File:
    lines = tuple(_lines(_text(path)))
    first = next((cells for _, cells in lines if cells), None)
    for form in all_formats():
        if form.has_header and first and (names := form.header(first)):
            return _File(path.name, form, lines[1:], names)
        if not form.has_header and any(cells and form.looks_right(cells) for _, cells in lines[:10]):
            return _File(path.name, form, lines, form.positions)
    kinds = "; ".join(form.name for form in all_formats())
    raise Unreadable(f"{path.name} is no file that is known here. Known are: {kinds}")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}") from error
    for encoding in _encodings(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{path.name} is not text in UTF-8, UTF-16 or Windows-1252")


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if content[1:2] == b"\0":
        return ("utf-16-le",)
    if content[:1] == b"\0":
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _lines(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each line with its number, as cells, or as None where it is broken.

    Lines are read one by one, so that a quotation mark that is never closed costs its own line and not the rest.
    What follows the last line end was cut off: published files end every line, and `10339` cut short reads `1033`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip() and number == len(lines):
            yield number, None
        elif line.strip():
            try:
                yield number, next(csv.reader([line], strict=True))
            except csv.Error:
                yield number, None
