"""Expressions that SQLite and PostgreSQL spell differently, each under one name, and words of ours as constants."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    String,
    Table,
    bindparam,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from service import db

Value = TypeVar("Value")


def constant(value: str) -> ColumnElement[str]:
    """A word of ours, written into the SQL text: no parameter, so no expansion at execution."""
    return literal_column("'" + value.replace("'", "''") + "'", String)


class _Listed(TypeDecorator[Sequence[Any]]):
    """A list of texts or of whole numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, *, of_numbers: bool) -> None:
        super().__init__()
        self.of_numbers = of_numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(BigInteger if self.of_numbers else String))
        return dialect.type_descriptor(String())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))


class _Among(FunctionElement[bool]):
    """Two clauses: what is looked for, and the list."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """A condition as it stands: for SQLite, `… = 1` would be written after it, and no index be used."""
        return self

    def _negate(self) -> ColumnElement[bool]:
        return UnaryExpression(self, operator=operators.inv, type_=Boolean())


@compiles(_Among, "postgresql")
def _any_of_an_array(element: _Among, compiler: Any, **how: Any) -> str:
    column, listed = element.clauses
    return f"{compiler.process(column, **how)} = ANY ({compiler.process(listed, **how)})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **how: Any) -> str:
    column, listed = element.clauses
    return f"{compiler.process(column, **how)} IN (SELECT value FROM json_each({compiler.process(listed, **how)}))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """True for what is in a list that is given as one parameter: one statement, however long the list."""
    return _Among(column, bindparam(name, type_=_Listed(of_numbers=isinstance(column.type, Integer))))


class _Spelt(FunctionElement[Value]):
    """A function of SQL that each database spells in its own way: `{}` or `{0}` stands for a clause."""

    name: ClassVar[str]
    postgresql: ClassVar[str]
    sqlite: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__.strip("_")
        cls.inherit_cache = True  # the class and its clauses are all that there is
        super().__init_subclass__()


@compiles(_Spelt)
def _as_spelt(element: _Spelt[Any], compiler: SQLCompiler, **how: Any) -> str:
    spelling = element.sqlite if compiler.dialect.name == "sqlite" else element.postgresql
    return spelling.format(*(compiler.process(clause, **how) for clause in element.clauses))


class position(_Spelt[int]):  # noqa: N801  # a function of SQL
    """Where a text first holds another one, counted from 1; zero where it does not. Takes the text and the other."""

    type = Integer()
    postgresql = "strpos({}, {})"
    sqlite = "instr({}, {})"


class _AsColumns(_Spelt[str]):
    """One clause."""

    type = String()
    postgresql = '{} COLLATE "default"'
    sqlite = "{}"


def as_columns(text: ColumnElement[str]) -> ColumnElement[str]:
    """Text of the index (`Sortable`), to be looked up in a column that is not: PostgreSQL uses that one's index."""
    return _AsColumns(text)


class _NextKeys(FunctionElement[Any]):
    """Two clauses: the name of the table as a literal column, and how many."""

    name = "next_keys"
    type = NullType()
    inherit_cache = True


@compiles(_NextKeys, "postgresql")
def _from_the_sequence(element: _NextKeys, compiler: Any, **how: Any) -> str:
    table, count = (compiler.process(clause, **how) for clause in element.clauses)
    return f"ARRAY(SELECT nextval('{table}_pk_seq') FROM generate_series(1, {count}))"


@compiles(_NextKeys, "sqlite")
def _after_the_highest(element: _NextKeys, compiler: Any, **how: Any) -> str:
    table, count = (compiler.process(clause, **how) for clause in element.clauses)
    return f"(SELECT coalesce(max(pk), 0) + 1 FROM {table} WHERE {count} > 0)"


def next_keys(table: Table, count: str) -> ColumnElement[Any]:
    """Primary keys for as many rows as a parameter says: SQLite, with one writer, tells the first (`numbered`)."""
    return _NextKeys(literal_column(table.name), bindparam(count, type_=Integer()))


def numbered(keys: Any, count: int) -> Sequence[int]:
    """The keys that `next_keys` told of, in rising order."""
    return range(keys, keys + count) if isinstance(keys, int) else sorted(keys)


class day(_Spelt[str]):  # noqa: N801  # a function of SQL
    """The day in UTC of an instant (`db.Instant`), as `2026-03-31`."""

    type = String()
    postgresql = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    sqlite = "substr({}, 1, 10)"


class next_day(_Spelt[date]):  # noqa: N801  # a function of SQL
    """The day after a date, which is before the last one there is (9999-12-31)."""

    type = Date()
    postgresql = "({} + 1)"
    sqlite = "date({}, '+1 day')"


class listed(_Spelt[str]):  # noqa: N801  # a function of SQL
    """Texts of several rows as one, with commas between them. Takes the text of a row; in no order.

    SQLAlchemy's own `aggregate_strings` fills its comma in when it executes, which the read door does not.
    """

    type = String()
    postgresql = "string_agg({}, ',')"
    sqlite = "group_concat({})"


class first_of_month(_Spelt[date]):  # noqa: N801  # a function of SQL
    """The first day of the month that a date lies in."""

    type = Date()
    postgresql = "({0} - (extract(day FROM {0})::integer - 1))"
    sqlite = "(substr({}, 1, 8) || '01')"


class end_of_day(_Spelt[datetime]):  # noqa: N801  # a function of SQL
    """The last instant of a date, as `register.preferences.end_of` tells it."""

    type = db.Instant()
    postgresql = "(({} + time '23:59:59.999999') AT TIME ZONE 'UTC')"
    sqlite = "({} || 'T23:59:59.999999Z')"


class date_of(_Spelt[date]):  # noqa: N801  # a function of SQL
    """The date in UTC of an instant (`db.Instant`)."""

    type = Date()
    postgresql = "(({}) AT TIME ZONE 'UTC')::date"
    sqlite = "substr({}, 1, 10)"


class days_between(_Spelt[int]):  # noqa: N801  # a function of SQL
    """How many days the second of two dates is after the first; negative where it is before."""

    type = Integer()
    postgresql = "({1} - {0})"
    sqlite = "CAST(julianday({1}) - julianday({0}) AS INTEGER)"


class age(_Spelt[int]):  # noqa: N801  # a function of SQL
    """Whole years from a FHIR date of birth (which may be a year or a month only) to a date; NULL of an empty one.

    Who is known by the year or the month alone is as old as they turn in that year or month.
    """

    type = Integer()
    postgresql = (
        "(extract(year FROM {1})::integer - nullif(substr({0}, 1, 4), '')::integer"
        " - (to_char({1}, 'MM-DD') < substr({0}, 6))::integer)"
    )
    sqlite = (
        "(CAST(substr({1}, 1, 4) AS INTEGER) - CAST(nullif(substr({0}, 1, 4), '') AS INTEGER)"
        " - (substr({1}, 6) < substr({0}, 6)))"
    )
