"""The read door of SQLite, which is called in line: a look-up by key costs less than handing it to a thread."""

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.expression import Executable

from service import clock, db, read_door
from service.db import Database, configure_sqlite
from service.errors import TooCostly
from service.read_door import Parameters, ReadDoor, Row, Script

_STEPS = 100_000  # of SQLite's machine, about a millisecond, between two looks at the clock
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has the one, Linux the other too


class SqliteDoor(ReadDoor):
    has_one_writer = True

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
        self._appending_now.execute("PRAGMA synchronous=NORMAL").close()  # `_on_disk` sees to it
        self._appending_now.execute("SELECT 1 FROM sqlite_master").close()  # opens the journal, which stays from now on
        self._journal = os.open(f"{self._path}-wal", os.O_RDWR)
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix="audit")

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
        self._syncing.shutdown()
        os.close(self._journal)

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
            db.refuse(error)

    async def commit(self, script: Script) -> Any:
        try:
            # A commit costs less than handing it to a thread; only a turn that must be waited for is, and the disk.
            if not self._one_writer.acquire(blocking=False):
                return await asyncio.to_thread(self._commit_in_turn, script)
            try:
                done, result = self._commit_now(script)
            finally:
                self._one_writer.release()
            if not done:
                return await asyncio.to_thread(self._commit_in_turn, script)
            await self._on_disk()
            return result
        except (OSError, sqlite3.OperationalError) as error:
            db.refuse(error)

    def _commit_now(self, script: Script) -> tuple[bool, Any]:
        """Whether no other process was writing, so that the script is committed; and what it returned."""
        try:
            self._appending_now.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False, None
        return True, self._run(self._appending_now, script)

    async def _on_disk(self) -> None:
        """Returns once all that was committed is on the disk, as after a commit that waits for it (FULL).

        The journal is the same file as long as a connection is open. Others are answered meanwhile.
        """
        await asyncio.get_running_loop().run_in_executor(self._syncing, _sync, self._journal)

    def _commit_in_turn(self, script: Script) -> Any:
        with self._one_writer:
            self._appending.execute("BEGIN IMMEDIATE")
            return self._run(self._appending, script)

    def _run(self, connection: sqlite3.Connection, script: Script) -> Any:
        """To its end, and commits; or rolls back."""
        try:
            result = self._steps(connection, script)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return result

    def _steps(self, connection: sqlite3.Connection, script: Script) -> Any:
        try:
            statement, given = next(script)
            while True:
                query = self._query(statement)
                if isinstance(given, Mapping):
                    found = connection.execute(query.sql, query.arguments(given)).fetchall()
                    statement, given = script.send(query.converted(found))
                else:
                    connection.executemany(query.sql, [query.arguments(row) for row in given])
                    statement, given = script.send([])
        except StopIteration as end:
            return end.value
