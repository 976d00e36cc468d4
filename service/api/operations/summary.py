"""`$summary`: what does this person want? The whole plan as one document Bundle: by NHS number, or of a Patient.

Never registered, and not visible to the caller, are one identical answer: it does not mean that there are no wishes.

Every summary has an ETag, which changes with any line of it, with the day on which its words of freshness change, and
with what its reader may see. Whoever holds a copy asks by If-None-Match, or by HEAD, whether it is still current, and
is answered without the document being made. Last-Modified is when the newest of its resources was written; of a line
that was taken away only the ETag tells.
"""

import importlib.metadata
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from email.utils import format_datetime
from typing import Final, TypeVar
from uuid import uuid4

from service import clock
from service.actor import Actor
from service.api import identified, negotiation, operation, requests
from service.api.answer import Answer
from service.api.operation import Operation, Parameter, Place
from service.api.server import Call
from service.errors import HeartseaseError, Invalid, NotFound
from service.fhir import composition, etags, resource_type
from service.fhir.resource_type import Body
from service.register import codes, registrations
from service.store import known, summary
from service.store.summary import Line, Mark, Whose

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-summary"
LOOKED_FOR: Final = tuple(type_.name for type_ in resource_type.all_types().values() if type_.in_every_summary)
PARAMETERS: Final = (
    Parameter("identifier", "Identifier", "The NHS number, as an Identifier or a token string; at type level only"),
    Parameter("profile", "canonical", f"The shape of the summary: {PROFILE}, the only one there is"),
    Parameter("return", "Bundle", "A document: a Composition, and the resources that its sections name", 1, "1", "out"),
)
_OF_A_PATIENT: Final = tuple(one for one in PARAMETERS if one.name == "profile")
_RELEASE: Final = importlib.metadata.version("heartsease")
"""Another release may word the same lines differently."""

AnyMark = TypeVar("AnyMark", Line, Mark)


async def of_number(call: Call) -> Answer:
    """Of the person with an NHS number, which never stands in a URL."""
    _require(call.by, LOOKED_FOR)
    operation.checked(list(requests.query(call.request)), ())
    number = _nhs_number(await requests.resource(call.request, limit=operation.LIMIT_BYTES))
    return await _answer(call, Whose("nhs_number", number))


async def of_patient(call: Call) -> Answer:
    """Of the person whose Patient has the id in the URL."""
    _require(call.by, LOOKED_FOR)
    _, patient_id = call.named("Patient")
    for _, value in await operation.given(call, _OF_A_PATIENT):
        _check_profile(value)
    return await _answer(call, Whose("patient_id", patient_id))


async def _answer(call: Call, whose: Whose) -> Answer:
    try:
        return await _told(call, whose)
    except HeartseaseError as refusal:
        refusal.person_pk = await known.asked_for(call.server.door, whose.column, whose.value)
        raise


async def _told(call: Call, whose: Whose) -> Answer:
    held, now = call.request.headers.get("if-none-match", ""), clock.now()
    on: date = call.request.app.state.stands_on or now.date()
    is_head = call.request.method == "HEAD"
    if held or is_head:
        marks = _standing(await summary.marks(call.server.door, whose, by=call.by), now, by=call.by)
        headers = _headers(marks, on)
        if etags.is_listed(held, headers["ETag"]):
            return _checked(304, headers, marks)
        if is_head:
            media = {"Content-Type": negotiation.FHIR_JSON}
            return _checked(200, headers | media, marks)
    lines = _standing(await summary.lines(call.server.door, whose, by=call.by), now, by=call.by)
    body = composition.document(lines, base=call.base, document_id=str(uuid4()), at=now, on=on)
    return Answer(
        200,
        body,
        _headers(lines, on),
        action="summary",
        resource_type="Patient",
        resource_id=lines[0].patient_id,
        people={lines[0].person_pk: ""},
    )


def _standing(lines: Sequence[AnyMark], at: datetime, *, by: Actor) -> list[AnyMark]:
    """The lines in force. Raises NotFound where these are no registration, Forbidden for one that is hidden."""
    standing = composition.in_force(lines, at)
    if not any(line.kind in (registrations.STANDS, registrations.ENDED) for line in standing):
        raise NotFound("No record is available to you. This does not mean that the person has no wishes")
    # A line that this token may not read is never left out in silence: an allergy unseen would read as none.
    _require(by, dict.fromkeys(line.resource_type for line in standing))
    return standing


def _require(by: Actor, type_names: Iterable[str]) -> None:
    for type_name in type_names:
        by.require("r", type_name)


def _headers(lines: Sequence[Line] | Sequence[Mark], on: date) -> dict[str, str]:
    told = [(line.resource_pk, line.version, line.kind, composition.is_overdue(line, on)) for line in lines]
    is_partial = any(line.is_partial for line in lines)
    tag = etags.of_digest((_RELEASE, is_partial, told))
    if is_partial:  # when it was written is not told
        return {"ETag": tag}
    newest = max(line.last_updated for line in lines)
    return {"ETag": tag, "Last-Modified": format_datetime(newest, usegmt=True)}


def _checked(status: int, headers: dict[str, str], marks: Sequence[Mark]) -> Answer:
    """What tells whether a copy is current, and nothing of what it says."""
    return Answer(
        status,
        headers=headers,
        action="currency check",
        resource_type="Patient",
        resource_id=marks[0].patient_id,
        people={marks[0].person_pk: ""},
        stream=_nothing() if status == 200 else None,
    )


async def _nothing() -> AsyncIterator[bytes]:
    """The body of a document that was not made, so that no Content-Length is told of it."""
    return
    yield b""


def _nhs_number(parameters: Body) -> str:
    """The NHS number in `identifier`, given as an Identifier or as a token string. Raises Invalid."""
    listed = parameters.get("parameter")
    parts = [part for part in (listed if isinstance(listed, list) else []) if isinstance(part, dict)]
    _check_others(parts)
    given = [part for part in parts if part.get("name") == "identifier"]
    if parameters.get("resourceType") != "Parameters" or len(given) != 1:
        raise Invalid("Send Parameters with one parameter named identifier", expression=identified.EXPRESSION)
    names = ("valueIdentifier", "valueString", "valueUri", "valueCode")
    return identified.number(next((given[0][name] for name in names if name in given[0]), None))


def _check_others(parts: Sequence[Body]) -> None:
    """Refuses what is not taken, by name, and another profile."""
    others = [part for part in parts if part.get("name") != "identifier"]
    if not others:
        return
    for name, value in operation.checked(
        operation.in_body({"resourceType": "Parameters", "parameter": others}), PARAMETERS
    ):
        if name == "profile":
            _check_profile(value)


def _check_profile(profile: object) -> None:
    """There is one shape of summary; who asks for another is told, rather than given this one."""
    if profile != PROFILE:
        raise Invalid(f"The summary comes in one profile: {PROFILE}", expression="Parameters.parameter")


SUMMARY = Operation(
    name="summary",
    path="Patient/$summary",
    methods=("POST",),
    handler=of_number,
    definition=f"{codes.BASE}/OperationDefinition/summary",
    also=(Place("Patient/{id}/$summary", ("GET", "POST"), of_patient),),
    parameters=PARAMETERS,
    title="The whole plan of a person, as one document",
    description=__doc__,
)
