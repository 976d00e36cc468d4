"""Bulk export over HTTP (HL7 Bulk Data Access 2.0): the kick-off, the status and manifest, and the files.

A file is no file: its lines are read while they are sent, page by page, and each page is audited before it leaves.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlencode

from service import clock, incoming
from service.access import policy
from service.actor import Sees
from service.api import operation, requests
from service.api.answer import Answer, by_person, events
from service.api.operation import Parameter
from service.api.server import Call
from service.errors import Forbidden, Issue, MethodNotAllowed, NotFound, Unreadable
from service.fhir import codec, dates, outcomes
from service.store import export_rows, exports, group, judging
from service.store.export_rows import Candidate
from service.store.exports import ExportJob, ExportPart, Kind, State, Wanted

NDJSON: Final = "application/fhir+ndjson"
_FORMATS = (NDJSON, "application/ndjson", "ndjson")
PAGE: Final = 500
PAGE_BYTES: Final = 2_000_000
"""A page holds no more than this, unless one resource alone is larger."""
RETRY_SECONDS: Final = 2
_ZONED = re.compile(r".+T.+(Z|[+-][0-9]{2}:[0-9]{2})")

TAKEN: Final = (
    Parameter("_outputFormat", "string", "`application/fhir+ndjson`, the only format, or a short form of it"),
    Parameter("_since", "instant", "Only what has changed after this instant; what was deleted is listed too"),
    Parameter("_type", "string", "The resource types, parted by commas; left out, all that the token may read", 0, "*"),
)


async def everyone(call: Call) -> Answer:
    """The kick-off of all that the caller may see."""
    return await _kick_off(call, "", tuple(judging.TYPES))


async def of_group(call: Call) -> Answer:
    """The kick-off of one register: the whole records of its people, without what belongs to nobody."""
    code = call.path("id")
    if not policy.may(call.by.role, "read", "Group"):
        raise Forbidden("The role of this token may not read Group; docs/access.md tells which roles may")
    await group.register(call.server.door, code, by=call.by)
    return await _kick_off(call, code, tuple(name for name, type_ in judging.TYPES.items() if type_.person))


async def status(call: Call) -> Answer:
    """How far the export is (202), or the manifest of what came of it (200)."""
    job, parts = await call.server.in_thread(_job_and_parts, call)
    query = f"status {job.id}"
    if job.state == State.FAILED:
        issue = Issue("exception", "This export failed through a fault of ours; ask for it again, and tell us")
        return Answer(500, codec.dumps(outcomes.operation_outcome([issue])), action="export", query=query)
    if job.state == State.WORKING:
        progress = f"{job.found + job.current} resources; {job.type_at} of {len(job.type_names)} types done"
        headers = {"X-Progress": progress, "Retry-After": str(RETRY_SECONDS)}
        return Answer(202, headers=headers, action="export", query=query)
    headers = {"Content-Type": "application/json", **_expires(job)}
    return Answer(200, codec.dumps(_manifest(call, job, parts)), headers, action="export", query=query)


async def cancel(call: Call) -> Answer:
    def cancelled() -> None:
        with call.server.database.transaction() as session:
            exports.cancel(session, _job_id(call), by=call.by, at=clock.now())

    await call.server.in_thread(cancelled)
    issue = Issue("informational", "The export is cancelled, and its files are gone", severity="information")
    body = codec.dumps(outcomes.operation_outcome([issue]))
    return Answer(202, body, action="export-cancel", query=f"status {call.path('job')}")


async def file(call: Call) -> Answer:
    """One file of a manifest, line by line."""
    job, part = await call.server.in_thread(_job_and_part, call)
    headers = {"Content-Type": NDJSON, **_expires(job)}
    query = f"file {job.id}/{call.path('number')}"
    if part is None:
        return Answer(200, _lines(map(_warning, job.warnings.split("\n"))), headers, action="export", query=query)
    call.by.require("r", part.resource_type)
    opened = Answer(200, headers=headers, action="export", resource_type=part.resource_type, query=query)
    pages = _pages(call, job, part)
    if call.request.method == "HEAD":
        return replace(opened, stream=pages)  # whose length nobody knows, and of which nothing is read
    first = await anext(pages, b"")  # what is refused, is refused before the answer begins
    return replace(opened, stream=_begun(first, pages))


async def _kick_off(call: Call, code: str, types: tuple[str, ...]) -> Answer:
    if call.by.sees is Sees.SELF:  # whose files would hold nothing of them: a job does not know who asked for it
        raise Forbidden("An export is of many people: read your own record by Patient/[id]/$everything")
    if call.request.method == "HEAD":
        raise MethodNotAllowed("A kick-off is a GET or a POST", allowed=("GET", "POST"))
    if not requests.prefers(call.request, "respond-async"):
        raise Unreadable("An export is asynchronous: send Prefer: respond-async, and follow Content-Location")
    given, warnings = operation.understood(call, await operation.sent(call), TAKEN)
    chosen, unknown = _types(call, operation.texts(given, "_type"), types)
    since = _since(operation.texts(given, "_since"))
    _check_format(operation.texts(given, "_outputFormat"))
    asked = f"?{urlencode(requests.query(call.request))}" if call.request.scope["query_string"] else ""
    url = f"{call.base}/{f'Group/{code}/' if code else ''}$export{asked}"
    wanted = Wanted(url, chosen, code, since, tuple(issue.message for issue in (*warnings, *unknown)))
    job = await call.server.in_thread(_started, call, wanted)
    call.server.exports.wake()
    location = f"{call.base}/$export-status/{job.id}"
    query = urlencode({"types": " ".join(chosen), "since": since.isoformat() if since else "", "job": job.id})
    return Answer(
        202,
        b"",
        {"Content-Location": location},
        action="export",
        resource_type="Group" if code else "",
        resource_id=code,
        query=query,
    )


def _started(call: Call, wanted: Wanted) -> ExportJob:
    kept_for = timedelta(hours=call.server.settings.export_hours)
    with call.server.database.transaction() as session:
        return exports.start(session, wanted, by=call.by, at=clock.now(), kept_for=kept_for)


def _types(call: Call, given: list[str], types: tuple[str, ...]) -> tuple[tuple[str, ...], list[Issue]]:
    """The types to export, in the order of the register's; warnings of others, for a lenient client.

    Raises Unreadable for types that cannot be exported here, Forbidden for those that the token may not read.
    """
    named = list(dict.fromkeys(name.strip() for text in given for name in text.split(",")))
    others = [_not_exported(at) for at, name in enumerate(named, 1) if name not in types]
    if others and not requests.is_lenient(call.request):
        raise Unreadable("; ".join(issue.message for issue in others), issues=others)
    chosen = tuple(name for name in types if (name in named if named else call.by.may("r", name)))
    if named and not chosen:
        raise Unreadable("None of the types in _type can be exported here", expression="_type")
    for name in chosen or types:
        call.by.require("r", name)
    return chosen, others


def _not_exported(at: int) -> Issue:
    # Which one, not what it said: it may be anything.
    message = f"Type {at} in _type is not exported here; a Group's export has only what belongs to people"
    return Issue("not-supported", message, "_type")


def _since(given: list[str]) -> datetime | None:
    if not given:
        return None
    text = given[0].replace(" ", "+")  # a + that was not encoded in the URL
    try:
        if _ZONED.fullmatch(text):
            return dates.interval(text)[0]
    except ValueError:
        pass
    raise Unreadable("_since is an instant, such as 2026-03-02T09:30:00Z", expression="_since")


def _check_format(given: list[str]) -> None:
    if given and given[0].replace(" ", "+") not in _FORMATS:
        raise Unreadable.not_supported(f"Exports are written as {NDJSON} only", "_outputFormat")


def _job_id(call: Call) -> str:
    """Raises NotFound for what no export can be called."""
    job_id = call.path("job")
    if not incoming.SAFE_ID.fullmatch(job_id):
        raise exports.unknown()
    return job_id


def _job_and_parts(call: Call) -> tuple[ExportJob, list[ExportPart]]:
    with call.server.database.reading() as session:
        job = exports.job(session, _job_id(call), by=call.by, at=clock.now())
        parts = exports.parts(session, job.id) if job.state == State.READY else []
        session.expunge_all()
    return job, parts


def _job_and_part(call: Call) -> tuple[ExportJob, ExportPart | None]:
    """The part, or None for number 0: the warnings. Raises NotFound."""
    number = call.path("number")
    with call.server.database.reading() as session:
        job = exports.job(session, _job_id(call), by=call.by, at=clock.now())
        is_number = number.isascii() and number.isdigit() and len(number) < 7
        if job.state != State.READY or not is_number or (number == "0" and not job.warnings):
            raise NotFound("There is no such file of an export of yours; its manifest lists those that it has")
        part = exports.part(session, job.id, int(number)) if number != "0" else None
        session.expunge_all()
    return job, part


def _manifest(call: Call, job: ExportJob, parts: list[ExportPart]) -> dict[str, Any]:
    """The counts are left out: what the client may see can become less before it asks for a file."""

    def listed(kind: Kind) -> list[dict[str, str]]:
        return [
            {"type": "Bundle" if kind is Kind.DELETED else part.resource_type, "url": _file_url(call, job, part.number)}
            for part in parts
            if part.kind == kind
        ]

    error = [{"type": "OperationOutcome", "url": _file_url(call, job, 0)}] if job.warnings else []
    return {
        "transactionTime": job.transaction_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request": job.request,
        "requiresAccessToken": True,
        "output": listed(Kind.OUTPUT),
        "deleted": listed(Kind.DELETED),
        "error": error,
    }


def _file_url(call: Call, job: ExportJob, number: int) -> str:
    return f"{call.base}/$export-file/{job.id}/{number}"


def _expires(job: ExportJob) -> dict[str, str]:
    return {"Expires": format_datetime(job.expires_at, usegmt=True)}


async def _pages(call: Call, job: ExportJob, part: ExportPart) -> AsyncIterator[bytes]:
    """The lines, page by page, each audited before it is handed on. A page without lines is passed over."""
    asked = job.asked(part.resource_type)
    after, until = asked.place(part.part_from), asked.place(part.part_to)
    limit = min(max(PAGE_BYTES // max(part.largest, 1), 1), PAGE)
    is_deleted = part.kind == Kind.DELETED
    is_more = True
    while is_more:
        statement, parameters = export_rows.page(
            asked, call.by, after=after, until=until, limit=limit, with_bodies=not is_deleted
        )
        seen = export_rows.candidates(await call.server.door.passing(statement, parameters))
        sent = [one for one in seen if one.is_wanted and one.is_deleted == is_deleted]
        if sent:
            await call.server.audit.write(*await events(_page(part, sent), call.server.door, call.by, call.request_id))
            yield _deletions(part, sent) if is_deleted else _lines(one.body or b"" for one in sent)
        is_more = len(seen) == limit
        after = seen[-1].place if seen else until


async def _begun(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for page in rest:
        yield page


def _page(part: ExportPart, sent: list[Candidate]) -> Answer:
    """What leaves with one page, for the audit."""
    return Answer(
        200,
        action="export",
        resource_type=part.resource_type,
        people=by_person((one.person_pk, f"{part.resource_type}/{one.id}") for one in sent),
        query=f"file {part.job_id}/{part.number}",
    )


def _lines(bodies: Iterable[bytes]) -> bytes:
    return b"\n".join([*bodies, b""])


def _deletions(part: ExportPart, sent: list[Candidate]) -> bytes:
    entries = [{"request": {"method": "DELETE", "url": f"{part.resource_type}/{one.id}"}} for one in sent]
    return codec.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}) + b"\n"


def _warning(message: str) -> bytes:
    return codec.dumps(outcomes.operation_outcome([Issue("not-supported", message, severity="warning")]))
