"""Takes the files that the NHS and ONS publish into the tables of `register/organisations.py`.

A line that cannot be taken is refused by its number, and the rest is taken. The same file again changes nothing.
Practices become known by a geography or an ODS file: load these before list sizes and QOF registers, or all in one call
(`in_loading_order`). Lines pass in batches, so that a file of all England takes no more memory than a short one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, tuple_, union
from sqlmodel import Session

from service import db
from service.errors import Unreadable
from service.register.organisations import Practice, PracticeGeography
from service.reports import reference_file
from service.reports.reference_file import ReferenceFile
from service.reports.reference_format import Cells, Edition, Line, LineError, Row, always

BATCH = 2_000
"""Lines a statement."""

TOLD = 1_000
"""How many refused lines of a file are told one by one; the others are counted."""

REMEMBERED = 100_000
"""Lines that are remembered, to refuse one that says the same again: all of most files, the latest of a longer one."""

_KNOWN = union(select(db.table(Practice).c.code), select(db.table(PracticeGeography).c.practice_code))

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the lines of one file. `refused` gives the first refused lines by number, each with the reason;
    `refusals` counts them all.

    A line of a workbook says several figures: each is taken, unchanged or refused by itself.
    """

    source: str
    kind: str
    taken: int
    unchanged: int
    passed_over: int
    refusals: int
    refused: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Seen:
    """The keys of the latest lines: at least REMEMBERED of them, at most twice as many."""

    recent: set[Key] = field(default_factory=set)
    earlier: set[Key] = field(default_factory=set)

    def add(self, key: Key) -> None:
        """Raises LineError for a key that was added before."""
        if key in self.recent or key in self.earlier:
            raise LineError("An earlier line of this file says this already")
        if len(self.recent) >= REMEMBERED:
            self.earlier, self.recent = self.recent, set()
        self.recent.add(key)


@dataclass(slots=True)
class _Loading:
    session: Session
    file: ReferenceFile
    edition: Edition
    known: frozenset[str] | None
    key_names: tuple[str, ...]
    seen: _Seen = field(default_factory=_Seen)
    barred: dict[Any, bool] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0
    refusals: int = 0
    kept: int = 0
    changed: int = 0

    def take(self, lines: Sequence[Line]) -> None:
        table = self.file.format.table
        rows = [row for number, cells in lines if (row := self._row(number, cells)) is not None]
        kept = self._settled(rows)
        self.lines += len(lines)
        self.kept += len(kept)
        self.changed += db.upsert(self.session, table, self._latest(kept), beside="source")

    def _row(self, number: int, cells: Sequence[str] | None) -> Row | None:
        try:
            row = self.file.format.read(_named(cells, self.file.names), self.edition)
            if row is not None:
                self._check(row)
            return row
        except LineError as reason:
            self.refusals += 1
            if len(self.refused) < TOLD:
                self.refused.append((number, str(reason)))
            return None

    def _check(self, row: Row) -> None:
        if self.known is not None and row.get("practice_code", "") not in self.known:
            code = row["practice_code"]
            raise LineError(f"No practice {code} is known: load the ODS or geography file that names it")
        self._check_bar(row)
        self.seen.add(self._key(row))

    def _check_bar(self, row: Row) -> None:
        """Each value is looked up once, before the first of its lines is taken."""
        bar = self.file.format.barred_by
        if bar is None:
            return
        part = row[bar.column]
        if part not in self.barred:
            self.barred[part] = self.session.execute(bar.finds, {"part": part}).first() is not None
        if self.barred[part]:
            raise LineError(bar.reason)

    def _key(self, row: Mapping[str, Any]) -> Key:
        return tuple([row[name] for name in self.key_names])

    def _settled(self, rows: Sequence[Row]) -> list[Row]:
        form = self.file.format
        if form.settle is always:
            return list(rows)
        held = self._held(rows)
        settled = (form.settle(row, held.get(self._key(row))) for row in rows)
        return [row for row in settled if row is not None]

    def _latest(self, rows: Sequence[Row]) -> list[Row]:
        """One row a key: of a line that came again when it was not remembered any more, the later one."""
        return list({self._key(row): row for row in rows}.values())

    def _held(self, rows: Sequence[Row]) -> dict[Key, Row]:
        table = self.file.format.table
        statement = select(table).where(tuple_(*table.primary_key).in_([self._key(row) for row in rows]))
        held = (dict(row._mapping) for row in self.session.execute(statement))
        return {self._key(row): row for row in held}


def load(
    session: Session, path: Path, *, year: str = "", tell: Callable[[int, int], None] = lambda done, of: None
) -> Loaded:
    """Takes one file. `year` (2020-21) overrides the one in the name. Raises Unreadable for a file nobody knows.

    `tell` hears now and then how many lines were read, and how many there are; 0 where that is not known.
    """
    file = reference_file.recognised(path)
    edition = Edition(file.source, path.stem, year, file.format.as_of(file.lines()))
    names_practices = "practice_code" in file.format.table.c and not file.format.makes_known
    known = frozenset(session.execute(_KNOWN).scalars()) if names_practices else None
    loading = _Loading(session, file, edition, known, tuple(column.name for column in file.format.table.primary_key))
    for batch in _batches(file.lines()):
        loading.take(batch)
        tell(batch[-1][0], file.length)
    return Loaded(
        source=file.source,
        kind=file.format.name,
        taken=loading.changed,
        unchanged=loading.kept - loading.changed,
        passed_over=loading.lines - loading.kept - loading.refusals,
        refusals=loading.refusals,
        refused=tuple(loading.refused),
    )


def told(loaded: Loaded) -> Iterator[str]:
    """What became of a file, in sentences: the first of the whole, then one for each refused line."""
    yield (
        f"{loaded.source}: {loaded.kind}: {loaded.taken:,} taken, {loaded.unchanged:,} unchanged, "
        f"{loaded.passed_over:,} passed over, {loaded.refusals:,} refused"
    )
    for number, reason in loaded.refused:
        yield f"  line {number}: {reason}"
    if loaded.refusals > len(loaded.refused):
        yield f"  and {loaded.refusals - len(loaded.refused):,} lines more"


def in_loading_order(paths: Iterable[Path]) -> list[Path]:
    """The files that make practices known first; a file that is not recognised keeps its turn and is refused then."""

    def turn(path: Path) -> bool:
        try:
            return not reference_file.recognised(path).format.makes_known
        except Unreadable:
            return True

    return sorted(paths, key=turn)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _named(cells: Sequence[str] | None, names: Sequence[str]) -> Cells:
    if cells is None:
        raise LineError("The line is broken: a quotation mark is not closed, or the file ends within it")
    if len(cells) != len(names):
        raise LineError(f"{len(cells)} columns, not {len(names)}: the line is cut short or foreign")
    return {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name}
