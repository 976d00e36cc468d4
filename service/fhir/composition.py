"""The summary: one document Bundle of what a person wants, rendered on reading: freshness changes without a write.

A line that is one of a kind stands only while it is the latest; a line past its review date says so.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar

from service.fhir import completeness, lines_in_part, narrative, redaction
from service.fhir.summary_line import Line, Standing
from service.register import cautions, items, registrations, sections
from service.register.sections import Section

TITLE = "End of life care coordination summary"
_TYPE = {"system": "http://snomed.info/sct", "code": "861421000000109", "display": TITLE}
_EMPTY_REASONS = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
_ASKED = {"place-of-death", "place-of-care", "what-matters", "home-access"}
_DEATH: Final = "death"
_FIRST_IN_LIFE: Final = (registrations.STANDS, registrations.ENDED)
_FIRST: Final = (_DEATH, "actual-place-of-death", *_FIRST_IN_LIFE)
"""What the first section says first: that the person has died and where, then whether the registration stands."""
_OVERDUE = " <strong>Overdue for review.</strong>"
_AFTER_DEATH: Final = ("actual-place-of-death", "variance-reason")
_NO_DEATH: Final = " <strong>No date of death is recorded: check whether this person lives.</strong>"
"""Beside what is said of a death that was taken back, or that nobody has told of: it must not hide what binds."""
_IN_PART: Final = (
    "<p><strong>Details were left out: the whereabouts of this person are restricted. Ask those who look after the "
    "person for what you need.</strong></p>"
)
"""At the head of a summary for who sees the person in part."""
_WITHHELD: Final = "<p>Withheld, as the whereabouts of this person are restricted</p>"


AnyLine = TypeVar("AnyLine", bound=Standing)


def in_force(lines: Iterable[AnyLine], at: datetime) -> list[AnyLine]:
    """The lines that stand: of each kind the first, `lines` being the newest first; none from the future."""
    seen: set[str] = set()
    standing = []
    for line in lines:
        if line.kind in seen or (line.kind and line.effective_at > at):
            continue
        if line.kind:
            seen.add(line.kind)
        standing.append(line)
    if registrations.STANDS in seen:
        standing = [line for line in standing if line.kind != registrations.ENDED]
    first = _FIRST if _DEATH in seen else _FIRST_IN_LIFE
    return sorted(standing, key=lambda line: first.index(line.kind) if line.kind in first else len(first))


def document(lines: Sequence[Line], *, base: str, document_id: str, at: datetime, on: date) -> bytes:
    """The document of one person. `at` is when it was made; `on` the day that decides what is overdue.

    Of lines that are told in part the resources are what is left of them (`redaction`); so are the words then.
    """
    is_partial = any(line.is_partial for line in lines)
    lines = lines_in_part.told(lines) if is_partial else lines
    resources = {f"{line.resource_type}/{line.resource_id}": line.body for line in lines}
    composition = _composition(lines, document_id, at, on, is_partial=is_partial)
    head = {
        "resourceType": "Bundle",
        "id": document_id,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{document_id}"},
        "type": "document",
        "timestamp": composition["date"],
    }
    first = {"fullUrl": f"{base}/Composition/{document_id}", "resource": composition}
    entries = [json.dumps(first, ensure_ascii=False, separators=(",", ":")).encode()]
    entries += [
        b'{"fullUrl":"%s/%s","resource":%s}' % (base.encode(), reference.encode(), body)
        for reference, body in resources.items()
    ]
    opening = json.dumps(head, separators=(",", ":")).encode()
    return opening[:-1] + b',"entry":[' + b",".join(entries) + b"]}"


def _composition(
    lines: Sequence[Line], document_id: str, at: datetime, on: date, *, is_partial: bool
) -> dict[str, Any]:
    has_died = any(line.kind == _DEATH for line in lines)
    alerted = cautions.PLACE if completeness.is_place_of_death_missing(lines) else ""
    by_section: dict[str, list[Line]] = {section.key: [] for section in sections.ALL}
    for line in lines:
        by_section[line.section].append(line)
    written = (
        _withheld(one)
        if is_partial and one.tells_where
        else _section(one, by_section[one.key], on, has_died=has_died, is_alerted=one.key == alerted)
        for one in sections.ALL
    )
    return {
        "resourceType": "Composition",
        "id": document_id,
        **(_restricted() if is_partial else {}),
        "status": "final",
        "type": {"coding": [_TYPE]},
        "subject": {"reference": f"Patient/{lines[0].patient_id}"},
        "date": at.isoformat(timespec="milliseconds"),
        "author": [{"display": "Heartsease end of life care register"}],
        "title": TITLE,
        "section": [
            *written,
            _withheld(sections.COMPLETENESS) if is_partial else completeness.section(lines),
        ],
    }


def _restricted() -> dict[str, Any]:
    """A summary in part says so in words, before all else, and by the label that its resources bear."""
    text = {"status": "generated", "div": narrative.div(_IN_PART)}
    return {"meta": {"security": [redaction.REDACTED]}, "text": text}


def _withheld(section: Section) -> dict[str, Any]:
    """Neither what it says nor that it says nothing: of what is missing nothing can be told either."""
    text = {"status": "generated", "div": narrative.div(_WITHHELD)}
    return {
        **_headed(section),
        "text": text,
        "emptyReason": {"coding": [{"system": _EMPTY_REASONS, "code": "withheld"}]},
    }


def _headed(section: Section) -> dict[str, Any]:
    if section.heading:
        return {"title": section.title, "code": {"coding": [{"system": section.system, "code": section.heading}]}}
    return {"title": section.title, "code": {"text": section.title}}


_PLACE_MISSING: Final = completeness.extension(items.PLACE_OF_DEATH, items.MISSING)


def _section(
    section: Section, lines: Sequence[Line], on: date, *, has_died: bool, is_alerted: bool = False
) -> dict[str, Any]:
    text = narrative.div((completeness.ALERT if is_alerted else "") + _text(lines, on, has_died=has_died))
    alert = {"extension": [_PLACE_MISSING]} if is_alerted else {}
    written = {**alert, **_headed(section), "text": {"status": "generated", "div": text}}
    if lines:
        references = dict.fromkeys(f"{line.resource_type}/{line.resource_id}" for line in lines)
        return {**written, "entry": [{"reference": reference} for reference in references]}
    reason = "notasked" if section.key in _ASKED else "unavailable"
    return {**written, "emptyReason": {"coding": [{"system": _EMPTY_REASONS, "code": reason}]}}


def _text(lines: Sequence[Line], on: date, *, has_died: bool) -> str:
    if not lines:
        return "<p>None recorded</p>"
    written = "".join(f"<li>{line.narrative}{_remark(line, on, has_died=has_died)}</li>" for line in lines)
    return f"<ul>{written}</ul>"


def _remark(line: Line, on: date, *, has_died: bool) -> str:
    if line.kind in _AFTER_DEATH and not has_died:
        return _NO_DEATH
    return _OVERDUE if is_overdue(line, on) else ""


def is_overdue(line: Standing, on: date) -> bool:
    """Whether the line's review is due on that day, or was before."""
    return line.review_on is not None and line.review_on <= on
