"""The FHIR interactions. None knows a resource type by name: what is special about one stands in its own file."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from service import clock, incoming
from service.api import requests, responses
from service.api.cursors import Cursors
from service.api.server import Answer, Call
from service.errors import NotFound, Unreadable
from service.fhir.resource_type import Body
from service.register import nhs_number
from service.store import bundle, conditions, judging, read, search, search_sql, write
from service.store.write import Writing

Result = TypeVar("Result")
_FORM_LIMIT_BYTES = 65_536
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


async def read_current(call: Call) -> Answer:
    type_name, resource_id = _named(call)
    found = await read.current(call.server.door, type_name, resource_id, by=call.by)
    held = call.request.headers.get("if-none-match", "")
    return responses.found(found, type_name=type_name, resource_id=resource_id, if_none_match=held)


async def read_version(call: Call) -> Answer:
    type_name, resource_id = _named(call)
    found = await read.version(call.server.door, type_name, resource_id, call.path("version"), by=call.by)
    return responses.found(found, type_name=type_name, resource_id=resource_id)


async def history(call: Call) -> Answer:
    type_name, resource_id = _named(call)
    versions = await read.history(call.server.door, type_name, resource_id, by=call.by)
    return Answer(
        200,
        responses.history(versions, base=_base(call), reference=f"{type_name}/{resource_id}"),
        action="history",
        resource_type=type_name,
        resource_id=resource_id,
        person_pk=versions[0].person_pk,
    )


async def create(call: Call) -> Answer:
    type_name = judging.held(call.path("type")).name
    call.by.require("c", type_name)
    resource = await _resource(call, type_name)
    condition = call.request.headers.get("if-none-exist", "")

    await call.server.in_thread(judging.judged, resource)
    saved = await _written(call, lambda changes: conditions.create(changes, resource, condition))
    return responses.saved(saved, base=_base(call), prefer=_return(call))


async def update(call: Call) -> Answer:
    type_name, resource_id = _named(call)
    resource = await _resource(call, type_name)
    if resource.get("id") != resource_id:
        raise Unreadable("The id should be the one in the URL", expression=f"{type_name}.id")
    if_match = _if_match(call)
    await call.server.in_thread(judging.judged, resource)
    saved = await _written(call, lambda changes: changes.update(resource, if_match=if_match))
    return responses.saved(saved, base=_base(call), prefer=_return(call))


async def delete(call: Call) -> Answer:
    type_name, resource_id = _named(call)
    if_match = _if_match(call)
    saved = await _written(call, lambda changes: changes.delete(type_name, resource_id, if_match=if_match))
    return responses.saved(saved, base=_base(call), prefer="minimal")


async def transaction(call: Call) -> Answer:
    limit = call.server.settings.body_limit_bytes
    entries = await call.server.in_thread(bundle.entries, await requests.resource(call.request, limit=limit))
    for entry in entries:
        call.by.require(bundle.LETTERS[entry.method], entry.type_name)
    saved = await _written(call, lambda changes: bundle.run(changes, entries))
    return responses.transaction(saved, base=_base(call), prefer=_return(call))


async def search_by_get(call: Call) -> Answer:
    return await _search(call, requests.query(call.request))


async def search_by_post(call: Call) -> Answer:
    """A search whose criteria stand in the body, where no log or proxy sees them."""
    fields = await incoming.form(call.request, limit=_FORM_LIMIT_BYTES)
    return await _search(call, [*requests.query(call.request), *fields])


async def _search(call: Call, pairs: search.Pairs) -> Answer:
    type_ = judging.held(call.path("type"))
    call.by.require("s", type_.name)
    cursors: Cursors = call.request.app.state.cursors
    cursor, after = dict(pairs).get("_cursor"), 0
    if cursor is not None:
        pairs, after = cursors.opened(type_.name, cursor)
    is_lenient = requests.preference(call.request, "handling") == "lenient"
    query = search.parsed(type_, pairs, after=after, is_lenient=is_lenient)
    statement, parameters = search_sql.statement(query, call.by)
    rows = await call.server.door.rows(statement, parameters)
    page, has_more = rows[: query.count], len(rows) > query.count
    links = {"self": _self_link(call, type_.name, query, cursor, cursors)}
    if has_more:
        asked = [*query.asked]
        links["next"] = f"{_base(call)}/{type_.name}?_cursor={cursors.sealed(type_.name, asked, page[-1][0])}"
    return Answer(
        200,
        responses.search_set(
            page,
            base=_base(call),
            type_name=type_.name,
            links=links,
            total=len(page) if not after and not has_more else None,
            warnings=query.warnings,
        ),
        action="search",
        resource_type=type_.name,
        query=urlencode(query.asked),
        disclosed=" ".join(row[1] for row in page),
    )


def _self_link(call: Call, type_name: str, query: search.Query, cursor: str | None, cursors: Cursors) -> str:
    """The search as a URL: sealed where it came in a body or names a person, since URLs end up in logs."""
    url = f"{_base(call)}/{type_name}"
    if cursor is not None:
        return f"{url}?_cursor={cursor}"
    names_a_person = any(nhs_number.is_named_in(value) for _, value in query.asked)
    if names_a_person or call.request.method == "POST":
        return f"{url}?_cursor={cursors.sealed(type_name, query.asked, 0)}"
    return f"{url}?{urlencode(query.asked)}" if query.asked else url


def _named(call: Call) -> tuple[str, str]:
    """The type and the id in the URL. Raises NotFound for what can be neither."""
    type_name, resource_id = judging.held(call.path("type")).name, call.path("id")
    if not _ID.fullmatch(resource_id):
        raise NotFound(f"There is no such {type_name}: an id is up to 64 letters, digits, dots and dashes")
    return type_name, resource_id


def _base(call: Call) -> str:
    return call.server.settings.fhir_url


def _return(call: Call) -> str:
    return requests.preference(call.request, "return")


def _if_match(call: Call) -> int | None:
    given = call.request.headers.get("if-match", "")
    return bundle.etag_version(given) if given else None


async def _resource(call: Call, type_name: str) -> Body:
    resource = await requests.resource(call.request, limit=call.server.settings.body_limit_bytes)
    if resource.get("resourceType") != type_name:
        raise Unreadable(f"The resource should be a {type_name}, as the URL says", expression="resourceType")
    return resource


async def _written(call: Call, work: Callable[[Writing], Result]) -> Result:
    """Runs `work` in one transaction, committed before this returns, and so before the answer leaves."""

    def in_transaction() -> Result:
        with (
            call.server.database.transaction() as session,
            write.writing(session, by=call.by, at=clock.now(), request_id=call.request_id) as changes,
        ):
            return work(changes)

    return await call.server.in_thread(in_transaction)
