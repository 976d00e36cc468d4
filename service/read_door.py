"""The read door: Core statements, compiled once to text, run on the raw driver from the event loop.

SQLite is called in line (a look-up by key costs less than handing it to a thread). PostgreSQL is asked through
connections of our own, on which each statement is prepared once. `append` adds rows in one durable commit.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Dialect, Insert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.expression import Executable
from sqlmodel import Session

from service import clock, db
from service.db import Database, configure_sqlite
from service.errors import TooCostly

LONGEST = 5.0
"""Seconds that one read may take: on SQLite all others wait for it, on PostgreSQL it holds one of few connections."""
_STEPS = 100_000  # of SQLite's machine, about a millisecond, between two looks at the clock
_TOO_LONG = "This would take too long: ask for one person, for fewer, or in another order"

Row = Sequence[Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Query:
    sql: str
    names: tuple[str, ...]
    constants: dict[str, Any]
    bind: dict[str, Callable[[Any], Any]]
    results: tuple[tuple[int, Callable[[Any], Any]], ...]

    def arguments(self, parameters: Parameters) -> dict[str, Any]:
        if not self.constants and not self.bind:
            return parameters if isinstance(parameters, dict) else dict(parameters)
        given = {**self.constants, **parameters}
        for name, convert in self.bind.items():
            given[name] = convert(given[name])
        return given

    def converted(self, rows: list[Row]) -> list[Row]:
        if not self.results:
            return rows
        return [self._converted(list(row)) for row in rows]

    def _converted(self, row: list[Any]) -> list[Any]:
        for position, convert in self.results:
            row[position] = convert(row[position])
        return row


class ReadDoor(ABC):
    """Async reads of one database. Two implementations, because the two drivers have nothing in common."""

    dialect: Dialect

    def __init__(self) -> None:
        self._queries: dict[Executable, _Query] = {}

    def _query(self, statement: Executable) -> _Query:
        query = self._queries.get(statement)
        if query is None:
            if len(self._queries) > 1000:  # shapes of searches are many, not endless; start afresh rather than grow
                self._queries.clear()
            query = self._queries[statement] = _compiled(statement, self.dialect)
        return query

    @abstractmethod
    async def open(self) -> None: ...
    @abstractmethod
    async def close(self) -> None: ...
    @abstractmethod
    async def rows(self, statement: Executable, parameters: Parameters) -> list[Row]: ...
    async def passing(self, statement: Executable, parameters: Parameters) -> list[Row]:
        """The same, of what nobody will ask for again soon: it pushes nothing out of memory, and takes none."""
        return await self.rows(statement, parameters)

    @abstractmethod
    async def append(self, statement: Insert, rows: Sequence[Parameters]) -> None: ...


def of(database: Database) -> ReadDoor:
    return _SqliteDoor(database) if database.is_sqlite else _PostgresqlDoor(database)


def _compiled(statement: Executable, dialect: Dialect) -> _Query:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    columns = getattr(compiled, "_result_columns", ())
    # asyncpg gives instants in UTC, and everything else as it should be, by itself.
    columns = () if dialect.name == "postgresql" else columns
    results = [
        (at, column.type.dialect_impl(dialect).result_processor(dialect, None)) for at, column in enumerate(columns)
    ]
    return _Query(
        sql=str(compiled),
        names=tuple(compiled.positiontup or ()),
        constants=constants,
        bind=dict(compiled._bind_processors),
        results=tuple((at, convert) for at, convert in results if convert),
    )


class SessionDoor(ReadDoor):
    """The door of a transaction's own connection: the same reads see what it has written. Nothing here waits."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.dialect = session.get_bind().dialect

    async def open(self) -> None:
        """Open already, as is its transaction."""

    async def close(self) -> None:
        """Closed with its transaction."""

    async def rows(self, statement: Executable, parameters: Parameters) -> list[Row]:
        return list(self._session.execute(statement, dict(parameters)))

    async def append(self, statement: Insert, rows: Sequence[Parameters]) -> None:
        self._session.execute(statement, [dict(row) for row in rows])


