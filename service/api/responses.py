"""Answers written: resources as their stored bytes, sets of them as joined bytes, headers that follow from versions."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from service.api.server import Answer
from service.errors import Issue
from service.fhir import codec, outcomes, subsets
from service.fhir.subsets import Subset
from service.store.read import Found
from service.store.search_sql import Match
from service.store.write import Saved


def etag(version: int) -> str:
    return f'W/"{version}"'


def versioned(version: int, at: datetime) -> dict[str, str]:
    return {"ETag": etag(version), "Last-Modified": format_datetime(at, usegmt=True)}


def found(
    what: Found, *, type_name: str, resource_id: str, if_none_match: str = "", subset: Subset = subsets.WHOLE
) -> Answer:
    """A read, of the part that is asked for. 304 and no body for a client that holds this version already."""
    is_held = etag(what.version) in if_none_match
    return Answer(
        304 if is_held else 200,
        b"" if is_held else subsets.of(what.body, type_name, subset),
        versioned(what.version, what.last_updated),
        action="read",
        resource_type=type_name,
        resource_id=resource_id,
        person_pk=what.person_pk,
        last_updated=what.last_updated,
    )


def saved(what: Saved, *, base: str, prefer: str) -> Answer:
    """A write: 201 where something new was made. `Prefer: return=` minimal, representation or OperationOutcome."""
    status = {"create": 201, "delete": 204}.get(what.change, 200)
    headers = versioned(what.version, what.last_updated)
    if status != 204:
        name = "Location" if status == 201 else "Content-Location"
        headers[name] = f"{base}/{what.reference}/_history/{what.version}"
    body = b"" if status == 204 or prefer == "minimal" else what.body
    if body and prefer == "operationoutcome":
        body = codec.dumps(outcomes.operation_outcome(what.warnings))
    return Answer(status, body, headers, audited=True, last_updated=what.last_updated, warnings=what.warnings)


def history(versions: Iterable[Found], *, base: str, reference: str) -> bytes:
    """All versions of one resource, newest first."""
    entries = [_history_entry(what, base, reference) for what in versions]
    head = f'{{"resourceType":"Bundle","type":"history","total":{len(entries)},'
    links = json.dumps([{"relation": "self", "url": f"{base}/{reference}/_history"}]).encode()
    return head.encode() + b'"link":' + links + b',"entry":[' + b",".join(entries) + b"]}"


def _history_entry(what: Found, base: str, reference: str) -> bytes:
    method = "DELETE" if what.deleted else "POST" if what.version == 1 else "PUT"
    response = {
        "status": "204" if what.deleted else "201" if what.version == 1 else "200",
        "etag": etag(what.version),
        "lastModified": what.last_updated.isoformat(timespec="milliseconds"),
    }
    url = reference.partition("/")[0] if method == "POST" else reference
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
) -> bytes:
    """A page of a search: stored bytes, joined. `total` only where it is known without counting."""
    entries = [_search_entry(match, base, b"match") for match in matches]
    entries += [_search_entry(match, base, b"include") for match in included]
    if warnings:
        entries.append(
            b'{"resource":%s,"search":{"mode":"outcome"}}' % codec.dumps(outcomes.operation_outcome(warnings))
        )
    counted = b'"total":%d,' % total if total is not None else b""
    link = json.dumps([{"relation": relation, "url": url} for relation, url in links.items()]).encode()
    listed = b',"entry":[' + b",".join(entries) + b"]" if entries else b""
    return b'{"resourceType":"Bundle","type":"searchset",' + counted + b'"link":' + link + listed + b"}"


def _search_entry(match: Match, base: str, mode: bytes) -> bytes:
    return b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"%s"}}' % (
        base.encode(),
        match.resource_type.encode(),
        match.id.encode(),
        match.body,
        mode,
    )
