"""Who is answered at every route: the table, and how one request of each of its rows is made.

`whole`, `part` and `hidden` are what a GP is answered about somebody whom the practice looks after, about somebody very
restricted who shares, and about somebody who refused to share. `roles` are those that are not refused as such, each
asking about the first of the three for direct care; a letter each, in the order of `ROLES`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests import builders
from tests.builders import Body, reference
from tests.bundles import request, transaction
from tests.security import people
from tests.security.people import ANNA, Person
from tests.systems import FHIR_JSON, JSON_PATCH

ROLES = {
    "g": "gp",
    "n": "community-nurse",
    "h": "hospice",
    "H": "hospital",
    "a": "ambulance",
    "c": "care-home",
    "s": "social-care",
    "q": "quality-lead",
    "p": "privacy-officer",
    "P": "patient",
    "S": "system",
}
TABLE = """
method   url                                               whole  part  hidden  roles
GET      /fhir/R4/.well-known/smart-configuration          200    200   200     gnhHacsqpPS-
GET      /fhir/R4/metadata                                 200    200   200     gnhHacsqpPS-
GET      /fhir/R4/{definition}                             200    200   200     gnhHacsqpPS-
GET      /fhir/R4/{definition}/{id}                        200    200   200     gnhHacsqpPS-
POST     /fhir/R4/_search                                  200    200   200     gnhHacsqpPS
GET      /fhir/R4/{compartment}/{id}/{type}                200    200   200     gnhHacsq.PS
POST     /fhir/R4/{compartment}/{id}/{type}/_search        200    200   200     gnhHacsq.PS
GET      /fhir/R4/{type}                                   200    200   200     gnhHacsq.PS
POST     /fhir/R4/{type}                                   201    201   422     gnhH.cs...S
PUT      /fhir/R4/{type}                                   412    403   412     gnhH.cs...S
PATCH    /fhir/R4/{type}                                   412    403   404     gnhH.cs...S
DELETE   /fhir/R4/{type}                                   412    403   204     gnhH.cs...S
POST     /fhir/R4/{type}/_search                           200    200   200     gnhHacsq.PS
GET      /fhir/R4/{type}/{id}                              200    200   404     gnhHacsq.PS
PUT      /fhir/R4/{type}/{id}                              412    403   412     gnhH.cs...S
PATCH    /fhir/R4/{type}/{id}                              412    403   412     gnhH.cs...S
DELETE   /fhir/R4/{type}/{id}                              412    403   412     gnhH.cs...S
GET      /fhir/R4/_history                                 200    200   200     gnhHacsqpPS
GET      /fhir/R4/{type}/_history                          200    200   200     gnhHacsq.PS
GET      /fhir/R4/{type}/{id}/_history                     200    200   404     gnhHacsq.PS
GET      /fhir/R4/{type}/{id}/_history/{version}           200    200   404     gnhHacsq.PS
GET      /fhir/R4                                          200    200   200     gnhHacsq.PS
POST     /fhir/R4                                          200    200   200     gnhHacsqpPS
GET      /fhir/R4/                                         200    200   200     gnhHacsq.PS
POST     /fhir/R4/                                         200    200   200     gnhHacsqpPS
GET      /fhir/R4/Measure/$evaluate-measure                403    403   403     .......q..S
POST     /fhir/R4/Measure/$evaluate-measure                403    403   403     .......q..S
GET      /fhir/R4/Measure/{id}/$evaluate-measure           403    403   403     .......q..S
POST     /fhir/R4/Measure/{id}/$evaluate-measure           403    403   403     .......q..S
POST     /fhir/R4/Patient/$break-glass                     422    422   422     gnhHacs....
POST     /fhir/R4/Patient/$merge                           422    403   404     g.........S
POST     /fhir/R4/Patient/$summary                         200    200   404     gnhHacs..PS
POST     /fhir/R4/Patient/$unmerge                         422    409   404     g.........S
GET      /fhir/R4/Patient/{id}/$everything                 200    200   404     gnhHacsqpPS
POST     /fhir/R4/Patient/{id}/$everything                 200    200   404     gnhHacsqpPS
GET      /fhir/R4/Patient/{id}/$subject-access             200    403   404     g.......p.S
GET      /fhir/R4/Patient/{id}/$summary                    200    200   404     gnhHacs..PS
POST     /fhir/R4/Patient/{id}/$summary                    200    200   404     gnhHacs..PS
GET      /fhir/R4/Patient/{id}/$who-looked                 200    403   404     gnhHacs.pPS
POST     /fhir/R4/{type}/$validate                         200    200   200     gnhHacsq.PS
POST     /fhir/R4/{type}/{id}/$validate                    200    200   200     gnhHacsq.PS
GET      /fhir/R4/AuditEvent                               403    403   403     ........p.S
GET      /fhir/R4/AuditEvent/$review-queue                 403    403   403     ........p.S
GET      /fhir/R4/AuditEvent/_history                      405    405   405     gnhHacsqpPS
POST     /fhir/R4/AuditEvent/_search                       403    403   403     ........p.S
GET      /fhir/R4/AuditEvent/{id}                          403    403   403     ........p.S
POST     /fhir/R4/AuditEvent/{id}/$review                  403    403   403     ........p..
GET      /fhir/R4/AuditEvent/{id}/_history                 405    405   405     gnhHacsqpPS
GET      /fhir/R4/AuditEvent/{id}/_history/{version}       405    405   405     gnhHacsqpPS
GET      /fhir/R4/Group                                    400    400   400     gnhH.csq..S
GET      /fhir/R4/Group/_history                           405    405   405     gnhHacsqpPS
POST     /fhir/R4/Group/_search                            200    200   200     gnhH.csq..S
GET      /fhir/R4/Group/{id}                               200    404   404     gnhH.csq..S
GET      /fhir/R4/Group/{id}/_history                      405    405   405     gnhHacsqpPS
GET      /fhir/R4/Group/{id}/_history/{version}            405    405   405     gnhHacsqpPS
GET      /fhir/R4/$export                                  400    400   400     gnhHacsqp.S
POST     /fhir/R4/$export                                  400    400   400     gnhHacsqp.S
GET      /fhir/R4/$export-file/{job}/{number}              404    404   404     gnhHacsqpPS
GET      /fhir/R4/$export-status/{job}                     404    404   404     gnhHacsqpPS
DELETE   /fhir/R4/$export-status/{job}                     404    404   404     gnhHacsqpPS
GET      /fhir/R4/Group/{id}/$export                       400    404   404     gnhH.csq..S
POST     /fhir/R4/Group/{id}/$export                       400    404   404     gnhH.csq..S
GET      /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
POST     /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
PUT      /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
PATCH    /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
DELETE   /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
OPTIONS  /fhir/R4/{path}                                   404    404   404     gnhHacsqpPS
GET      /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
POST     /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
PUT      /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
PATCH    /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
DELETE   /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
OPTIONS  /fhir/R4/{path}${operation}                       404    404   404     gnhHacsqpPS
GET      /                                                 200    200   200     gnhHacsqpPS-
GET      /healthz                                          200    200   200     gnhHacsqpPS-
POST     /oauth2/token                                     415    415   415     gnhHacsqpPS-
GET      /openapi.json                                     200    200   200     gnhHacsqpPS-
GET      /readyz                                           503    503   503     gnhHacsqpPS-
GET      /reports                                          200    200   200     gnhHacsqpPS-
GET      /reports/area                                     200    200   200     gnhHacsqpPS-
GET      /reports/snapshot/{snapshot}                      404    404   404     gnhHacsqpPS-
GET      /reports/{name}                                   404    404   404     gnhHacsqpPS-
GET      /worklists                                        200    200   200     gnhHacsqpPS-
GET      /worklists/{name}                                 404    404   404     gnhHacsqpPS-
GET      /static/heartsease.css                            200    200   200     gnhHacsqpPS-
"""
"""A dash after the roles: open without a token."""
FORM = "application/x-www-form-urlencoded"
NO_VERSION = {"If-Match": 'W/"999"'}
"""Of a write that must not happen, lest the next row finds something else: whoever may write is told 412."""


@dataclass(frozen=True)
class Row:
    """One method of one route. `url` is the template of the route, without the converters of its parameters."""

    method: str
    url: str
    statuses: tuple[int, int, int]
    roles: str

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines()[1:]:
        method, url, whole, part, hidden, roles = line.split()
        yield Row(method, url, (int(whole), int(part), int(hidden)), roles.replace(".", ""))


@dataclass(frozen=True)
class Asked:
    """A request as it is sent."""

    method: str
    url: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def asked(method: str, url: str, who: Person) -> Asked:
    """One request of a row, about somebody."""
    kind, body, more = _content(method, url, who)
    sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    headers = ({"Content-Type": kind} if sent else {}) | more
    return Asked(method, _filled(url, who) + _query(method, url, who), sent, tuple(headers.items()))


def _observation(who: Person) -> Body:
    return next(one for one in people.record(who) if one["resourceType"] == "Observation")


def _filled(url: str, who: Person) -> str:
    whose = _observation(who)["id"] if url.startswith("/fhir/R4/{type}") else who.id
    if "Group" in url:
        whose = who.practice
    filled = {
        "{type}": "Observation",
        "{compartment}": "Patient",
        "{definition}/{id}": "CodeSystem/deletion-reason",
        "{definition}": "CodeSystem",
        "{version}": "1",
        "{operation}": "nothing",
        "{path}": "Nothing/",
        "{job}": "none",
        "{number}": "1",
        "{id}": whose,
    }
    for name, value in filled.items():
        url = url.replace(name, value)
    return url


def _query(method: str, url: str, who: Person) -> str:
    if url == "/fhir/R4/{type}" and method != "POST":
        return f"?_id={_observation(who)['id']}"
    if url in ("/fhir/R4", "/fhir/R4/") and method == "GET":
        return f"?_type=Observation&_id={_observation(who)['id']}"
    if url.endswith("/$export"):
        return "?_outputFormat=text/html"  # refused to whoever may export, lest many exports wait for each other
    if url.endswith("/$evaluate-measure"):
        return "?periodStart=2026-01-01&periodEnd=2026-01-31"
    return ""


def _content(method: str, url: str, who: Person) -> tuple[str, Any, dict[str, str]]:
    """The Content-Type, the body, and further headers."""
    name = url.rpartition("/")[2]
    if name == "_search":
        return FORM, f"_id={_observation(who)['id']}".encode(), {}
    if name in OPERATIONS and method == "POST":
        is_named = url.endswith("/{id}/$summary")
        return FHIR_JSON, _parameters() if is_named else OPERATIONS[name](who), {}
    if url in ("/fhir/R4", "/fhir/R4/") and method == "POST":
        read = request("GET", f"Observation/{_observation(who)['id']}")
        return FHIR_JSON, {**transaction(read), "type": "batch"}, {}
    if method == "POST" and url == "/fhir/R4/{type}":
        return FHIR_JSON, builders.place_of_death(subject=reference(who.patient)), {}
    if method == "PUT":
        return FHIR_JSON, _observation(who), NO_VERSION
    if method == "PATCH":
        return JSON_PATCH, [{"op": "replace", "path": "/language", "value": "en"}], NO_VERSION
    return "", None, NO_VERSION if method == "DELETE" else {}


def _parameters(**values: Any) -> Body:
    """Each a value with its type: `valueString` and the like."""
    parts = [{"name": name.replace("_", "-"), **value} for name, value in values.items()]
    return {"resourceType": "Parameters"} | ({"parameter": parts} if parts else {})


def _identifier(who: Person) -> Body:
    return {"valueIdentifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": who.number}}


def _break_glass(who: Person) -> Body:
    """Without a reason, lest the next row finds the record open: whoever may break the glass is told 422."""
    return _parameters(identifier=_identifier(who), text={"valueString": "Found without words"})


def _two(who: Person) -> Body:
    source, target = reference(who.patient), reference(ANNA.patient)
    return _parameters(
        source_patient={"valueReference": source},
        target_patient={"valueReference": target},
        preview={"valueBoolean": True},
    )


def _validate(who: Person) -> Body:
    return _parameters(resource={"resource": _observation(who)})


OPERATIONS = {
    "$summary": lambda who: _parameters(identifier=_identifier(who)),
    "$break-glass": _break_glass,
    "$merge": _two,
    "$unmerge": _two,
    "$validate": _validate,
    "$review": lambda who: _parameters(outcome={"valueCode": "justified"}, text={"valueString": "Seen"}),
}
