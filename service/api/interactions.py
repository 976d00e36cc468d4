"""The FHIR interactions with one resource. None knows a resource type by name: what is special about one stands in its
own file. Only Binary is met here, because R4 lets it come and go as the file that it is."""

from collections.abc import Collection

from service.api import binaries, requests, responses
from service.api.answer import Answer
from service.api.server import Call
from service.errors import Unreadable
from service.fhir import references
from service.fhir.patching import Patch
from service.fhir.resource_type import Body
from service.fhir.subsets import Subset
from service.store import conditions, judging, read
from service.store.read import Found
from service.store.saved import Saved


async def read_current(call: Call) -> Answer:
    """A read; 304 for a client that holds the version already (conditional read)."""
    type_name, resource_id = call.named()
    subset = requests.subset(call.request, type_name)
    return _read(call, await read.current(call.server.door, type_name, resource_id, by=call.by), subset)


async def read_version(call: Call) -> Answer:
    type_name, resource_id = call.named()
    subset = requests.subset(call.request, type_name)
    found = await read.version(call.server.door, type_name, resource_id, call.path("version"), by=call.by)
    return _read(call, found, subset)


def _read(call: Call, found: Found, subset: Subset) -> Answer:
    type_name, resource_id = call.named()
    is_held = not found.is_partial and requests.holds(call.request, found.version, found.last_updated)
    answer = responses.found(found, type_name=type_name, resource_id=resource_id, is_held=is_held, subset=subset)
    is_file = type_name == binaries.NAME and subset.is_whole  # a file without its data would look like an empty one
    return (is_file and binaries.as_file(call.request, answer)) or answer


async def create(call: Call) -> Answer:
    """A create; with If-None-Exist a conditional one."""
    type_name = judging.held(call.path("type")).name
    call.by.require("c", type_name)
    requests.refuse_parameters(call.request)
    requests.refuse_headers(call.request, "If-Match", "If-None-Match")
    resource = await _resource(call, type_name)
    found = await call.server.in_thread(judging.accepted, resource)
    condition = call.request.headers.get("if-none-exist", "")
    saved = await call.write(lambda changes: conditions.create(changes, resource, condition), found)
    return _told(call, saved)


async def update(call: Call) -> Answer:
    """An update, or a create under the id that the client chose: only that with `If-None-Match: *`."""
    type_name, resource_id = call.named()
    requests.refuse_parameters(call.request)
    resource = await _resource(call, type_name, resource_id)
    if resource.get("id") != resource_id:
        raise Unreadable("The id should be the one in the URL", expression=f"{type_name}.id")
    if_match, if_none_here = requests.if_match(call.request), requests.if_none_here(call.request)
    found = await call.server.in_thread(judging.accepted, resource)
    saved = await call.write(
        lambda changes: changes.update(resource, if_match=if_match, if_none_here=if_none_here), found
    )
    return _told(call, saved)


async def conditional_update(call: Call) -> Answer:
    """An update of the one resource that the search in the URL finds; a create where it finds none."""
    type_name, condition, if_match = _conditional(call)
    resource = await _resource(call, type_name)
    found = await call.server.in_thread(judging.accepted, resource)
    saved = await call.write(lambda changes: conditions.update(changes, resource, condition, if_match=if_match), found)
    return _told(call, saved)


async def patch(call: Call) -> Answer:
    type_name, resource_id = call.named()
    call.by.require("u", type_name)
    requests.refuse_parameters(call.request)
    sent = await _patch(call)
    if_match = requests.if_match(call.request)
    saved = await call.write(lambda changes: changes.patch(type_name, resource_id, sent, if_match=if_match))
    return _told(call, saved)


async def conditional_patch(call: Call) -> Answer:
    type_name, condition, if_match = _conditional(call)
    call.by.require("u", type_name)
    sent = await _patch(call)
    saved = await call.write(lambda changes: conditions.patch(changes, type_name, condition, sent, if_match=if_match))
    return _told(call, saved)


async def delete(call: Call) -> Answer:
    type_name, resource_id = call.named()
    requests.refuse_parameters(call.request)
    if_match = requests.if_match(call.request)
    return _told(call, await call.write(lambda changes: changes.delete(type_name, resource_id, if_match=if_match)))


async def conditional_delete(call: Call) -> Answer:
    """A delete of the one resource that the search in the URL finds; 204 too where there is none to delete."""
    type_name, condition, if_match = _conditional(call)
    deleted = await call.write(lambda changes: conditions.delete(changes, type_name, condition, if_match=if_match))
    return _told(call, deleted) if deleted else Answer(204, action="delete", resource_type=type_name)


def _told(call: Call, saved: Saved) -> Answer:
    return responses.saved(saved, base=call.base, prefer=requests.preference(call.request, "return"))


def _conditional(call: Call) -> tuple[str, str, Collection[int] | None]:
    """The type and the search in the URL, and the versions that may be replaced."""
    requests.refuse_headers(call.request, "If-None-Match")
    return judging.held(call.path("type")).name, requests.condition(call.request), requests.if_match(call.request)


async def _resource(call: Call, type_name: str, resource_id: str = "") -> Body:
    if type_name == binaries.NAME and binaries.is_file(call.request):
        return await binaries.resource(call, resource_id=resource_id)
    resource = await requests.resource(call.request, limit=call.server.settings.body_limit_bytes)
    if resource.get("resourceType") != type_name:
        raise Unreadable(f"The resource should be a {type_name}, as the URL says", expression="resourceType")
    references.make_relative(resource, base=call.base)
    return resource


async def _patch(call: Call) -> Patch:
    return await requests.patch(call.request, limit=call.server.settings.body_limit_bytes, base=call.base)
