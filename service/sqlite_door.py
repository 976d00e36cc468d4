"""The read door of SQLite, which is called in line: a look-up by key costs less than handing it to a thread."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.expression import Executable

from service import clock, db, read_door
from service.db import Database, configure_sqlite
from service.errors import TooCostly
from service.read_door import Parameters, ReadDoor, Row

_STEPS = 100_000  # of SQLite's machine, about a millisecond, between two looks at the clock


class SqliteDoor(ReadDoor):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self.dialect = SQLiteDialect_pysqlite(paramstyle="named")
        self._path = database.url.database or ""
        self._one_writer: Any = database.one_writer  # a lock, on SQLite

    async def open(self) -> None:
        self._until = clock.elapsed() + read_door.LONGEST
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
        self._until = clock.elapsed() + read_door.LONGEST
        try:
            return query.converted(connection.execute(query.sql, query.arguments(parameters)).fetchall())
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TooCostly(read_door.TOO_LONG) from error
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
