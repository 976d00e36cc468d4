"""The database, through two doors with one source of SQL.

The transaction door (`Database.transaction`, `Database.reading`): plain sync sessions, for writes, reports, commands.
The read door (`read_door.py`): async, for the requests that carry the load; the same Core statements on the raw driver.

What differs between SQLite and PostgreSQL stands here, in the two doors and in `expressions.py`, and nowhere else.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    Engine,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from service.errors import Unavailable

_Insert = TypeVar("_Insert", postgresql.Insert, sqlite.Insert)

Key = BigInteger().with_variant(Integer, "sqlite")
"""A primary key that the database numbers; SQLite numbers only INTEGER."""

Sortable = String().with_variant(String(collation="C"), "postgresql")
"""Text that sorts by its bytes on both databases: codes, ids, dates, folded names."""

CONNECTIONS = 10
"""How many transactions run at once in one process; more wait their turn in the thread pool, not for a connection."""


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: `timestamptz` on PostgreSQL, sortable text on SQLite, which would drop the zone."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone")
        if dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if value else None


def table(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class: statements are built on it once, at module level."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it


class Database:
    """One database, whichever it is. Open it once in a process; close it at the end."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # SQLite has one writer. Waiting for it in our own queue keeps waits short; its busy timeout polls.
        self.one_writer = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed at the end of the block, or not at all. Raises Unavailable when locked."""
        try:
            with self.one_writer, Session(self.engine) as session, session.begin():
                session.connection()  # SQLite's writer is alone from here on, so before the block looks at the clock
                yield session
        except (OperationalError, TimeoutError) as error:
            refuse(getattr(error, "orig", None) or error)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database throughout, and changes nothing."""
        options = (
            {"reading": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        try:
            with Session(self.engine.execution_options(**options)) as session:
                yield session
        except (OperationalError, TimeoutError) as error:
            refuse(getattr(error, "orig", None) or error)

    def hurry(self, seconds: float) -> None:
        """For who serves: no statement of a connection made from now on takes longer, or else is Unavailable.

        Commands take their time. On SQLite a transaction has nobody else's to wait for.
        """
        longest = f"-c statement_timeout={seconds * 1000:.0f}"

        def connecting(dialect: Dialect, record: object, arguments: object, named: dict[str, Any]) -> None:
            named["options"] = f"{named.get('options', '')} {longest}".strip()

        if not self.is_sqlite:
            event.listen(self.engine, "do_connect", connecting)

    def close(self) -> None:
        self.engine.dispose()


def refuse(error: BaseException) -> NoReturn:
    """Raises Unavailable for what passes by itself; a fault in our SQL stays what it is, and is not its own cause."""
    if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF not in _PASSING:
        raise error from None
    raise Unavailable("The database is busy or out of reach; send the same request again") from error


_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)


def lock(session: Session, names: Iterable[str]) -> None:
    """Holds these names until the end of the transaction; sorted, so that no two transactions wait for each other.

    On SQLite a transaction that writes is alone already.
    """
    wanted = sorted(set(names))
    if wanted and session.get_bind().dialect.name == "postgresql":
        session.execute(_ADVISORY_LOCKS, {"names": wanted})


def next_keys(
    session: Session, table: Table, count: int, *, after: int = 0, gone: ColumnElement[int] | None = None
) -> list[int]:
    """Primary keys for so many rows that are about to be added, in rising order.

    On SQLite the one writer counts on from the highest, or from `after`: the last one that it was given and has not
    used yet. `gone` is the highest that was ever removed: no key is given twice.
    """
    if session.get_bind().dialect.name == "postgresql":
        return list(session.execute(_NEXT_KEYS, {"table": table.name, "count": count}).scalars())
    # Each by itself: SQLite finds a highest by its index only where nothing else is asked.
    here = select(func.max(table.c.pk)).scalar_subquery()
    highest = session.execute(select(here, gone if gone is not None else null())).one()
    first = max(after, *(key or 0 for key in highest)) + 1
    return list(range(first, first + count))


_NEXT_KEYS = text("SELECT nextval(pg_get_serial_sequence(:table, 'pk')) FROM generate_series(1, :count)")


def hold_writers(session: Session, table: Table) -> None:
    """Lets nobody else write to a table until the end of the transaction; readers go on."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))


CLOCKS_DIFFER = timedelta(seconds=1)
"""As much as a look at the clock may lie before the transaction that it belongs to begins, or two machines differ."""


def may_still_be_written(session: Session, as_of: datetime, *, at: datetime) -> bool:
    """Whether a transaction that looked at the clock by `as_of` may not have ended yet, when it is `at`.

    On SQLite none may where a writer chose `as_of`: it was alone. Transactions of other database users do not count.
    """
    if session.get_bind().dialect.name != "postgresql":
        return False
    began_by = as_of + CLOCKS_DIFFER
    return at <= began_by or session.execute(_RUNNING_SINCE, {"began_by": began_by}).first() is not None


_RUNNING_SINCE = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND xact_start <= :began_by LIMIT 1"
)

_ADVISORY_LOCKS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
)


def insert_many(session: Session, rows: Mapping[Table, Sequence[Mapping[str, Any]]]) -> None:
    """Adds all rows, one statement a table."""
    for into, values in rows.items():
        if values:
            session.execute(into.insert(), list(values))


def upsert(session: Session, into: Table, rows: Sequence[Mapping[str, Any]], *, beside: str) -> int:
    """Adds rows, or replaces those of the same primary key that say something else; tells how many it changed.

    Each row gives every column, and no two have the same key. The column `beside` makes no difference by itself: it
    says whence a row is. PostgreSQL takes the rows as one array a column, twice as fast as one by one.
    """
    if not rows:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        names = [column.name for column in into.columns]
        whole = _replacing(postgresql.insert(into).from_select(names, _unnested(into, rows)), into, beside)
        return session.connection().execute(whole, execution_options=_COUNTED).rowcount
    each = _replacing(sqlite.insert(into), into, beside)
    return session.connection().execute(each, list(rows), execution_options=_COUNTED).rowcount


_COUNTED: CoreExecuteOptionsParameter = {"preserve_rowcount": True}


def _unnested(into: Table, rows: Sequence[Mapping[str, Any]]) -> Select[Any]:
    arrays = (
        bindparam(column.name, [row[column.name] for row in rows], type_=ARRAY(column.type)) for column in into.columns
    )
    return select(func.unnest(*arrays).table_valued(*(column.name for column in into.columns)).render_derived())


def _replacing(adding: _Insert, into: Table, beside: str) -> _Insert:
    replaced = {column.name: adding.excluded[column.name] for column in into.columns if not column.primary_key}
    differs = [into.c[name].is_distinct_from(value) for name, value in replaced.items() if name != beside]
    return adding.on_conflict_do_update(index_elements=list(into.primary_key), set_=replaced, where=or_(*differs))


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        _make_private(Path(path))
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,  # the connection that wrote last has its pages in memory; any other reads them anew
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        configure_sqlite(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _make_private(path: Path) -> None:
    """Makes the file before SQLite does, which would let everybody on the machine read it. Its journals follow it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def configure_sqlite(connection: Any) -> None:
    """Durable (FULL), many readers beside one writer (WAL), and constraints that are enforced.

    Not mapped into memory: after each commit of another connection a mapped read costs three times an unmapped one.
    """
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "cache_size=-65536",
        "mmap_size=0",
        "wal_autocheckpoint=4000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,  # the connection used last has its statements prepared
        pool_pre_ping=True,
        hide_parameters=True,
    )
