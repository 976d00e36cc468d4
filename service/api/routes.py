"""The URLs of the FHIR API. Plain Starlette routes: the ones that carry the load stand first."""

from collections.abc import Awaitable, Callable

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from service.access import endpoint
from service.api import bundles, computed_type, exports, histories, interactions, operation, searching, self_description
from service.api.answer import Answer
from service.api.server import METHODS, Call, Endpoint, Handler, Server
from service.errors import NotFound
from service.store import judging

BASE = "/fhir/R4"


class _TypeName(StringConvertor):
    """A resource type, or `*` for every one: neither `_history` nor `$operation`."""

    regex = r"[A-Z][A-Za-z]*|\*"


class _HeldType(StringConvertor):
    """A resource type that the store holds, so that the URL can mean nothing else."""

    regex = "|".join(judging.TYPES)


class _PlainId(StringConvertor):
    """Neither `$operation` nor `_history`."""

    regex = r"[A-Za-z0-9\-.]+"


register_url_convertor("type_name", _TypeName())
register_url_convertor("held_type", _HeldType())
register_url_convertor("plain_id", _PlainId())

_FIRST = {
    f"{BASE}{path}": f"{BASE}{first}"
    for path, first in {
        "/{type}/{id}": "/{type:held_type}/{id:plain_id}",
        "/{type}": "/{type:held_type}",
        "/{type}/_search": "/{type:held_type}/_search",
        "/Patient/$summary": "/Patient/$summary",
        "": "",
    }.items()
}
"""The URLs that carry the load. Routes are tried one after another, so they are tried first, where they are plain."""


def fhir(server: Server) -> list[BaseRoute]:
    """Every route of the API. An operation outranks a resource of the same shape of URL."""
    described = _described(server)
    first = [Route(_FIRST[one.path], one.endpoint) for one in described if one.path in _FIRST]
    return [*first, *self_description.routes(server.settings, described, below=BASE, limits=server.limits), *described]


def _described(server: Server) -> list[Route]:
    operations = operation.all_operations()
    return [
        Route(f"{BASE}/.well-known/smart-configuration", _smart_configuration(server)),
        *(
            _route(server, f"/{place.path}", **dict.fromkeys(place.methods, place.handler))
            for one in operations
            for place in one.places
        ),
        _route(server, "/$export-status/{job}", GET=exports.status, DELETE=exports.cancel),
        _route(server, "/$export-file/{job}/{number}", exports.NDJSON, GET=exports.file),
        _route(server, "/{path:path}${operation}", **dict.fromkeys(METHODS, _no_operation)),
        *(
            Route(f"{BASE}{path}", answering)
            for one in computed_type.all_types().values()
            for path, answering in one.endpoints(server)
        ),
        _route(server, "/_history", GET=histories.of_system),
        _route(server, "/{type}/_history", GET=histories.of_type),
        _route(server, "/_search", POST=searching.at_base),
        _route(server, "/{type}/_search", POST=searching.of_type),
        _route(
            server,
            "/{type}/{id}",
            GET=interactions.read_current,
            PUT=interactions.update,
            PATCH=interactions.patch,
            DELETE=interactions.delete,
        ),
        _route(
            server,
            "/{type}",
            GET=searching.of_type,
            POST=interactions.create,
            PUT=interactions.conditional_update,
            PATCH=interactions.conditional_patch,
            DELETE=interactions.conditional_delete,
        ),
        _route(server, "/{type}/{id}/_history", GET=histories.of_resource),
        _route(server, "/{type}/{id}/_history/{version}", GET=interactions.read_version),
        _route(server, "/{compartment}/{id}/{type:type_name}", GET=searching.in_compartment),
        _route(server, "/{compartment}/{id}/{type:type_name}/_search", POST=searching.in_compartment),
        _route(server, "", GET=searching.at_base, POST=bundles.answered),
        _route(server, "/", GET=searching.at_base, POST=bundles.answered),
        _route(server, "/{path:path}", **dict.fromkeys(METHODS, _nothing)),
    ]


def _route(server: Server, path: str, writes: str = "", /, **handlers: Handler) -> Route:
    # Every method goes to the endpoint, which refuses those that it has not with an OperationOutcome.
    return Route(f"{BASE}{path}", Endpoint(server, path, writes, **handlers))


async def _nothing(call: Call) -> Answer:
    raise NotFound.not_supported("There is nothing at this URL; /metadata says what there is")


async def _no_operation(call: Call) -> Answer:
    raise NotFound.not_supported("There is no such operation; /metadata lists those that there are")


def _smart_configuration(server: Server) -> Callable[[Request], Awaitable[Response]]:
    async def smart_configuration(request: Request) -> Response:
        return JSONResponse(endpoint.smart_configuration(server.settings))

    return smart_configuration
