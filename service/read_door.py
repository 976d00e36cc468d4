"""The read door: Core statements, compiled once to text, run on the raw driver from the event loop.

SQLite is called in line (a look-up by key costs less than handing it to a thread). PostgreSQL is asked through
connections of our own, on which each statement is prepared once. `commit` runs a script in one durable commit.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.sql.expression import Executable
from sqlmodel import Session

LONGEST = 5.0
"""Seconds that one read may take: on SQLite all others wait for it, on PostgreSQL it holds one of few connections."""
TOO_LONG = "This would take too long: ask for one person, for fewer, or in another order"

Result = TypeVar("Result")
Row = Sequence[Any]
Parameters = Mapping[str, Any]
Step = tuple[Executable, Parameters | Sequence[Parameters]]
Script = Generator[Step, list[Row], Any]
"""What one transaction does, whichever door runs it: it yields a statement with parameters, and is given the rows; or
with a list of them, for a statement that gives none. What it returns is returned once that is committed."""


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

    def values(self, parameters: Parameters) -> Any:
        """The same as the driver takes them: in order where it numbers them."""
        given = self.arguments(parameters)
        return tuple(given[name] for name in self.names) if self.names else given

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
    has_one_writer: bool
    """Whether writers wait for each other, so that what one has read before it writes is still so."""

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
    async def commit(self, script: Script) -> Any:
        """Runs a script in a transaction of its own."""


def run(session: Session, script: Script) -> Any:
    """Runs a script in a transaction that is open, past what SQLAlchemy would look up for each statement anew."""
    connection = session.connection()
    try:
        statement, given = next(script)
        while True:
            query = _of_driver(statement, connection.dialect)
            if isinstance(given, Mapping):
                found = connection.exec_driver_sql(query.sql, query.values(given)).all()
                statement, given = script.send(query.converted(list(found)))
            else:
                connection.exec_driver_sql(query.sql, [query.values(row) for row in given])
                statement, given = script.send([])
    except StopIteration as end:
        return end.value


_OF_DRIVERS: dict[tuple[Executable, str], _Query] = {}


def _of_driver(statement: Executable, dialect: Dialect) -> _Query:
    query = _OF_DRIVERS.get((statement, dialect.name))
    if query is None:
        query = _OF_DRIVERS[statement, dialect.name] = _compiled(statement, dialect)
    return query


def _compiled(statement: Executable, dialect: Dialect) -> _Query:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every one has it
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
        self.has_one_writer = self.dialect.name == "sqlite"

    async def open(self) -> None:
        """Open already, as is its transaction."""

    async def close(self) -> None:
        """Closed with its transaction."""

    async def rows(self, statement: Executable, parameters: Parameters) -> list[Row]:
        return list(self._session.execute(statement, dict(parameters)))

    async def commit(self, script: Script) -> Any:
        """Committed with its transaction."""
        return run(self._session, script)


class WouldWait(RuntimeError):
    """Something that was to be done at once has to wait."""


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """What work on a `SessionDoor` comes to, run to its end without an event loop. Raises WouldWait for any other."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    work.close()
    raise WouldWait
