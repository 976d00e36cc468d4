"""Answers written: resources as their stored bytes, sets of them as joined bytes, headers that follow from versions."""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from service.api.answer import Answer
from service.errors import Issue
from service.fhir import codec, outcomes, subsets
from service.fhir.resource_type import Body
from service.fhir.subsets import Subset
from service.store.history import Version
from service.store.read import Found
from service.store.saved import Saved
from service.store.search_sql import Match


def etag(version: int) -> str:
    return f'W/"{version}"'


def in_part(version: int) -> str:
    """The tag of what is told of a version to who sees its person in part: whoever sees more or less holds no copy."""
    return f'W/"{version}-part"'


def versioned(version: int, at: datetime) -> dict[str, str]:
    return {"ETag": etag(version), "Last-Modified": format_datetime(at, usegmt=True)}


def found(
    what: Found, *, type_name: str, resource_id: str, is_held: bool = False, subset: Subset = subsets.WHOLE
) -> Answer:
    """A read, of the part that is asked for. 304 and no body for a client that holds this version already."""
    return Answer(
        304 if is_held else 200,
        b"" if is_held else subsets.of(what.body, type_name, subset),
        versioned(what.version, what.last_updated) if not what.is_partial else {"ETag": in_part(what.version)},
        action="read",
        resource_type=type_name,
        resource_id=resource_id,
        people={what.person_pk: ""},
        last_updated=None if what.is_partial else what.last_updated,
    )


def saved(what: Saved, *, base: str, prefer: str) -> Answer:
    """A write: 201 where something new was made. `prefer` is minimal, representation or operationoutcome.

    Location tells the version, also of what a condition found; Content-Location that the body is that version.
    """
    headers = versioned(what.version, what.last_updated)
    status = 201 if what.change == "create" else 200
    body = what.body if what.is_told and prefer != "minimal" else b""
    if what.body:
        headers["Location"] = f"{base}/{what.reference}/_history/{what.version}"
    if prefer == "operationoutcome":
        body = codec.dumps(outcomes.operation_outcome(what.warnings))
    elif not what.body:
        status = 204
    elif body:
        headers["Content-Location"] = headers["Location"]
    return Answer(status, body, headers, audited=True, last_updated=what.last_updated, warnings=what.warnings)


def history(
    versions: Sequence[Version],
    *,
    base: str,
    links: dict[str, str],
    total: int | None = None,
    warnings: Sequence[Issue] = (),
) -> bytes:
    """A page of a history, newest first. `total` only where it is known without counting.

    `warnings` stand in the response of the first entry: a history has no entries but versions (bdl-3, bdl-4).
    """
    entries = [history_entry(what, base, () if at else warnings) for at, what in enumerate(versions)]
    counted = b'"total":%d,' % total if total is not None else b""
    link = json.dumps([{"relation": relation, "url": url} for relation, url in links.items()]).encode()
    listed = b',"entry":[' + b",".join(entries) + b"]" if entries else b""
    return b'{"resourceType":"Bundle","type":"history",' + counted + b'"link":' + link + listed + b"}"


def history_entry(what: Version, base: str, warnings: Sequence[Issue] = ()) -> bytes:
    reference = f"{what.resource_type}/{what.id}"
    method = "DELETE" if what.deleted else "POST" if what.version == 1 else "PUT"
    response: dict[str, Any] = {
        "status": "204" if what.deleted else "201" if what.version == 1 else "200",
        "etag": etag(what.version),
        **({} if what.is_partial else {"lastModified": what.last_updated.isoformat(timespec="milliseconds")}),
    }
    found = [*([outcomes.deleted_because(what.reason)] if what.reason else []), *map(outcomes.issue, warnings)]
    if found:
        response["outcome"] = {"resourceType": "OperationOutcome", "issue": found}
    url = what.resource_type if method == "POST" else reference
    told = codec.dumps({"request": {"method": method, "url": url}, "response": response})
    resource = b"" if what.deleted else b',"resource":' + what.body
    return b'{"fullUrl":' + json.dumps(f"{base}/{reference}").encode() + resource + b"," + told[1:]


def search_set(
    matches: Sequence[Match],
    *,
    base: str,
    links: dict[str, str],
    included: Sequence[Match] = (),
    total: int | None = None,
    warnings: Sequence[Issue] = (),
    subset: Subset = subsets.WHOLE,
) -> bytes:
    """A page of a search: stored bytes, joined; of a `subset`, the part of each that is asked for."""
    entries = [_search_entry(match, base, subset, "match") for match in matches]
    entries += [_search_entry(match, base, subset, "include") for match in included]
    if warnings:
        entries.append(
            b'{"resource":%s,"search":{"mode":"outcome"}}' % codec.dumps(outcomes.operation_outcome(warnings))
        )
    counted = b'"total":%d,' % total if total is not None else b""
    link = json.dumps([{"relation": relation, "url": url} for relation, url in links.items()]).encode()
    listed = b',"entry":[' + b",".join(entries) + b"]" if entries else b""
    return b'{"resourceType":"Bundle","type":"searchset",' + counted + b'"link":' + link + listed + b"}"


def computed_set(
    resources: Sequence[Body],
    *,
    base: str,
    links: dict[str, str],
    total: int | None,
    warnings: Sequence[Issue] = (),
) -> bytes:
    """A search set of resources that are computed and not stored. `total` only where it is known without counting."""
    entries: list[Body] = [
        {"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    if warnings:
        entries.append({"resource": outcomes.operation_outcome(warnings), "search": {"mode": "outcome"}})
    counted = {"total": total} if total is not None else {}
    link = [{"relation": relation, "url": url} for relation, url in links.items()]
    bundle = {"resourceType": "Bundle", "type": "searchset", **counted, "link": link}
    return codec.dumps({**bundle, **({"entry": entries} if entries else {})})


def _search_entry(match: Match, base: str, subset: Subset, mode: str) -> bytes:
    type_name = match.resource_type
    return b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"%s"}}' % (
        base.encode(),
        type_name.encode(),
        match.id.encode(),
        subsets.of(match.body, type_name, subset, is_included=mode == "include"),
        mode.encode(),
    )
