"""The read door of PostgreSQL: connections of our own, on which each statement is prepared once."""

import asyncio
from collections.abc import Generator, Mapping
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.expression import Executable

from service import db, read_door
from service.db import Database
from service.errors import TooCostly
from service.read_door import Parameters, ReadDoor, Row, Script

_Compiled = Generator[tuple[str, list[Any], bool], list[Row], Any]
"""A script whose statements are text, with the values of each, and whether it asks for rows."""


class PostgresqlDoor(ReadDoor):
    CONNECTIONS = 8
    has_one_writer = False

    def __init__(self, database: Database) -> None:
        super().__init__()
        # The asyncpg dialect of SQLAlchemy numbers parameters as PostgreSQL does ($1, $2 …), which is what we need.
        self.dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
        self._dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._idle: asyncio.LifoQueue[_Pinned] = asyncio.LifoQueue()

    async def open(self) -> None:
        for _ in range(self.CONNECTIONS):
            self._idle.put_nowait(_Pinned(self._dsn))

    async def close(self) -> None:
        while not self._idle.empty():
            await self._idle.get_nowait().close()

    async def rows(self, statement: Executable, parameters: Parameters) -> list[Row]:
        query = self._query(statement)
        given = query.arguments(parameters)
        values = [given[name] for name in query.names]
        pinned = await self._idle.get()
        try:
            return query.converted(await pinned.fetch(query.sql, values))
        finally:
            self._idle.put_nowait(pinned)

    async def commit(self, script: Script) -> Any:
        pinned = await self._idle.get()
        try:
            return await pinned.commit(self._compiled(script))
        finally:
            self._idle.put_nowait(pinned)

    def _compiled(self, script: Script) -> _Compiled:
        """The script with its statements as text, and values in the order in which PostgreSQL numbers them."""
        try:
            statement, given = next(script)
            while True:
                query = self._query(statement)
                many = [query.arguments(row) for row in ([given] if isinstance(given, Mapping) else given)]
                values = [[row[name] for name in query.names] for row in many]
                rows = yield (
                    query.sql,
                    (values[0] if isinstance(given, Mapping) else values),
                    isinstance(given, Mapping),
                )
                statement, given = script.send(query.converted(rows))
        except StopIteration as end:
            return end.value


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InternalClientError,  # the server's farewell came between two messages
    OSError,
)
"""What the server or the network did to a connection. What is wrong with a statement is a fault of ours."""


class _Pinned:
    """A connection that stays ours, with each statement prepared once; opened anew when the server dropped it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None
        self._prepared: dict[str, Any] = {}

    async def fetch(self, sql: str, values: list[Any]) -> list[Row]:
        try:
            return await self._fetch(sql, values)
        except asyncpg.QueryCanceledError as error:
            raise TooCostly(read_door.TOO_LONG) from error
        except _LOST:  # a read may be repeated: once, on a fresh connection
            await self.close()
        try:
            return await self._fetch(sql, values)
        except _LOST as error:
            await self.close()
            db.refuse(error)

    async def _fetch(self, sql: str, values: list[Any]) -> list[Row]:
        rows: list[Row] = await (await self._statement(sql)).fetch(*values)
        return rows

    async def _statement(self, sql: str) -> Any:
        connection = await self._open()
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = await connection.prepare(sql)
            if len(self._prepared) > 256:
                self._prepared.clear()
            self._prepared[sql] = prepared
        return prepared

    async def commit(self, script: _Compiled) -> Any:
        try:
            connection = await self._open()
            async with connection.transaction():
                return await self._run(script)
        except _LOST as error:
            await self.close()
            db.refuse(error)

    async def _run(self, script: _Compiled) -> Any:
        try:
            sql, values, is_asking = next(script)
            while True:
                statement = await self._statement(sql)
                rows = await (statement.fetch(*values) if is_asking else statement.executemany(values))
                sql, values, is_asking = script.send(rows or [])
        except StopIteration as end:
            return end.value

    async def _open(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._prepared.clear()
            longest = {"statement_timeout": str(int(1000 * read_door.LONGEST))}
            self._connection = await asyncpg.connect(self._dsn, server_settings=longest)
        return self._connection

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            connection.terminate()