class _SqliteDoor(ReadDoor):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self.dialect = SQLiteDialect_pysqlite(paramstyle="named")
        self._path = database.url.database or ""
        self._one_writer: Any = database.one_writer  # a lock, on SQLite

    async def open(self) -> None:
        self._until = clock.elapsed() + LONGEST
        self._reading = self._connect_to_read()
        self._passing = self._connect_to_read()
        self._passing.execute("PRAGMA cache_size=-2048").close()
        self._appending = self._connect()
        self._appending_now = self._connect()
        self._appending_now.execute("PRAGMA busy_timeout=0").close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, cached_statements=256, check_same_thread=False)
        configure_sqlite(connection)
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("PRAGMA query_only=1").close()
        connection.set_progress_handler(self._is_too_long, _STEPS)
        return connection

    def _is_too_long(self) -> bool:
        return clock.elapsed() > self._until

    async def close(self) -> None:
        self._reading.close()
        self._passing.close()
        self._appending.close()
        self._appending_now.close()

    async def rows(self, statement: Executable, parameters: Parameters) -> list[Row]:
        return self._rows(self._reading, statement, parameters)

    async def passing(self, statement: Executable, parameters: Parameters) -> list[Row]:
        return self._rows(self._passing, statement, parameters)

    def _rows(self, connection: sqlite3.Connection, statement: Executable, parameters: Parameters) -> list[Row]:
        query = self._query(statement)
        self._until = clock.elapsed() + LONGEST
        try:
            return query.converted(connection.execute(query.sql, query.arguments(parameters)).fetchall())
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TooCostly(_TOO_LONG) from error
            raise db.refusal(error) from error

    async def append(self, statement: Insert, rows: Sequence[Parameters]) -> None:
        query = self._query(statement)
        given = [query.arguments(row) for row in rows]
        try:
            # A commit costs less than handing it to a thread; only a turn that must be waited for is.
            if not self._append_now(query.sql, given):
                await asyncio.to_thread(self._append_in_turn, query.sql, given)
        except sqlite3.OperationalError as error:
            raise db.refusal(error) from error

    def _append_now(self, sql: str, rows: list[dict[str, Any]]) -> bool:
        """Whether nobody else was writing, here or in another process, so that the rows are committed."""
        if not self._one_writer.acquire(blocking=False):
            return False
        try:
            self._append(self._appending_now, sql, rows)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self._one_writer.release()
        return True

    def _append_in_turn(self, sql: str, rows: list[dict[str, Any]]) -> None:
        with self._one_writer:
            self._append(self._appending, sql, rows)

    def _append(self, connection: sqlite3.Connection, sql: str, rows: list[dict[str, Any]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(sql, rows)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


class _PostgresqlDoor(ReadDoor):
    CONNECTIONS = 8

    def __init__(self, database: Database) -> None:
        super().__init__()
        # The asyncpg dialect of SQLAlchemy numbers parameters as PostgreSQL does ($1, $2 …), which is what we need.
        self.dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
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

    async def append(self, statement: Insert, rows: Sequence[Parameters]) -> None:
        query = self._query(statement)
        arguments = [query.arguments(row) for row in rows]
        pinned = await self._idle.get()
        try:
            await pinned.append(query.sql, [[row[name] for name in query.names] for row in arguments])
        finally:
            self._idle.put_nowait(pinned)


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
            raise TooCostly(_TOO_LONG) from error
        except _LOST:  # a read may be repeated: once, on a fresh connection
            await self.close()
        try:
            return await self._fetch(sql, values)
        except _LOST as error:
            await self.close()
            raise db.refusal(error) from error

    async def _fetch(self, sql: str, values: list[Any]) -> list[Row]:
        connection = await self._open()
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = await connection.prepare(sql)
            if len(self._prepared) > 256:
                self._prepared.clear()
            self._prepared[sql] = prepared
        return await prepared.fetch(*values)  # type: ignore[no-any-return]

    async def append(self, sql: str, rows: list[list[Any]]) -> None:
        try:
            await (await self._open()).executemany(sql, rows)
        except _LOST as error:
            await self.close()
            raise db.refusal(error) from error

    async def _open(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._prepared.clear()
            longest = {"statement_timeout": str(int(1000 * LONGEST))}
            self._connection = await asyncpg.connect(self._dsn, server_settings=longest)
        return self._connection

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            connection.terminate()
