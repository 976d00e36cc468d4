"""A published file as lines, read as they are needed: one of millions of lines takes no more memory than a short one.

A file is recognised by its header or its shape, never by its name.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from service.errors import Unreadable
from service.reports import workbook
from service.reports.reference_format import Line, ReferenceFormat, all_formats

LONGEST_LINE = 100_000
"""Characters. A file with a longer line is none that is known, and is not read on."""

_HEAD = 10
"""Lines in which a file without a header must show its shape."""

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """A file that is recognised. `lines` reads it from the start; a header is not among them.

    `names` are our names of the columns, in order, and empty for those that we do not read. `length` is how many lines
    it has, for a progress bar; 0 for a workbook, which is read at once.
    """

    source: str
    format: ReferenceFormat
    names: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
    length: int = 0


def recognised(path: Path) -> ReferenceFile:
    """What the start of a file shows it to be. Raises Unreadable for a file that nobody knows, or that is no text."""
    head = _start(path)
    found = _book(path) if head.startswith(workbook.MAGIC) else _text(path, head)
    if not found:
        kinds = "; ".join(form.name for form in all_formats())
        raise Unreadable(f"{path.name} is no file that is known here. Known are: {kinds}")
    return found


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}") from error


def _book(path: Path) -> ReferenceFile | None:
    forms = [form for form in all_formats() if form.unfolded]
    for sheet in workbook.sheets(path):
        for form in forms:
            if form.unfolded and form.unfolded(sheet) is not None:
                return ReferenceFile(path.name, form, tuple(form.columns), partial(_unfolded, path, form))
    return None


def _unfolded(path: Path, form: ReferenceFormat) -> Iterator[Line]:
    for sheet in workbook.sheets(path):
        yield from (form.unfolded and form.unfolded(sheet)) or ()


def _text(path: Path, head: bytes) -> ReferenceFile | None:
    encoding, length = _surveyed(path, head)
    lines = partial(_lines, path, encoding)
    first = list(islice(lines(), _HEAD))
    header = next((cells for _, cells in first if cells), None)
    for form in all_formats():
        if form.has_header and header and (names := form.header(header)):
            return ReferenceFile(path.name, form, names, lambda: islice(lines(), 1, None), length)
        if form.positions and any(cells and form.looks_right(cells) for _, cells in first):
            return ReferenceFile(path.name, form, form.positions, lines, length)
    return None


def _surveyed(path: Path, head: bytes) -> tuple[str, int]:
    """The encoding in which all of the file can be read, and how many line ends it has."""
    for encoding in _encodings(head):
        try:
            with path.open(encoding=encoding) as text:
                return encoding, sum(piece.count("\n") for piece in iter(partial(text.read, _PIECE), ""))
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{path.name} is not text in UTF-8, UTF-16 or Windows-1252")


def _encodings(head: bytes) -> tuple[str, ...]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if head[1:2] == b"\0":
        return ("utf-16-le",)
    if head[:1] == b"\0":
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _lines(path: Path, encoding: str) -> Iterator[Line]:
    """Each line that is not empty. Raises Unreadable for one that no published file has."""
    with path.open(encoding=encoding) as text:
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=1):
            if len(line) == LONGEST_LINE:
                raise Unreadable(f"{path.name} is no file that is known here: line {number} is too long")
            if line.strip():
                yield number, _cells(line)


def _cells(line: str) -> Sequence[str] | None:
    """None for a line that is broken.

    Lines are read one by one, so that a quotation mark that is never closed costs its own line and not the rest.
    A line without an end was cut off: published files end every line, and `10339` cut short reads `1033`.
    """
    if not line.endswith("\n"):
        return None
    try:
        return next(csv.reader([line[:-1]], strict=True))
    except csv.Error:
        return None
