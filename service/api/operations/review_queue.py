"""`AuditEvent/$review-queue`: what a privacy officer has to look at, broken glass first, then the oldest.

One entry tells of one person, whom one user of one organisation looked at on one day by a claim to care for them, or
by breaking the glass. Officers see the entries of their own organisation's users, and those of the people whom their
organisation looks after. What was reviewed is not there, unless it is to be investigated or the user looked again.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from service import clock
from service.api import operation, paging, requests
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.fhir import audit_events, codec, dates
from service.fhir.resource_type import Body
from service.register import codes
from service.store import privacy_review
from service.store.privacy_review import Entry

DAYS: Final = 90
PARAMETERS: Final = (
    Parameter("since", "date", f"Only what was done on this day or later; left out, in the last {DAYS} days"),
    Parameter("_count", "integer", "How many entries at most; what is reviewed makes room for more"),
    Parameter("entry", "BackboneElement", "What to look at: `event` is the AuditEvent to review", 0, "*", "out"),
)


async def answer(call: Call) -> Answer:
    call.by.require("s", audit_events.NAME)
    given = operation.as_texts(operation.checked(list(requests.query(call.request)), PARAMETERS))
    asked = paging.interval(given, "since")
    since = asked[0] if asked else clock.now() - timedelta(days=DAYS)
    found = await privacy_review.queue(call.server.door, since, paging.count(given), by=call.by)
    body = {"resourceType": "Parameters", **({"parameter": [_told(one) for one in found]} if found else {})}
    return Answer(
        200, codec.dumps(body), action="review-queue", resource_type=audit_events.NAME, query=urlencode(given)
    )


def _told(entry: Entry) -> Body:
    return {"name": "entry", "part": list(_parts(entry))}


def _parts(entry: Entry) -> Iterator[dict[str, Any]]:
    yield {"name": "event", "valueReference": {"reference": f"{audit_events.NAME}/{entry.event_id}"}}
    if entry.patient_id:
        yield {"name": "patient", "valueReference": {"reference": f"Patient/{entry.patient_id}"}}
    if entry.organisation:
        organisation = {"system": codes.ODS_ORGANISATION, "value": entry.organisation}
        yield {"name": "organisation", "valueIdentifier": organisation}
    if entry.user_id:
        yield {"name": "user", "valueString": entry.user_id}
    if entry.role:
        yield {"name": "role", "valueCoding": {"system": audit_events.ROLE, "code": entry.role}}
    if entry.purpose:
        yield {"name": "purpose", "valueCoding": {"system": codes.ACT_REASON, "code": entry.purpose}}
    yield {"name": "basis", "valueUri": audit_events.BASIS + entry.basis}
    if entry.reason:
        yield {"name": "reason", "valueCoding": {"system": codes.ACT_REASON, "code": entry.reason}}
    if entry.words:
        yield {"name": "text", "valueString": entry.words}
    yield {"name": "first", "valueInstant": dates.instant(entry.first_at)}
    yield {"name": "last", "valueInstant": dates.instant(entry.last_at)}
    yield {"name": "count", "valueInteger": entry.times}
    if entry.is_investigated:
        yield {"name": "outcome", "valueCode": privacy_review.TO_INVESTIGATE}


REVIEW_QUEUE = Operation(
    name="review-queue",
    path="AuditEvent/$review-queue",
    methods=("GET",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/review-queue",
    parameters=PARAMETERS,
    title="What a privacy officer has to look at",
    description=__doc__,
)
