"""The API as an OpenAPI 3.1 document, derived from the registry that /metadata is derived from: every route with its
methods, what each takes, what it answers.

Where FHIR says more than a schema can, the schema says what is true of every resource of the type, and no more.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from service import config
from service.api import histories, openapi_components, published
from service.api.openapi_components import FHIR, described, headers, ref
from service.api.operation import Operation, Parameter
from service.api.published import Document
from service.config import Settings
from service.fhir import conformance, patching
from service.fhir.capability import EVERY_TYPE, Offered

Json = dict[str, Any]

_CONVERTOR: Final = re.compile(r"\{(\w+):\w+\}")
_NAMED: Final = re.compile(r"\{(\w+)\}")
_LETTERS: Final = {"POST": "c", "GET": "r", "PUT": "u", "PATCH": "u", "DELETE": "d"}
_SUMMARIES: Final = {
    ("GET", ""): "Search {0}; criteria that name a person belong in a POST",
    ("POST", ""): "Create a {0}, or with If-None-Exist only where there is none",
    ("PUT", ""): "Update the one {0} that the criteria match, or create it",
    ("PATCH", ""): "Patch the one {0} that the criteria match",
    ("DELETE", ""): "Delete the one {0} that the criteria match",
    ("POST", "/_search"): "Search {0}, the criteria in the body, where no log sees them",
    ("GET", "/{id}"): "Read a {0}",
    ("PUT", "/{id}"): "Update a {0}, or create it under this id",
    ("PATCH", "/{id}"): "Change parts of a {0} by JSON Patch",
    ("DELETE", "/{id}"): "Delete a {0} that nothing refers to",
    ("GET", "/{id}/_history"): "The versions of a {0}, newest first",
    ("GET", "/{id}/_history/{version}"): "Read one version of a {0}",
    ("GET", "/_history"): "The versions of every {0}, newest first",
}
"""What a route of a type is for, by what follows the type in its URL."""
_OTHERS: Final = {
    ("GET", ""): "Search every type at once",
    ("POST", ""): "A transaction, all or nothing, or a batch, each entry by itself",
    ("POST", "/_search"): "Search every type at once, the criteria in the body",
    ("GET", "/_history"): "The versions of everything, newest first",
    ("GET", "/Patient/{id}/{type}"): "Search what belongs to one person",
    ("POST", "/Patient/{id}/{type}/_search"): "Search what belongs to one person, the criteria in the body",
    ("GET", "/$export-status/{job}"): "How far an export is, or its manifest",
    ("DELETE", "/$export-status/{job}"): "Cancel an export, or let its files go",
    ("GET", "/$export-file/{job}/{number}"): "A file of an export, as NDJSON",
}


def document(offered: Offered, operations: Sequence[Operation], *, settings: Settings) -> Document:
    return published.plain(_whole(offered, operations, settings))


def _whole(offered: Offered, operations: Sequence[Operation], settings: Settings) -> Json:
    paths: dict[str, Json] = {}
    for method, path, described_ in _all(offered, operations):
        paths.setdefault(f"/fhir/R4{path}", {})[method.lower()] = described_
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Heartsease FHIR R4 API",
            "version": openapi_components.version(),
            "summary": "An end of life care register: FHIR 4.0.1, JSON",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "externalDocs": {"description": "CapabilityStatement", "url": f"{settings.fhir_url}/metadata"},
        "servers": [{"url": settings.public_url}],
        "security": [{"smart": []}],
        "paths": {**dict(sorted(paths.items())), **openapi_components.beside_fhir()},
        "components": openapi_components.components(offered, settings),
    }


def _all(offered: Offered, operations: Sequence[Operation]) -> Iterator[tuple[str, str, Json]]:
    yield "GET", "/metadata", _open("metadata", "What this server can do", "CapabilityStatement")
    by_path = {place.path: one for one in operations for place in one.places}
    for method, template in sorted(offered.routes):
        path = _CONVERTOR.sub(r"{\1}", template).replace("{compartment}", "Patient")  # R4's only one that we have
        if method == "HEAD" or path.startswith("/{path}") or path == "/":
            continue  # HEAD is of every GET; the last answers only that there is nothing
        first = path.split("/")[1] if path else ""
        if path[1:] in by_path:
            yield from _operations(by_path[path[1:]], method, path, offered)
        elif first == EVERY_TYPE:
            for type_name in offered.types:
                if (method, path.replace(EVERY_TYPE, type_name, 1)) not in offered.routes:
                    yield method, path.replace(EVERY_TYPE, type_name, 1), _of_type(offered, method, path, type_name)
        elif first in conformance.TYPES:
            yield method, path, _of_definition(path, first, offered)
        elif first in offered.searched:
            yield method, path, _of_type(offered, method, path, first)
        else:
            yield method, path, _other(method, path)


def _operation_id(method: str, path: str) -> str:
    return f"{method.lower()}{re.sub('[^A-Za-z0-9]+', '-', path)}".rstrip("-")


def _in_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": ref("schemas", "id" if name == "id" else "name")}
        for name in _NAMED.findall(path)
    ]


def _of_type(offered: Offered, method: str, template: str, type_name: str) -> Json:
    rest = template.removeprefix("/{type}").removeprefix(f"/{type_name}")
    path = f"/{type_name}{rest}"
    summary = _SUMMARIES.get((method, rest), "{0}").format(type_name)
    is_search = (method, rest) in (("GET", ""), ("POST", "/_search"))
    told: Json = {
        "operationId": _operation_id(method, path),
        "tags": [type_name],
        "summary": summary,
        "parameters": [*_in_path(path), *_of_request(offered, method, rest, type_name)],
        "responses": _answers(method, rest, type_name),
        "security": [{"smart": [f"system/{type_name}.{'s' if is_search else _LETTERS[method]}"]}],
    }
    body = _body(offered, method, rest, type_name)
    return told | ({"requestBody": body} if body else {})


def _of_request(offered: Offered, method: str, rest: str, type_name: str) -> list[Json]:
    found = [*headers(method, rest), ref("parameters", "_format"), ref("parameters", "_pretty")]
    if method == "GET" and rest == "":
        found += _search_parameters(offered, type_name)
    elif method in ("PUT", "PATCH", "DELETE") and rest == "":
        found += [ref("parameters", name) for name in _criteria(offered, type_name)]
    elif rest.endswith("/_history"):
        found += [_parameter(one) for one in histories.TAKEN]
    elif method == "GET" and rest == "/{id}" and type_name in offered.types:
        found += [ref("parameters", "_summary"), ref("parameters", "_elements")]
    return found


def _criteria(offered: Offered, type_name: str) -> list[str]:
    return [f"{type_name}.{one.name}" for one in offered.parameters(type_name)]


def _search_parameters(offered: Offered, type_name: str) -> list[Json]:
    return [ref("parameters", name) for name in (*_criteria(offered, type_name), *_results(offered, type_name))]


def _results(offered: Offered, type_name: str) -> Sequence[str]:
    """What a search takes beside its criteria."""
    return openapi_components.RESULTS if type_name in offered.types else offered.results.get(type_name, ())


def _parameter(one: Parameter) -> Json:
    return {"name": one.name, "in": "query", "description": one.documentation, "schema": {"type": "string"}}


def _body(offered: Offered, method: str, rest: str, type_name: str) -> Json | None:
    if rest == "/_search":
        names = [*(one.name for one in offered.parameters(type_name)), *_results(offered, type_name)]
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
        return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    if method == "PATCH":
        return {"required": True, "content": {patching.MEDIA_TYPE: {"schema": ref("schemas", "JsonPatch")}}}
    if method not in ("POST", "PUT"):
        return None
    return {"required": True, "content": {FHIR: {"schema": ref("schemas", type_name), **_example(type_name)}}}


def _example(type_name: str) -> Json:
    path = config.shipped("fhir_profiles") / "examples" / "valid" / f"{type_name}.json"
    return {"example": json.loads(path.read_text(encoding="utf-8"))} if path.exists() else {}


def _answers(method: str, rest: str, type_name: str) -> Json:
    """What a request is answered with where all is well; anything else is an OperationOutcome."""
    returned = "Bundle" if rest.endswith(("_history", "_search")) or (method == "GET" and not rest) else type_name
    good = described("As asked", returned)
    if method == "DELETE":
        found: Json = {"204": {"description": "Deleted, or nothing to delete"}}
    elif method == "POST" and not rest:
        found = {"201": openapi_components.written("Created", type_name), "200": described("There already", type_name)}
    elif method == "PUT":
        found = {"200": openapi_components.written("Updated", type_name)}
        found["201"] = openapi_components.written("Created", type_name)
    else:
        found = {"200": good}
    if method == "GET" and rest == "/{id}":
        found |= {"200": openapi_components.written("The resource", type_name), "304": {"description": "Held already"}}
    return found | {"default": ref("responses", "Refused")}


def _of_definition(path: str, type_name: str, offered: Offered) -> Json:
    is_read = path.endswith("{id}")
    told = _open(path, f"{'Read a' if is_read else 'Find every'} {type_name} that we define", type_name)
    if not is_read:
        told["parameters"] += [ref("parameters", name) for name in _criteria(offered, type_name)]
        told["responses"]["200"] = described("What was found", "Bundle")
    told["parameters"] += _in_path(path)
    return told


def _open(path: str, summary: str, type_name: str) -> Json:
    return {
        "operationId": _operation_id("GET", path),
        "tags": ["Definitions"],
        "summary": summary,
        "parameters": [ref("parameters", "_format"), ref("parameters", "_pretty")],
        "responses": {"200": described(summary, type_name), "default": ref("responses", "Refused")},
        "security": [],
    }


def _operations(one: Operation, method: str, path: str, offered: Offered) -> Iterator[tuple[str, str, Json]]:
    types = list(offered.types) if path.startswith(f"/{EVERY_TYPE}/") else [""]
    for type_name in types:
        here = path.replace(EVERY_TYPE, type_name, 1) if type_name else path
        taken = [each for each in one.parameters if each.use == "in"]
        told: Json = {
            "operationId": _operation_id(method, here),
            "tags": [here.split("/")[1] if here.count("/") > 1 else "System"],
            "summary": one.title or f"${one.name}",
            "externalDocs": {"description": "OperationDefinition", "url": one.definition},
            "parameters": [*_in_path(here), ref("parameters", "_format"), ref("parameters", "_pretty")],
            "responses": {
                "200": described("The answer", "Resource"),
                "202": {"description": "Taken on: ask at Content-Location"},
                "304": {"description": "Held already"},
                "default": ref("responses", "Refused"),
            },
        }
        if method == "GET":
            told["parameters"] += [_parameter(each) for each in taken]
        else:
            told["requestBody"] = {"content": {FHIR: {"schema": ref("schemas", "Parameters")}}}
        yield method, here, told


def _other(method: str, path: str) -> Json:
    """What is of no one type: Bundles, the history of all, searches across types and in compartments, exports."""
    told: Json = {
        "operationId": _operation_id(method, path or "/base"),
        "tags": ["System"],
        "summary": _OTHERS.get((method, path), f"{method} {path}"),
        "parameters": [*_in_path(path), *headers(method, path)],
        "responses": {
            "200": described("The answer", "Resource"),
            "202": {"description": "Not ready yet, or taken on"},
            "default": ref("responses", "Refused"),
        },
    }
    if path == "/_history":
        told["parameters"] += [_parameter(one) for one in histories.TAKEN]
    if "_search" in path:
        told["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
    elif method == "POST":
        told["requestBody"] = {"required": True, "content": {FHIR: {"schema": ref("schemas", "Bundle")}}}
    return told
