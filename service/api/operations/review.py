"""`AuditEvent/[id]/$review`: what a privacy officer found of an entry of `$review-queue`, named by its event.

It holds for all that the same user of the same organisation has done with the record of the same person on that day so
far, and for the organisation of the officer alone.
"""

from typing import Any, Final

from service import audit, clock
from service.access import policy
from service.api import operation, requests
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.errors import Forbidden, Invalid
from service.fhir import audit_events, codec
from service.fhir.audit_events import Event
from service.register import codes
from service.store import audit_events as trail
from service.store import grounds, privacy_review

LONGEST_TEXT: Final = 2_000
PARAMETERS: Final = (
    Parameter("outcome", "code", f"What was found: {', '.join(privacy_review.OUTCOMES)}", 1),
    Parameter("text", "string", "What there is to say of it"),
    Parameter("return", "Parameters", "The outcome, as it was kept", 1, "1", "out"),
)


async def answer(call: Call) -> Answer:
    _require(call)
    given = dict(await operation.given(call, PARAMETERS))
    outcome, words = given.get("outcome"), given.get("text", "")
    if outcome not in privacy_review.OUTCOMES:
        message = f"The outcome is one of {', '.join(privacy_review.OUTCOMES)}"
        raise Invalid(message, expression=operation.element("outcome"))
    if not isinstance(words, str) or len(words) > LONGEST_TEXT:
        raise Invalid(f"The text has up to {LONGEST_TEXT:,} characters", expression=operation.element("text"))
    event = await trail.event(call.server.door, call.path("id"), by=call.by)
    if event.basis not in grounds.TAKEN:
        raise Invalid("There is nothing to review: nobody claimed to care for the person, or broke the glass")
    if (event.organisation, event.user_id) == (call.by.organisation, call.by.user):
        raise Forbidden("Nobody reviews what they did themselves: ask another privacy officer")
    await call.server.in_thread(_kept, call, event, outcome, words.strip())
    told = {"resourceType": "Parameters", "parameter": [{"name": "outcome", "valueCode": outcome}]}
    return Answer(200, codec.dumps(told), audited=True)


def _require(call: Call) -> None:
    requests.refuse_parameters(call.request)
    call.by.require("r", audit_events.NAME)
    if not policy.may(call.by.role, "write", "review") or not call.by.user:
        raise Forbidden("A review is what a privacy officer says, who is at the keyboard")


def _kept(call: Call, event: Event, outcome: str, words: str) -> None:
    named: dict[str, Any] = {"resource_type": audit_events.NAME, "resource_id": event.id, "query": f"outcome={outcome}"}
    with call.server.database.transaction() as session:
        privacy_review.keep(session, event, outcome=outcome, words=words, by=call.by, at=clock.now())
        audit.record(session, audit.row("review", by=call.by, outcome=200, request_id=call.request_id, **named))


REVIEW = Operation(
    name="review",
    path="AuditEvent/{id}/$review",
    methods=("POST",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/review",
    parameters=PARAMETERS,
    affects_state=True,
    title="What a privacy officer found",
    description=__doc__,
)
