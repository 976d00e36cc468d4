"""DocumentReference: a document, or a pointer to one: what it is and where it is kept."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import attachments, elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-document"


def _profiles(document: Body) -> Iterable[str]:
    """A pointer for the National Record Locator claims its own profile beside this one."""
    return [PROFILE] if document.get("status") != "entered-in-error" else []


def _rules(document: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(document, "subject")
    for place, each in enumerate(elements.all_of(document, "content")):
        attachment = elements.part(each, "attachment")
        if (data := attachments.content(attachment)) is not None:
            yield from attachments.issues(
                attachment, attachments.file(data), f"DocumentReference.content[{place}].attachment"
            )


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
    profiles=_profiles,
    dated=lambda document: ("date",),
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(words=frozenset(["type", "category"])),
)
