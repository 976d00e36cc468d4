"""AuditEvent: the audit trail as FHIR tells it, rendered from its rows when it is asked for.

For privacy officers and systems; the access policy gives nobody else its scopes. Whoever looks is audited too.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from service.api import audit_criteria, audit_paging, operation, paging, requests, responses
from service.api.answer import Answer
from service.api.computed_type import ComputedType
from service.api.operation import Parameter
from service.api.server import Call
from service.fhir import audit_events, codec
from service.fhir.audit_events import NAME
from service.fhir.definitions import SearchParameter
from service.register import nhs_number
from service.store import audit_events as trail

_DEFINED: Final = "http://hl7.org/fhir/SearchParameter"


def _param(name: str, kind: str, expression: str, *targets: str) -> SearchParameter:
    url = f"{_DEFINED}/{'Resource-id' if name == '_id' else f'{NAME}-{name}'}"
    return SearchParameter(name, kind, f"{NAME}.{expression}", targets, url)


_PARAMS: Final = (
    _param("_id", "token", "id"),
    _param("date", "date", "recorded"),
    _param("patient", "reference", "entity.what.where(resolve() is Patient)", "Patient"),
    _param("agent", "reference", "agent.who", "Organization"),
    _param("agent-role", "token", "agent.role"),
    _param("action", "token", "action"),
    _param("outcome", "token", "outcome"),
    _param("type", "token", "type"),
    _param("subtype", "token", "subtype"),
    _param("policy", "uri", "agent.policy"),
    _param("entity-name", "string", "entity.name"),
)
_TAKEN: Final = (
    *(Parameter(one.name, "string", max="*" if one.name == "date" else "1") for one in _PARAMS),
    *(Parameter(name, "string") for name in audit_criteria.IDENTIFIED),
    Parameter("_count", "integer"),
    Parameter(paging.CURSOR, "string"),
)


async def read(call: Call) -> Answer:
    call.by.require("r", NAME)
    operation.checked(list(requests.query(call.request)), ())
    event = await trail.event(call.server.door, call.path("id"), by=call.by)
    body = codec.dumps(audit_events.resource(event, base=call.base))
    return Answer(200, body, action="read", resource_type=NAME, resource_id=event.id)


async def search(call: Call) -> Answer:
    """Those that the caller may see, the latest first."""
    call.by.require("s", NAME)
    given, warnings = operation.understood(call, [*await requests.searched(call.request)], _TAKEN)
    place = paging.place(call, NAME, operation.as_texts(given))
    wanted = replace(await audit_criteria.wanted(call, place.asked), after=audit_paging.after(place))
    count = paging.count(place.asked)
    found = await trail.events(call.server.door, wanted, count + 1, by=call.by)
    is_secret = call.request.method == "POST" or any(nhs_number.is_named_in(value) for _, value in place.asked)
    links = paging.links(call, place, next_after=audit_paging.next_after(found, count), is_secret=is_secret)
    told = [audit_events.resource(event, base=call.base) for event in found[:count]]
    return Answer(
        200,
        responses.computed_set(told, base=call.base, links=links, total=None, warnings=warnings),
        action="search",
        resource_type=NAME,
        query=urlencode(place.asked),
    )


AUDIT_EVENT = ComputedType(
    name=NAME,
    read=read,
    search=search,
    params=_PARAMS,
    why=(
        "An AuditEvent is a row of the audit trail: it is read and searched, and neither written nor versioned; what "
        "is done here is audited by itself"
    ),
    title="Who did what with whose record, for privacy officers",
    results=("_count",),
)
