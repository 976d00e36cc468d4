"""`Patient/$break-glass`: opens the record of somebody who did not agree to share it, for a reason and for a while.

For a person at a keyboard, in a role that cares for people and for a purpose of direct care. It opens the record to
that person alone; what restricts the whereabouts of somebody stays as it is. The privacy officers of both organisations
see it first in what they review, with the words that were given.

A number that nobody here has is recorded and told to them in the same way, and is answered as `$summary` answers it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from service import audit, clock, log, read_door
from service.access import policy
from service.api import identified, operation, requests
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.errors import Forbidden, Invalid, NotFound
from service.fhir import codec, dates, elements
from service.fhir.audit_events import REASONS
from service.read_door import SessionDoor
from service.register import codes
from service.store import access_filter, break_glass, grounds, known

PARAMETERS: Final = (
    Parameter("identifier", "Identifier", "The NHS number, as an Identifier or a token string", 1),
    Parameter("reason", "Coding", f"Why, of {codes.ACT_REASON}: {', '.join(REASONS)}", 1),
    Parameter("text", "string", "Why, in words, for the privacy officers who review it", 1),
    Parameter("patient", "Reference", "Whose record it is", 1, "1", "out"),
    Parameter("until", "instant", "When it closes again; left out where it was open anyway", 0, "1", "out"),
)
LONGEST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Asked:
    number: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class _Opened:
    """`until` is None where the record was open anyway."""

    patient_id: str
    until: datetime | None


async def answer(call: Call) -> Answer:
    _require(call)
    asked = _asked(await operation.given(call, PARAMETERS))
    opened = await call.server.in_thread(_opened, call, asked)
    if opened is None or opened.until:
        # What is written of it beyond this stands in the audit.
        log.alert(
            "break-glass", request_id=call.request_id, client=call.by.client_id, organisation=call.by.organisation
        )
    if opened is None:
        raise NotFound("No record is available to you. This does not mean that the person has no wishes")
    return Answer(200, codec.dumps(_told(opened)), audited=True)


def _require(call: Call) -> None:
    """Raises Forbidden, before anything is looked at that was sent, or anybody is looked for."""
    requests.refuse_parameters(call.request)
    requests.refuse_in_bundle(call.request)
    call.by.require("r", "Patient")
    if not policy.may(call.by.role, "write", "break-glass") or not call.by.user:
        raise Forbidden("The glass is broken by a person at the keyboard, in a role that cares for people")
    if call.by.sees not in access_filter.PARTLY:
        raise Forbidden(f"Ask for a token with a purpose of direct care: {', '.join(sorted(policy.DIRECT_CARE))}")


def _asked(given: operation.Given) -> _Asked:
    """Raises Invalid naming what is missing or wrong."""
    values: dict[str, Any] = dict(given)
    reason, words = elements.text_at(values, "reason", "code"), values.get("text")
    if elements.text_at(values, "reason", "system") != codes.ACT_REASON or reason not in REASONS:
        message = f"The reason is a Coding of {codes.ACT_REASON}: {', '.join(REASONS)}"
        raise Invalid(message, expression=operation.element("reason"))
    if not isinstance(words, str) or not words.strip() or len(words) > LONGEST_TEXT:
        message = f"Say in text why the record has to be opened, in up to {LONGEST_TEXT:,} characters"
        raise Invalid(message, expression=operation.element("text"))
    return _Asked(identified.number(values.get("identifier")), reason, words.strip())


def _opened(call: Call, asked: _Asked) -> _Opened | None:
    """In one transaction: who it is, the opening, and the audit of it; None for a number that nobody here has."""
    at = clock.now()
    until = at + timedelta(minutes=call.server.settings.break_glass_minutes)
    with call.server.database.transaction() as session:
        person_pk = known.by_number(session, asked.number)
        if person_pk is None:
            _record(session, call, asked, None, 404, grounds.BREAK_GLASS)
            return None
        basis = read_door.at_once(grounds.bases(SessionDoor(session), [person_pk], by=call.by))[person_pk]
        is_broken = basis == grounds.BREAK_GLASS
        if is_broken:
            why = {"reason": asked.reason, "words": asked.words}
            break_glass.granted(session, person_pk, by=call.by, at=at, until=until, **why)
        _record(session, call, asked, person_pk, 200, basis)
        return _Opened(known.patient_id(session, person_pk), until if is_broken else None)


def _record(session: Session, call: Call, asked: _Asked, person_pk: int | None, outcome: int, basis: str) -> None:
    named = {"request_id": call.request_id, "reason": asked.reason, "basis": basis}
    audit.record(session, audit.row("break-glass", by=call.by, outcome=outcome, person_pk=person_pk, **named))


def _told(opened: _Opened) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"name": "patient", "valueReference": {"reference": f"Patient/{opened.patient_id}"}}]
    if opened.until:
        parts.append({"name": "until", "valueInstant": dates.instant(opened.until)})
    return {"resourceType": "Parameters", "parameter": parts}


BREAK_GLASS = Operation(
    name="break-glass",
    path="Patient/$break-glass",
    methods=("POST",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/break-glass",
    parameters=PARAMETERS,
    affects_state=True,
    title="Open the record of a person who did not agree to share it",
    description=__doc__,
)
