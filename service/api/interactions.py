"""The FHIR interactions with one resource. None knows a resource type by name: what is special about one stands in its
own file."""

from collections.abc import Collection

from service.api import requests, responses, subsetting
from service.api.server import Answer, Call
from service.errors import Unreadable
from service.fhir import etags
from service.fhir.resource_type import Body
from service.store import conditions, judging, read


async def read_current(call: Call) -> Answer:
    type_name, resource_id = call.named()
    subset = subsetting.asked(call.request, type_name)
    found = await read.current(call.server.door, type_name, resource_id, by=call.by)
    held = call.request.headers.get("if-none-match", "")
    return responses.found(found, type_name=type_name, resource_id=resource_id, if_none_match=held, subset=subset)


async def read_version(call: Call) -> Answer:
    type_name, resource_id = call.named()
    subset = subsetting.asked(call.request, type_name)
    found = await read.version(call.server.door, type_name, resource_id, call.path("version"), by=call.by)
    return responses.found(found, type_name=type_name, resource_id=resource_id, subset=subset)


async def create(call: Call) -> Answer:
    type_name = judging.held(call.path("type")).name
    call.by.require("c", type_name)
    resource = await _resource(call, type_name)
    condition = call.request.headers.get("if-none-exist", "")

    await call.server.in_thread(judging.judged, resource)
    saved = await call.write(lambda changes: conditions.create(changes, resource, condition))
    return responses.saved(saved, base=call.base, prefer=_return(call))


async def update(call: Call) -> Answer:
    type_name, resource_id = call.named()
    resource = await _resource(call, type_name)
    if resource.get("id") != resource_id:
        raise Unreadable("The id should be the one in the URL", expression=f"{type_name}.id")
    if_match = _if_match(call)
    await call.server.in_thread(judging.judged, resource)
    saved = await call.write(lambda changes: changes.update(resource, if_match=if_match))
    return responses.saved(saved, base=call.base, prefer=_return(call))


async def delete(call: Call) -> Answer:
    type_name, resource_id = call.named()
    if_match = _if_match(call)
    saved = await call.write(lambda changes: changes.delete(type_name, resource_id, if_match=if_match))
    return responses.saved(saved, base=call.base, prefer="minimal")


def _return(call: Call) -> str:
    return requests.preference(call.request, "return")


def _if_match(call: Call) -> Collection[int] | None:
    given = call.request.headers.get("if-match", "")
    return etags.versions(given) if given else None


async def _resource(call: Call, type_name: str) -> Body:
    resource = await requests.resource(call.request, limit=call.server.settings.body_limit_bytes)
    if resource.get("resourceType") != type_name:
        raise Unreadable(f"The resource should be a {type_name}, as the URL says", expression="resourceType")
    return resource
