"""Writes the lines of the summary: what, who recorded it, when, when it was last confirmed, when it is due for review.

A line is an escaped XHTML fragment, the inside of one `<li>`. Everything that a sender wrote is escaped here, once.
"""

import html
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from service import db
from service.fhir import elements
from service.fhir.resource_type import Body, RegisterRow
from service.register import codes, words
from service.register.models import SummaryItem

SUMMARY_ITEM: Final = db.table(SummaryItem)

_UNSIGNED: Final = "\x00"
"""Stands where the author of a line belongs, until it is known who sent it. No text that was sent can hold it."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `kind` groups lines of which only the latest is in force; empty where all stand.

    `issued_at` decides between two of a kind that are effective at once; left out where it cannot come to that.

    `recorded_on` and `confirmed_on` are left out of the text where they are None.
    """

    section: str
    what: str
    effective_at: datetime
    kind: str = ""
    by: str = ""
    issued_at: datetime | None = None
    recorded_on: date | None = None
    confirmed_on: date | None = None
    review_on: date | None = None


def rows(lines: list[Line]) -> list[RegisterRow]:
    """The summary rows of one resource, numbered in their order."""
    return [(SUMMARY_ITEM, _row(line, position)) for position, line in enumerate(lines)]


def _row(line: Line, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "section": line.section,
        "kind": line.kind,
        "effective_at": line.effective_at,
        "issued_at": line.issued_at or line.effective_at,
        "review_on": line.review_on,
        "narrative": narrative(line),
    }


def narrative(line: Line) -> str:
    """`Not for attempted CPR. Recorded by Dr A Brook on 3 May 2025; last confirmed 3 May 2025; review due …`."""
    what = escaped(line.what.strip().rstrip("."))
    return f"{what}. {_provenance(line)}".strip()


def signed(narrative: str, sender: str) -> str:
    """The line of a resource that names no author, recorded by the organisation whose system sent it."""
    return narrative.replace(_UNSIGNED, f" by {escaped(sender)}" if sender else "")


def _provenance(line: Line) -> str:
    by = f" by {escaped(line.by.strip())}" if line.by.strip() else ""
    parts = [
        f"recorded{by or _UNSIGNED} on {words.day(line.recorded_on)}"
        if line.recorded_on
        else f"recorded{by}"
        if by
        else "",
        f"last confirmed {words.day(line.confirmed_on)}" if line.confirmed_on else "",
        f"review due {words.day(line.review_on)}" if line.review_on else "",
    ]
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def review_date(resource: Body) -> date | None:
    """The review date that its author set (extension `epaccs-review-date`)."""
    return elements.day(elements.part(elements.extension(resource, codes.REVIEW_DATE), "valueDate"))


def div(inside: str) -> str:
    """A narrative's div around XHTML that is escaped already."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'


def escaped(text: str) -> str:
    """Safe inside XHTML: no mark-up, and no character that XML cannot carry."""
    return html.escape(_NOT_XML.sub("\ufffd", text))


def sentence(*pieces: str) -> str:
    """The pieces that are there, as `one; two; three`."""
    return "; ".join(piece.strip() for piece in pieces if piece and piece.strip())
