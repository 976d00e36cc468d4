"""Procedure: the advance care planning conversation, and the issue of a box of anticipatory medicines (item 31)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

CONVERSATION: Final = f"{codes.BASE}/StructureDefinition/epaccs-planning-conversation"
BOX: Final = f"{codes.BASE}/StructureDefinition/epaccs-anticipatory-medicines-issue"
_PROFILES: Final = {codes.PLANNING_CONVERSATION.key: CONVERSATION, codes.ANTICIPATORY_BOX.key: BOX}


def _rules(procedure: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(procedure, "subject")


def _profiles(procedure: Body) -> Iterable[str]:
    """Procedures of other kinds are kept as they come."""
    return [_PROFILES[key] for key in elements.codings(procedure.get("code")) if key in _PROFILES]


def _dated(procedure: Body) -> Iterable[str]:
    """One that is being prepared has not happened yet."""
    return () if procedure.get("status") == "preparation" else ("performedDateTime", "performedPeriod.start")


def _register_rows(procedure: Body, at: datetime) -> Iterable[RegisterRow]:
    """Procedures of other kinds, and what was not done or not finished, are kept and found, but have no line."""
    return narrative.rows(list(_lines(procedure, at))) if procedure.get("status") == "completed" else []


def _lines(procedure: Body, at: datetime) -> Iterator[Line]:
    """The latest conversation and the latest box: what was said and issued before is in the record."""
    kinds = elements.codings(procedure.get("code"))
    if codes.PLANNING_CONVERSATION.key in kinds:
        yield _line(procedure, at, "what-matters", "planning-conversation", "Advance care planning conversation")
    if codes.ANTICIPATORY_BOX.key in kinds:
        yield _line(procedure, at, "anticipatory-medicines", "anticipatory-box", "Anticipatory medicines box issued")


def _line(procedure: Body, at: datetime, section: str, kind: str, what: str) -> Line:
    performed = elements.text_at(procedure, "performedDateTime") or elements.text_at(
        procedure, "performedPeriod", "start"
    )
    actors = [elements.display_of(each.get("actor")) for each in elements.all_of(procedure, "performer")]
    return Line(
        section=section,
        kind=kind,
        what=narrative.sentence(what, _place(procedure), *_notes(procedure)),
        by=", ".join(filter(None, actors)),
        effective_at=elements.settled(performed, at) or at,
        recorded_on=elements.day(performed) or at.date(),
    )


def _place(procedure: Body) -> str:
    """For a box, where it is kept (SCCI1580 item 32)."""
    place = elements.display_of(procedure.get("location"))
    return f"Location: {place}" if place else ""


def _notes(procedure: Body) -> list[str]:
    return [elements.text_at(note, "text") for note in elements.all_of(procedure, "note")]


PROCEDURE = ResourceType(
    name="Procedure",
    person="subject",
    dated=_dated,
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(
        words=frozenset(
            ["category", "code", "bodySite", "outcome", "complication", "followUp", "reasonCode", "usedCode"]
        )
    ),
)
