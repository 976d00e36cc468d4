"""The servers that are compared: Heartsease as it is, Heartsease with one part taken out, and the bare references.

`python -m scripts.benchmarks.servers VARIANT PORT WORKERS` serves one of them as `heartsease serve` does. The parts
are taken out here and nowhere else: nothing in Heartsease can be switched off.
"""

import sqlite3
import sys
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service import actor, app, audit, serving
from service.access import tokens
from service.config import settings
from service.db import Database, configure_sqlite
from service.store import judging

SEARCH_SET = b'{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}'
ENTRY = b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}'
BY_ID = "SELECT version, body FROM resource WHERE resource_type = {0} AND id = {1}"
BY_VALUE = (
    "SELECT r.id, r.body FROM search_index i JOIN resource r ON r.pk = i.resource_pk "
    "WHERE i.resource_type = {0} AND i.param = {1} AND i.value = {2}"
)
HEADERS = [(b"content-type", b"application/fhir+json; charset=utf-8")]


def heartsease() -> Any:
    return app.create(settings(), Database(settings().database))


def unvalidated() -> Any:
    """Heartsease that believes every resource."""
    judging.findings = lambda resource: []
    return heartsease()


def unguarded() -> Any:
    """Heartsease that asks for no token, shows everyone everything, and writes down no disclosure."""
    someone = actor.everything("bench")

    async def anyone(self: tokens.Tokens, header: str) -> actor.Actor:
        return someone

    tokens.Tokens.actor = anyone  # type: ignore[method-assign]  # what is measured is the rest
    return unaudited()


def unaudited() -> Any:
    """Heartsease that writes down no disclosure."""

    async def nothing(self: audit.GroupCommit, *events: dict[str, Any]) -> None: ...

    audit.GroupCommit.write = nothing  # type: ignore[method-assign]  # what is measured is the rest
    return heartsease()


def bare() -> Any:
    """The least that answers the same reads and searches from the same tables."""
    database = Database(settings().database)
    return _bare_sqlite(database.url.database or "") if database.is_sqlite else _bare_postgresql(database)


def _bare_sqlite(path: str) -> Any:
    """An ASGI application without a framework, which calls sqlite3 in line."""
    connection = sqlite3.connect(path, isolation_level=None)
    configure_sqlite(connection)
    by_id, by_value = BY_ID.format("?", "?"), BY_VALUE.format("?", "?", "?")

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await _lifespan(receive, send)
        type_name, _, rest = scope["path"].removeprefix("/fhir/R4/").partition("/")
        if rest and rest != "_search":
            row = connection.execute(by_id, (type_name, rest)).fetchone()
            status, body = (200, row[1]) if row else (404, b"")
        else:
            asked = (await receive())["body"] if rest else scope["query_string"]
            status, body = 200, _joined(type_name, connection.execute(by_value, (type_name, *_criterion(asked))))
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    return application


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def _bare_postgresql(database: Database) -> Any:
    """Plain Starlette routes, which ask asyncpg over connections of their own with statements prepared once."""
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    idle: list[Any] = []

    async def prepared() -> Any:
        if idle:
            return idle.pop()
        connection = await asyncpg.connect(dsn)
        return (
            await connection.prepare(BY_ID.format("$1", "$2")),
            await connection.prepare(BY_VALUE.format("$1", "$2", "$3")),
            connection,
        )

    async def read(request: Request) -> Response:
        statements = await prepared()
        row = await statements[0].fetchrow(request.path_params["type"], request.path_params["id"])
        idle.append(statements)
        return Response(row["body"] if row else b"", 200 if row else 404, media_type=HEADERS[0][1].decode())

    async def search(request: Request) -> Response:
        asked = await request.body() or request.scope["query_string"]
        statements = await prepared()
        type_name = request.path_params["type"]
        rows = await statements[1].fetch(type_name, *_criterion(asked))
        idle.append(statements)
        return Response(_joined(type_name, rows), media_type=HEADERS[0][1].decode())

    routes = [
        Route("/fhir/R4/{type}/_search", search, methods=["POST"]),
        Route("/fhir/R4/{type}/{id}", read),
        Route("/fhir/R4/{type}", search),
    ]
    return Starlette(routes=routes)


def _criterion(asked: bytes) -> tuple[str, str]:
    """The parameter and value of a search by one criterion."""
    param, value = parse_qsl(asked.decode())[0]
    return (param, f"Patient/{value}") if param == "patient" else (param, value.rpartition("|")[2])


def _joined(type_name: str, rows: Any) -> bytes:
    base = settings().fhir_url.encode()
    entries = [ENTRY % (base, type_name.encode(), row[0].encode(), row[1]) for row in rows]
    return SEARCH_SET % (len(entries), b",".join(entries))


if __name__ == "__main__":
    variant, port, workers = sys.argv[1:]
    uvicorn.run(
        f"scripts.benchmarks.servers:{variant}",
        factory=True,
        host="127.0.0.1",
        port=int(port),
        workers=int(workers),
        **serving.OPTIONS,
    )
