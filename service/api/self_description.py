"""What the server says of itself, put together from what is registered: routes, resource types, operations, files."""

import functools
import importlib.metadata
from collections.abc import Callable, Sequence

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from service import clock
from service.api import computed_type, openapi, operation, published, requests
from service.api.operation import Operation
from service.api.published import Document, Published
from service.api.server import Endpoint
from service.config import Settings
from service.errors import Unreadable
from service.fhir import capability, conformance, implementation_guide, resource_type
from service.fhir.capability import Offered, OfferedOperation
from service.fhir.conformance import Definitions
from service.fhir.resource_type import Body
from service.limits import Limits
from service.register import codes
from service.reports import measure, measure_definition


def routes(settings: Settings, others: Sequence[BaseRoute], *, below: str, limits: Limits) -> list[BaseRoute]:
    """The open URLs, which describe the `others`; `below` is the path of the API."""
    operations = operation.all_operations()
    started_at = clock.now()  # though all below is made when it is first asked for: most processes never are

    @functools.cache
    def offer() -> Offered:
        return offered(others, operations)

    @functools.cache
    def statement() -> Body:
        return capability.statement(
            offer(),
            base=settings.fhir_url,
            token_url=settings.token_url,
            openapi_url=f"{settings.public_url}/openapi.json",
            version=importlib.metadata.version("heartsease"),
            at=started_at,
        )

    @functools.cache
    def metadata() -> Document:
        return published.document(statement(), but_for="date")

    @functools.cache
    def definitions() -> Definitions:
        return Definitions(_derived(statement(), operations))

    @functools.cache
    def document() -> Document:
        return openapi.document(offer(), operations, settings=settings)

    found = [
        Published("/metadata", _metadata(metadata), limits),
        Published("/{type:definition}/{id:no_operation}", published.read(definitions), limits),
        Published("/{type:definition}", published.search(definitions, base=settings.fhir_url), limits),
    ]
    return [
        Route("/openapi.json", Published("/openapi.json", lambda request: document(), limits)),
        *(Route(f"{below}{one.template}", one) for one in found),
    ]


class _DefinitionType(StringConvertor):
    """In a URL: one of the types whose definitions are served. One route stands for them all, before those that
    carry the load."""

    regex = "|".join(conformance.TYPES)


class _NoOperation(StringConvertor):
    """In a URL: what may be an id, as `$evaluate-measure` behind a type may not."""

    regex = "[^/$][^/]*"


register_url_convertor("definition", _DefinitionType())
register_url_convertor("no_operation", _NoOperation())


def _derived(statement: Body, operations: Sequence[Operation]) -> list[Body]:
    """What is served and stands in no file: made of what is registered, and the guide that lists all of it."""
    version = statement["version"]
    measures = list(measure.all_measures().values())
    found = [
        statement,
        *(definition(one) for one in operations if _is_ours(one)),
        *map(measure_definition.definition, measures),
        *measure_definition.code_systems(measures),
    ]
    return [*found, implementation_guide.guide([*conformance.ours(), *found], version=version)]


def offered(routes: Sequence[BaseRoute], operations: Sequence[Operation]) -> Offered:
    """What stands behind these routes, and what this module serves itself."""
    endpoints = [route.endpoint for route in routes if isinstance(route, Route)]
    claims = {claim for one in endpoints if isinstance(one, Endpoint) for claim in one.claims}
    claims |= {("GET", f"/{type_name}{rest}") for type_name in conformance.TYPES for rest in ("", "/{id}")}
    return Offered(
        types=resource_type.all_types(),
        routes=frozenset(claims),
        operations=[
            OfferedOperation(one.name, one.definition, place.level, place.type_name, one.title)
            for one in operations
            for place in one.places
        ],
        profiles=[one for one in conformance.ours() if one["resourceType"] == "StructureDefinition"],
        searched={type_name: conformance.search_parameters(type_name) for type_name in conformance.TYPES}
        | {name: one.params for name, one in computed_type.all_types().items()},
        results={name: one.results for name, one in computed_type.all_types().items()},
    )


def _metadata(statement: Callable[[], Document]) -> published.Answer:
    def answer(request: Request) -> Document:
        for name, value in requests.asked(request):
            if name != "mode":
                raise Unreadable.not_supported("/metadata takes mode, _format and _pretty")
            if value != "full":
                raise Unreadable.not_supported("Ask with mode=full, or without a mode: the other modes are not kept")
        return statement()

    return answer


def _is_ours(one: Operation) -> bool:
    return one.definition.startswith(codes.BASE)


def definition(one: Operation) -> Body:
    """The OperationDefinition of an operation that no guide defines."""
    places = {place.level: place for place in one.places}
    types = sorted({place.type_name for place in one.places if place.type_name})
    definition_id = one.definition.rpartition("/")[2]
    return {
        "resourceType": "OperationDefinition",
        "id": definition_id,
        "url": one.definition,
        "version": importlib.metadata.version("heartsease"),
        "name": "".join(part.capitalize() for part in definition_id.split("-")),
        **({"title": one.title} if one.title else {}),
        "status": "active",
        "kind": "operation",
        "publisher": "Heartsease",
        **({"description": one.description} if one.description else {}),
        "affectsState": one.affects_state,
        "code": one.name,
        **({"resource": ["Resource" if name == capability.EVERY_TYPE else name for name in types]} if types else {}),
        **{level: level in places for level in ("system", "type", "instance")},
        **({"parameter": [_parameter(each) for each in one.parameters]} if one.parameters else {}),
    }


def _parameter(each: operation.Parameter) -> Body:
    said = {"documentation": each.documentation} if each.documentation else {}
    return {"name": each.name, "use": each.use, "min": each.min, "max": each.max, **said, "type": each.type}
