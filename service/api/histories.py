"""History over HTTP: the versions of a resource."""

from service.api import responses
from service.api.server import Answer, Call
from service.store import read


async def history(call: Call) -> Answer:
    type_name, resource_id = call.named()
    versions = await read.history(call.server.door, type_name, resource_id, by=call.by)
    return Answer(
        200,
        responses.history(versions, base=call.base, reference=f"{type_name}/{resource_id}"),
        action="history",
        resource_type=type_name,
        resource_id=resource_id,
        person_pk=versions[0].person_pk,
    )
