"""`Patient/[id]/$subject-access`: everything that is kept of one person, who may ask for it (UK GDPR, article 15).

A history Bundle, sent as it is read: every version of every resource of the record, of records that were merged into
it too, and then an AuditEvent for everybody who looked at it or changed it: for which organisation, in which role,
when and why. What was deleted as recorded of the wrong person is another person's, and is not in it. Somebody has to
read it before it is handed over: it may tell of others.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Final

from service.api import negotiation, operation, requests, responses
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.fhir import audit_events as told
from service.fhir import codec, dates
from service.register import codes
from service.store import audit_events, merges, read, subject_access
from service.store.audit_events import Wanted
from service.store.merges import Span

RETURN: Final = Parameter("return", "Bundle", "A history: every version, and who looked", 1, "1", "out")


async def answer(call: Call) -> Answer:
    subject_access.refuse_barred(call.by)
    operation.checked(list(requests.query(call.request)), ())
    _, patient_id = call.named("Patient")
    patient = await read.current(call.server.door, "Patient", patient_id, by=call.by)
    person_pk = patient.person_pk or 0
    await subject_access.refuse_not_theirs(call.server.door, person_pk, by=call.by)
    return Answer(
        200,
        headers={"Content-Type": negotiation.FHIR_JSON},
        action="subject-access",
        resource_type="Patient",
        resource_id=patient_id,
        people={person_pk: ""},
        stream=_bundle(call, person_pk),
    )


async def _bundle(call: Call, person_pk: int) -> AsyncIterator[bytes]:
    """Page by page, none of it kept. The frame has audited all of it before the first."""
    spans = await merges.spans(call.server.door, person_pk)
    separator = b'{"resourceType":"Bundle","type":"history","entry":['
    async for entries in _pages(call, person_pk, spans):
        yield separator + b",".join(entries)
        separator = b","
    yield b"]}"


async def _pages(call: Call, person_pk: int, spans: Sequence[Span]) -> AsyncIterator[list[bytes]]:
    after = (0, 0)
    while page := await subject_access.versions(call.server.door, person_pk, after):
        yield [responses.history_entry(one, call.base) for one in page]
        after = page[-1].pk, page[-1].version
    for span in spans:
        async for looks in _looks(call, span):
            yield looks


async def _looks(call: Call, span: Span) -> AsyncIterator[list[bytes]]:
    """Who looked while the record stood under this key, the latest first."""
    wanted = Wanted(people=[span.person_pk], since=span.since, until=span.until)
    while page := await audit_events.of_people(call.server.door, wanted, subject_access.PAGE):
        yield [_entry(call, one) for one in page]
        wanted = Wanted(people=[span.person_pk], since=span.since, until=span.until, after=(page[-1].at, page[-1].pk))


def _entry(call: Call, one: told.Event) -> bytes:
    reference = f"{told.NAME}/{one.id}"
    response = {"status": "201", "lastModified": dates.instant(one.at)}
    said = {"request": {"method": "POST", "url": told.NAME}, "response": response}
    resource = codec.dumps(told.told_to_the_person(one, base=call.base))
    url = json.dumps(f"{call.base}/{reference}").encode()
    return b'{"fullUrl":' + url + b',"resource":' + resource + b"," + codec.dumps(said)[1:]


SUBJECT_ACCESS = Operation(
    name="subject-access",
    path="Patient/{id}/$subject-access",
    methods=("GET",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/subject-access",
    parameters=(RETURN,),
    title="Everything that is kept of one person, with who looked",
    description=__doc__,
)
