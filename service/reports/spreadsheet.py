"""CSV as spreadsheets read it: text that one would run as a formula is marked as text."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Any, Final

_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With what a text begins that a spreadsheet takes for a formula, or looks for one behind (OWASP, CSV injection)."""


def safe(value: Any) -> Any:
    """Text that would run gets an apostrophe before it; a figure stays one."""
    is_text = isinstance(value, str) and not isinstance(value, Enum)
    return f"'{value}" if is_text and value.startswith(_RUNS) else value


def text(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV; days as 2026-03-31, nothing where there is none."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(headings)
    lines.writerows([_plain(value) for value in row] for row in rows)
    return written.getvalue()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else safe(value)
