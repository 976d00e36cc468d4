"""DocumentReference: a document, or a pointer to one: what it is and where it is kept."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient, broken
from service.fhir.resource_type import Body, RegisterRow, ResourceType
from service.register import codes


def _rules(document: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(document, "subject")
    for place, content in enumerate(elements.all_of(document, "content")):
        yield from _is_what_it_says(
            elements.part(content, "attachment"), f"DocumentReference.content[{place}].attachment"
        )


def _is_what_it_says(attachment: object, expression: str) -> Iterator[Issue]:
    """R4 Attachment: `hash` is the SHA-1 of the bytes, in base64, and `size` their number."""
    content = _bytes(elements.text_at(attachment, "data"))
    if content is None:
        return
    said, size = elements.text_at(attachment, "hash"), elements.part(attachment, "size")
    # R4 prescribes SHA-1; it tells a damaged file, and protects from nobody.
    if said and _bytes(said) != hashlib.sha1(content, usedforsecurity=False).digest():
        yield broken("The hash is not the SHA-1 of the data: send the file again", f"{expression}.hash")
    if size is not None and size != len(content):
        yield broken("The size is not the number of bytes of the data: send the file again", f"{expression}.size")


def _bytes(data: str) -> bytes | None:
    try:
        return base64.b64decode("".join(data.split()), validate=True) if data else None
    except (binascii.Error, ValueError):
        return None


def _register_rows(document: Body, at: datetime) -> Iterable[RegisterRow]:
    return narrative.rows([_line(document, at)]) if _stands(document) else []


def _stands(document: Body) -> bool:
    return document.get("status") == "current" and document.get("docStatus") != "entered-in-error"


def _line(document: Body, at: datetime) -> Line:
    dated = document.get("date")
    authors = map(elements.display_of, elements.all_of(document, "author"))
    return Line(
        section="documents",
        what=narrative.sentence(_title(document), _draft(document), *_kept(document)),
        by=", ".join(filter(None, authors)),
        effective_at=elements.instant(dated) or at,
        recorded_on=elements.day(dated) or at.date(),
    )


def _title(document: Body) -> str:
    said = (elements.text_of(document.get("type")), elements.text_at(document, "description"))
    return ": ".join(dict.fromkeys(filter(None, said))) or "Document"


def _draft(document: Body) -> str:
    return "Not final" if document.get("docStatus") == "preliminary" else ""


def _kept(document: Body) -> Iterator[str]:
    """Where the paper is (our extension), who keeps the document, and where the file is."""
    paper = elements.text_at(elements.extension(document, codes.KEPT_AT), "valueString")
    keeper = elements.display_of(document.get("custodian"))
    yield f"Paper kept: {paper}" if paper else ""
    yield f"Kept by {keeper}" if keeper else ""
    for content in elements.all_of(document, "content"):
        yield _file(elements.part(content, "attachment"))


def _file(attachment: object) -> str:
    title, url = elements.text_at(attachment, "title"), elements.text_at(attachment, "url")
    is_here = elements.text_at(attachment, "data") or url.startswith("Binary/")
    where = "in this record" if is_here else url
    return f"File: {', '.join(filter(None, (title, where)))}" if title or where else ""


DOCUMENT_REFERENCE = ResourceType(
    name="DocumentReference",
    person="subject",
    dated=lambda document: ("date",),
    rules=_rules,
    register_rows=_register_rows,
)
