"""Searching over HTTP: by GET, and by POST so that no log or proxy sees what is asked; paging by sealed links."""

from urllib.parse import urlencode

from service import incoming
from service.api import requests, responses
from service.api.cursors import Cursors
from service.api.server import Answer, Call
from service.register import nhs_number
from service.store import judging, search, search_sql
from service.store.search_sql import Match

_FORM_LIMIT_BYTES = 65_536


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
    after: search.Place = ()
    cursor = dict(pairs).get("_cursor")
    if cursor is not None:
        pairs, reached = cursors.opened(type_.name, cursor)
        after = tuple(reached)
    is_lenient = requests.preference(call.request, "handling") == "lenient"
    query = search.parsed(type_, pairs, after=after, is_lenient=is_lenient)
    statement, parameters = search_sql.statement(query, call.by)
    rows = [Match(*row) for row in await call.server.door.rows(statement, parameters)]
    page, has_more = rows[: query.count], len(rows) > query.count
    links = {"self": _self_link(call, type_.name, query, cursor, cursors)}
    if has_more:
        asked = [*query.asked]
        links["next"] = (
            f"{call.base}/{type_.name}?_cursor={cursors.sealed(type_.name, asked, search_sql.place(page[-1]))}"
        )
    return Answer(
        200,
        responses.search_set(
            page,
            base=call.base,
            links=links,
            total=len(page) if not after and not has_more else None,
            warnings=query.warnings,
        ),
        action="search",
        resource_type=type_.name,
        query=urlencode(query.asked),
        disclosed=" ".join(match.id for match in page),
    )


def _self_link(call: Call, type_name: str, query: search.Query, cursor: str | None, cursors: Cursors) -> str:
    """The search as a URL: sealed where it came in a body or names a person, since URLs end up in logs."""
    url = f"{call.base}/{type_name}"
    if cursor is not None:
        return f"{url}?_cursor={cursor}"
    names_a_person = any(nhs_number.is_named_in(value) for _, value in query.asked)
    if names_a_person or call.request.method == "POST":
        return f"{url}?_cursor={cursors.sealed(type_name, query.asked, ())}"
    return f"{url}?{urlencode(query.asked)}" if query.asked else url
