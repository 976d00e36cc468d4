"""`Patient/[id]/$everything`: all that the register holds of one person, and what the record refers to, in pages.

R4's `start` and `end` are refused: a wish holds until it is changed, however long ago it was said, and a plan that is
cut at a day would be read as a whole one.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from service.api import operation, paging, responses
from service.api.answer import Answer, people
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.errors import Issue, Unreadable
from service.store import everything, judging, read
from service.store.everything import Asked, Page
from service.store.search_criteria import Pairs

PARAMETERS: Final = (
    Parameter("_since", "instant", "Only what was written at this instant or later, and what that refers to"),
    Parameter("_type", "code", "Only resources of these types, several between commas", max="*"),
    Parameter("_count", "integer", "How many resources a page has at most"),
    Parameter(
        "return", "Bundle", "A searchset Bundle: the record as matches, what it refers to as includes", 1, "1", "out"
    ),
)
_TAKEN: Final = (*PARAMETERS, Parameter(paging.CURSOR, "string", "The place of a page, as a `next` link gives it"))
_CARE_DATES: Final = ("start", "end")


async def answer(call: Call) -> Answer:
    _, patient_id = call.named("Patient")
    pairs, warnings = await _sent(call)
    place = paging.place(call, f"Patient/{patient_id}/$everything", pairs)
    patient = await read.current(call.server.door, "Patient", patient_id, by=call.by)
    readable = tuple(name for name in judging.TYPES if call.by.may("r", name))
    wanted = _wanted(call, place.asked)
    since = paging.interval(place.asked, "_since")
    asked = Asked(
        person_pk=patient.person_pk or 0,
        wanted=wanted or readable,
        readable=readable,
        count=paging.count(place.asked),
        since=since[0] if since else None,
        after=place.after,
    )
    page = await everything.page(call.server.door, asked, by=call.by)
    warnings = warnings if wanted else [*warnings, *_left_out(readable)]
    return _answer(call, place, page, warnings, person_pk=asked.person_pk)


async def _sent(call: Call) -> tuple[list[tuple[str, str]], Sequence[Issue]]:
    """Raises Unreadable naming what is not taken; a lenient client is warned instead."""
    sent = await operation.sent(call)
    dates = [
        Issue("not-supported", _WHY_NOT_DATES, name) for name in _CARE_DATES if any(name == one for one, _ in sent)
    ]
    if dates:
        raise Unreadable(_WHY_NOT_DATES, issues=dates)
    given, warnings = operation.understood(call, sent, _TAKEN)
    return operation.as_texts(given), warnings


_WHY_NOT_DATES: Final = "Leave start and end out: what was wished holds until it is changed, so all of it is given"


def _wanted(call: Call, asked: Pairs) -> tuple[str, ...]:
    """The types that were asked for by name; none is every type. Raises Unreadable, and Forbidden for one hidden."""
    named = [name for key, value in asked if key == "_type" for name in value.split(",")]
    unknown = [name for name in named if name not in judging.TYPES]
    if unknown:
        raise Unreadable.not_supported(
            f"_type takes the types that the register holds: {', '.join(judging.TYPES)}", "_type"
        )
    for name in named:
        call.by.require("r", name)
    return tuple(name for name in judging.TYPES if name in named)


def _left_out(readable: Sequence[str]) -> list[Issue]:
    names = [name for name in judging.TYPES if name not in readable]
    if not names:
        return []
    message = f"This token may not read {', '.join(names)}: what the record holds of these is left out"
    return [Issue("suppressed", message, severity="warning")]


def _answer(call: Call, place: paging.Place, page: Page, warnings: Sequence[Issue], *, person_pk: int) -> Answer:
    _, patient_id = call.named("Patient")
    links = paging.links(call, place, next_after=page.next)
    is_whole = not place.after and not page.next
    return Answer(
        200,
        responses.search_set(
            page.record,
            base=call.base,
            links=links,
            included=page.referred,
            total=len(page.record) if is_whole else None,
            warnings=warnings,
        ),
        action="everything",
        resource_type="Patient",
        resource_id=patient_id,
        people={person_pk: "", **people((*page.record, *page.referred))},
        query=urlencode(place.asked),
    )


EVERYTHING = Operation(
    name="everything",
    path="Patient/{id}/$everything",
    methods=("GET", "POST"),
    handler=answer,
    definition="http://hl7.org/fhir/OperationDefinition/Patient-everything",
    parameters=PARAMETERS,
    title="Everything the register holds of a person",
    description=__doc__,
)
