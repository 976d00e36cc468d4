"""Workbooks (.xlsx), read sheet by sheet: those that are published are small, and a sheet is held as a whole."""

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from service.errors import Unreadable
from service.reports.reference_format import Sheet

MAGIC = b"PK\x03\x04"
"""A workbook is a zip archive."""

LARGEST = 200_000_000
"""Bytes of a workbook once unpacked; ONS's life tables have 4 million, its populations of CCGs 3 million."""


def sheets(path: Path) -> Iterator[Sheet]:
    """The sheets in their order, read one at a time. Raises Unreadable for an archive that is no workbook."""
    _check(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            for title in book.sheet_names:
                rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
                yield Sheet(title.strip(), [[_text(cell) for cell in row] for row in rows])
    except CalamineError as error:
        raise Unreadable(f"{path.name} is a workbook that is damaged or of an unknown kind") from error


def _check(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
            is_book = "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{path.name} is an archive that cannot be read") from error
    if not is_book:
        raise Unreadable(f"{path.name} is an archive: unpack it, and load the files in it")
    if size > LARGEST:
        raise Unreadable(f"{path.name} is larger than any workbook that is known here: save the sheet as CSV")


def _text(cell: object) -> str:
    """A whole number without a point, which a workbook does not tell from 3.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)
