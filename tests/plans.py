"""How a database would answer a statement, for tests that no page costs a walk through a whole table."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from service.db import Database

_WALKS = re.compile(
    r"(?:SCAN|Seq Scan on) (?:resource|resource_version|search_index|person|relationship|break_glass|registration"
    r"|summary_item|practice|source|whose|walked|sorted|last|after|preference|later|audit_event|privacy_review)(?:_\d+)?\b.*"
)


def walks(database: Database, statement: Select[Any] | Update, given: Mapping[str, Any]) -> list[str]:
    """The lines of the plan that go through all rows of a table, where an index could have been used."""
    dialect = SQLiteDialect_pysqlite(paramstyle="named") if database.is_sqlite else PGDialect_psycopg()
    compiled: Any = statement.compile(dialect=dialect)
    values = compiled.construct_params(dict(given))
    values |= {name: convert(values[name]) for name, convert in compiled._bind_processors.items()}
    with database.engine.connect() as connection:
        if not database.is_sqlite:  # it prefers to go through a table that is as small as those of tests
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        lines = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {compiled}", values)]
    assert lines
    return [found[0] for line in lines if (found := _WALKS.search(line))]
