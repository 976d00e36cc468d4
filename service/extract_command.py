"""`heartsease report extract`: a pseudonymised extract of everybody who was ever on the register."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service import terminal


def extract(
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", help="Key of the pseudonyms, 32 bytes or more: the same links one extract to another"
        ),
    ] = None,
) -> None:
    """Print a pseudonymised extract as CSV. Without a key file, pseudonyms lead to no other extract."""
    import secrets

    from service import audit
    from service.access import clients
    from service.reports import extract as extracts

    with terminal.database() as database:
        key = _key(key_file) if key_file else secrets.token_bytes(extracts.SHORTEST_KEY)
        with database.reading() as session:
            told = extracts.lines(session, key)
        linked = "key=file" if key_file else "key=thrown-away"
        terminal.record(database, audit.row("extract", by=clients.COMMAND_LINE, outcome=200, query=linked))
    sys.stdout.write(extracts.as_csv(told))
    typer.echo(f"{len(told)} lines. They are about people: give them to nobody who may not have them.", err=True)


def _key(path: Path) -> bytes:
    from service.errors import Unreadable

    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise Unreadable("The file of the key cannot be read") from error
