"""What commands share: the database of the settings, refusals as sentences, and where progress is shown."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from sqlmodel import Session

    from service.db import Database


WIDEST: Final = 400
"""Columns of a table that nobody looks at in a window."""


@contextmanager
def transaction() -> Iterator["Session"]:
    """One transaction on the database of the settings."""
    with database() as opened, opened.transaction() as session:
        yield session


@contextmanager
def database() -> Iterator["Database"]:
    """The database of the settings, closed in the end. Where tables are missing, says what makes them."""
    import sqlite3

    from sqlalchemy.exc import ProgrammingError

    from service import migrations
    from service.config import settings
    from service.db import Database
    from service.errors import Conflict

    with refusals(), closing(Database(settings().database)) as opened:
        try:
            yield opened
        except (sqlite3.OperationalError, ProgrammingError) as error:  # as each database has a table that is not there
            if migrations.is_current(opened):
                raise
            raise Conflict(migrations.NOT_CURRENT) from error


def record(database: "Database", *events: dict[str, Any]) -> None:
    """Puts on record what is about to be printed (`audit.row`)."""
    from service import audit

    with database.transaction() as session:
        audit.record(session, *events)


def record_report(database: "Database", given: "Mapping[str, str]", areas: "Sequence[str]") -> None:
    """Puts on record what a report was asked for, which was understood by then."""
    from urllib.parse import urlencode

    from service import audit
    from service.access import clients

    asked = [*given.items(), *(("area", one) for one in areas)]
    query = urlencode([(key, value) for key, value in asked if value])
    row = audit.row("report", by=clients.COMMAND_LINE, outcome=200, resource_type="MeasureReport", query=query)
    record(database, row)


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal is a sentence on standard error and exit code 1."""
    from service.errors import HeartseaseError

    try:
        yield
    except HeartseaseError as refusal:
        typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from refusal


def errors() -> "Console":
    """Progress bars go to standard error, so that output can be piped."""
    from rich.console import Console

    return Console(stderr=True)


def output() -> "Console":
    """Where tables are printed. In a terminal they fit the window; into a file or a pipe, no line is broken."""
    from rich.console import Console

    console = Console(markup=False)
    return console if console.is_terminal else Console(markup=False, width=WIDEST)
