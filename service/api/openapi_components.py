"""The parts that an OpenAPI document is made of: schemas, parameters, headers, refusals, and what is not FHIR's."""

import importlib.metadata
from typing import Any, Final

from service.config import Settings
from service.fhir import conformance
from service.fhir.capability import Offered

Json = dict[str, Any]

FHIR: Final = "application/fhir+json"
RESULTS: Final = ("_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude")
"""What shapes the answer to a search."""
CONTAINERS: Final = ("Bundle", "OperationOutcome", "Parameters", "MeasureReport")

_HEADERS: Final = {
    "If-Match": 'The version that is changed, such as W/"2": 412 where it is not the current one',
    "If-None-Match": "The version that is held already: 304 where it is the current one",
    "If-Modified-Since": "304 where there is nothing newer",
    "If-None-Exist": "Search criteria: nothing is created where they match already",
    "Prefer": "return=minimal, representation or OperationOutcome; handling=lenient or strict; respond-async",
    "X-Request-ID": "Returned as it was sent, and logged; it may name nobody",
}
_TAKEN: Final = {
    ("GET", "/{id}"): ("If-None-Match", "If-Modified-Since"),
    ("POST", ""): ("If-None-Exist", "Prefer"),
    ("PUT", "/{id}"): ("If-Match", "Prefer"),
    ("PUT", ""): ("If-Match", "Prefer"),
    ("PATCH", "/{id}"): ("If-Match", "Prefer"),
    ("PATCH", ""): ("If-Match", "Prefer"),
    ("DELETE", "/{id}"): ("If-Match",),
    ("DELETE", ""): ("If-Match",),
    ("GET", ""): ("Prefer",),
}
_FORMS: Final = {
    "date": "A date such as 2026-03-31, perhaps after a prefix such as ge",
    "number": "A number, perhaps after a prefix such as ge",
    "quantity": "[prefix]number|system|code",
    "reference": "Type/id, or an id where only one type may be meant",
    "string": "The beginning of a text",
    "token": "code, system|code, |code or system|",
    "uri": "A whole address",
}


def version() -> str:
    return importlib.metadata.version("heartsease")


def ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def described(text: str, type_name: str) -> Json:
    return {"description": text, "content": {FHIR: {"schema": ref("schemas", type_name)}}}


def written(text: str, type_name: str) -> Json:
    """An answer about one version of a resource. `Prefer` may have asked for another body, or for none."""
    told = {name: {"schema": {"type": "string"}} for name in ("ETag", "Last-Modified", "Location", "Content-Location")}
    either = {"anyOf": [ref("schemas", type_name), ref("schemas", "OperationOutcome")]}
    return {"description": text, "headers": told, "content": {FHIR: {"schema": either}}}


def headers(method: str, rest: str) -> list[Json]:
    return [ref("parameters", name) for name in (*_TAKEN.get((method, rest), ()), "X-Request-ID")]


def components(offered: Offered, settings: Settings) -> Json:
    return {
        "schemas": _schemas(offered),
        "parameters": {**_common(), **_searches(offered)},
        "responses": {"Refused": described("Refused: what is wrong, where, and what to do", "OperationOutcome")},
        "securitySchemes": {"smart": _smart(offered, settings)},
    }


def _schemas(offered: Offered) -> Json:
    types = sorted({*offered.types, *offered.searched, *conformance.TYPES, *CONTAINERS})
    return {
        "id": {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"},
        "name": {"type": "string", "minLength": 1},
        "JsonPatch": _json_patch(),
        "Resource": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string"}},
        },
        **{name: _schema(name) for name in types},
    }


def _schema(type_name: str) -> Json:
    properties: Json = {"resourceType": {"const": type_name}, "id": ref("schemas", "id"), "meta": {"type": "object"}}
    required = ["resourceType"]
    if type_name == "OperationOutcome":
        properties["issue"] = {"type": "array", "minItems": 1, "items": _issue()}
        required.append("issue")
    if type_name == "Bundle":
        properties |= {"type": {"type": "string"}, "entry": {"type": "array", "items": {"type": "object"}}}
        required.append("type")
    return {"type": "object", "required": required, "properties": properties}


