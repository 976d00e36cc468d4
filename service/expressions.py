"""Expressions that SQLite and PostgreSQL spell differently, each under one name, and words of ours as constants."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

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


class position(FunctionElement[int]):  # noqa: N801  # a function of SQL
    """Where a text first holds another one, counted from 1; zero where it does not. Takes the text and the other."""

    name = "position"
    type = Integer()
    inherit_cache = True


@compiles(position)
def _strpos(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(position, "sqlite")
def _instr(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


class _AsColumns(FunctionElement[str]):
    """One clause."""

    name = "as_columns"
    type = String()
    inherit_cache = True


@compiles(_AsColumns, "postgresql")
def _collated_as_columns(element: _AsColumns, compiler: Any, **how: Any) -> str:
    return f'{compiler.process(element.clauses, **how)} COLLATE "default"'


@compiles(_AsColumns, "sqlite")
def _as_it_is(element: _AsColumns, compiler: Any, **how: Any) -> str:
    return str(compiler.process(element.clauses, **how))


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


class day(FunctionElement[str]):  # noqa: N801  # a function of SQL
    """The day in UTC of an instant (`db.Instant`), as `2026-03-31`."""

    name = "day"
    type = String()
    inherit_cache = True


@compiles(day)
def _to_char(element: day, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


@compiles(day, "sqlite")
def _substr(element: day, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 10)"


class next_day(FunctionElement[date]):  # noqa: N801  # a function of SQL
    """The day after a date, which is before the last one there is (9999-12-31)."""

    name = "next_day"
    type = Date()
    inherit_cache = True


@compiles(next_day)
def _plus_one(element: next_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} + 1)"


@compiles(next_day, "sqlite")
def _one_day_on(element: next_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+1 day')"


class listed(FunctionElement[str]):  # noqa: N801  # a function of SQL
    """Texts of several rows as one, with commas between them. Takes the text of a row; in no order.

    SQLAlchemy's own `aggregate_strings` fills its comma in when it executes, which the read door does not.
    """

    name = "listed"
    type = String()
    inherit_cache = True


@compiles(listed)
def _string_agg(element: listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, ',')"


@compiles(listed, "sqlite")
def _group_concat(element: listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)})"


class first_of_month(FunctionElement[date]):  # noqa: N801  # a function of SQL
    """The first day of the month that a date lies in."""

    name = "first_of_month"
    type = Date()
    inherit_cache = True


@compiles(first_of_month)
def _without_its_days(element: first_of_month, compiler: SQLCompiler, **options: Any) -> str:
    on = compiler.process(element.clauses, **options)
    return f"({on} - (extract(day FROM {on})::integer - 1))"


@compiles(first_of_month, "sqlite")
def _day_one(element: first_of_month, compiler: SQLCompiler, **options: Any) -> str:
    return f"(substr({compiler.process(element.clauses, **options)}, 1, 8) || '01')"


class end_of_day(FunctionElement[datetime]):  # noqa: N801  # a function of SQL
    """The last instant of a date, as `register.preferences.end_of` tells it."""

    name = "end_of_day"
    type = db.Instant()
    inherit_cache = True


@compiles(end_of_day)
def _at_its_last(element: end_of_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)} + time '23:59:59.999999') AT TIME ZONE 'UTC')"


@compiles(end_of_day, "sqlite")
def _with_its_last(element: end_of_day, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} || 'T23:59:59.999999Z')"


class date_of(FunctionElement[date]):  # noqa: N801  # a function of SQL
    """The date in UTC of an instant (`db.Instant`)."""

    name = "date_of"
    type = Date()
    inherit_cache = True


@compiles(date_of)
def _cast_in_utc(element: date_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)}) AT TIME ZONE 'UTC')::date"


@compiles(date_of, "sqlite")
def _first_ten(element: date_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 10)"


class days_between(FunctionElement[int]):  # noqa: N801  # a function of SQL
    """How many days the second of two dates is after the first; negative where it is before."""

    name = "days_between"
    type = Integer()
    inherit_cache = True


@compiles(days_between)
def _difference(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({later} - {earlier})"


@compiles(days_between, "sqlite")
def _of_julian_days(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


class age(FunctionElement[int]):  # noqa: N801  # a function of SQL
    """Whole years from a FHIR date of birth (which may be a year or a month only) to a date; NULL of an empty one.

    Who is known by the year or the month alone is as old as they turn in that year or month.
    """

    name = "age"
    type = Integer()
    inherit_cache = True


@compiles(age)
def _years_by_text(element: age, compiler: SQLCompiler, **options: Any) -> str:
    born, on = (compiler.process(clause, **options) for clause in element.clauses)
    birthday = f"to_char({on}, 'MM-DD') < substr({born}, 6)"
    return f"(extract(year FROM {on})::integer - nullif(substr({born}, 1, 4), '')::integer - ({birthday})::integer)"


@compiles(age, "sqlite")
def _years_by_substr(element: age, compiler: SQLCompiler, **options: Any) -> str:
    born, on = (compiler.process(clause, **options) for clause in element.clauses)
    birthday = f"substr({on}, 6) < substr({born}, 6)"
    return f"(CAST(substr({on}, 1, 4) AS INTEGER) - CAST(nullif(substr({born}, 1, 4), '') AS INTEGER) - ({birthday}))"
