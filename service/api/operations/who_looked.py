"""`Patient/[id]/$who-looked`: who has had to do with the record of a person, as AuditEvents, the latest first.

For the person themselves, whoever looks after them, and privacy officers. Only these last are told which users and
systems it was and what was asked; the others of which organisation and role, when, why, and what kind of access it was.
"""

from typing import Final
from urllib.parse import urlencode

from service.access import policy
from service.api import audit_paging, operation, paging, requests, responses
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.errors import Forbidden
from service.fhir import audit_events
from service.register import codes
from service.store import audit_events as trail
from service.store import grounds, merges, read
from service.store.audit_events import Wanted

PARAMETERS: Final = (
    Parameter("_count", "integer", "How many events a page has at most"),
    Parameter("return", "Bundle", "A searchset Bundle of AuditEvents, the latest first", 1, "1", "out"),
)
_TAKEN: Final = (*PARAMETERS, Parameter(paging.CURSOR, "string", "The place of a page, as a `next` link gives it"))


async def answer(call: Call) -> Answer:
    _, patient_id = call.named("Patient")
    _require(call)
    given = operation.checked(list(requests.query(call.request)), _TAKEN)
    place = paging.place(call, f"Patient/{patient_id}/$who-looked", operation.as_texts(given))
    person_pk = await _person(call, patient_id)
    count = paging.count(place.asked)
    keys = await merges.keys(call.server.door, person_pk)
    wanted = Wanted(people=keys, after=audit_paging.after(place))
    found = await trail.of_people(call.server.door, wanted, count + 1)
    is_told_all = policy.may(call.by.role, "read", audit_events.NAME)
    tell = audit_events.resource if is_told_all else audit_events.told_to_the_person
    told = [tell(event, base=call.base) for event in found[:count]]
    links = paging.links(call, place, next_after=audit_paging.next_after(found, count))
    return Answer(
        200,
        responses.computed_set(told, base=call.base, links=links, total=None),
        action="who-looked",
        resource_type="Patient",
        resource_id=patient_id,
        people={person_pk: ""},
        query=urlencode(place.asked),
    )


def _require(call: Call) -> None:
    call.by.require("r", "Patient")
    if not policy.may(call.by.role, "read", "who-looked"):
        raise Forbidden(_WHO)


async def _person(call: Call, patient_id: str) -> int:
    """Raises NotFound for somebody hidden or absent, Forbidden for somebody whom the caller does not look after."""
    found = await read.current(call.server.door, "Patient", patient_id, by=call.by)
    person_pk = found.person_pk or 0
    if not await grounds.is_given(call.server.door, person_pk, by=call.by):
        raise Forbidden(_WHO)
    return person_pk


_WHO: Final = "Who looked at a record is told to the person, to who looks after them, and to privacy officers"


WHO_LOOKED = Operation(
    name="who-looked",
    path="Patient/{id}/$who-looked",
    methods=("GET",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/who-looked",
    parameters=PARAMETERS,
    title="Who looked at the record of a person",
    description=__doc__,
)