def _issue() -> Json:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["severity", "code", "details"],
        "properties": {
            "severity": {"enum": ["fatal", "error", "warning", "information"]},
            "code": text,
            "details": {"type": "object", "required": ["coding", "text"], "properties": {"text": text}},
            "expression": {"type": "array", "items": text},
        },
    }


def _json_patch() -> Json:
    operations = ["add", "remove", "replace", "move", "copy", "test"]
    properties = {"op": {"enum": operations}, "path": {"type": "string"}, "from": {"type": "string"}, "value": {}}
    one = {"type": "object", "required": ["op", "path"], "properties": properties}
    return {"type": "array", "minItems": 1, "items": one}


def _common() -> Json:
    texts = {
        "_format": ("json", {"enum": ["json", "application/json", "application/fhir+json", "text/json"]}),
        "_pretty": ("Indented", {"type": "boolean"}),
        "_count": ("Resources on a page, at most", {"type": "integer", "minimum": 1}),
        "_sort": ("Search parameters in order, a minus before those that run downward", {"type": "string"}),
        "_total": ("Whether to count", {"enum": ["none", "estimate", "accurate"]}),
        "_summary": ("Which part of each resource", {"enum": ["true", "false", "text", "data", "count"]}),
        "_elements": ("Elements to return, between commas", {"type": "string"}),
        "_include": ("What the matches refer to, as Type:parameter", {"type": "string"}),
        "_revinclude": ("What refers to the matches, as Type:parameter", {"type": "string"}),
    }
    common: Json = {
        name: {"name": name, "in": "query", "description": text, "schema": schema}
        for name, (text, schema) in texts.items()
    }
    for name, text in _HEADERS.items():
        common[name] = {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
    return common


def _searches(offered: Offered) -> Json:
    found: Json = {}
    for type_name in (*offered.types, *offered.searched):
        for one in offered.parameters(type_name):
            found[f"{type_name}.{one.name}"] = {
                "name": one.name,
                "in": "query",
                "description": _FORMS[one.type],
                "schema": {"type": "string"},
            }
    return found


def _smart(offered: Offered, settings: Settings) -> Json:
    scopes = {
        f"system/{name}.{letter}": f"{word} {name}"
        for name in sorted({*offered.types, *offered.searched} - set(conformance.TYPES))
        for letter, word in (("c", "create"), ("r", "read"), ("u", "update"), ("d", "delete"), ("s", "search"))
    }
    return {
        "type": "oauth2",
        "description": "SMART Backend Services: a signed assertion (RS384 or ES384) in place of a client secret",
        "flows": {"clientCredentials": {"tokenUrl": settings.token_url, "scopes": scopes}},
    }


def beside_fhir() -> Json:
    """What is there for systems and is not FHIR's."""
    json_answer = {"description": "JSON", "content": {"application/json": {"schema": {"type": "object"}}}}
    fields = ("grant_type", "client_assertion_type", "client_assertion", "scope")
    form = {"type": "object", "required": list(fields), "properties": {name: {"type": "string"} for name in fields}}
    found: Json = {
        path: {
            "get": {
                "operationId": name,
                "tags": ["Service"],
                "summary": summary,
                "responses": {"200": json_answer},
                "security": [],
            },
        }
        for path, name, summary in (
            ("/healthz", "is-up", "Whether the process answers"),
            ("/readyz", "is-ready", "Whether the database is there, at the newest schema"),
            ("/fhir/R4/.well-known/smart-configuration", "smart-configuration", "How systems sign in"),
        )
    }
    found["/readyz"]["get"]["responses"]["503"] = json_answer
    found["/oauth2/token"] = {
        "post": {
            "operationId": "token",
            "tags": ["Service"],
            "summary": "A token for five minutes, for a signed assertion",
            "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
            "responses": {"200": json_answer, "default": json_answer},
            "security": [],
        }
    }
    return found
