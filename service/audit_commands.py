"""`heartsease audit verify` and `heads`: whether anybody has changed what the register says of who did what."""

from pathlib import Path
from typing import Annotated

import typer

from service import terminal

app = typer.Typer(no_args_is_help=True, help="The audit trail: who did what, to whose record, and why.")


@app.command("verify")
def verify(
    heads: Annotated[
        Path | None,
        typer.Option(
            help="Heads that were kept elsewhere: what `heartsease audit heads` printed", exists=True, dir_okay=False
        ),
    ] = None,
) -> None:
    """Say whether every row is there as it was written; name the first that is not. The server may be writing."""
    from service import audit_keys, audit_verification

    with terminal.database() as database:
        known = audit_verification.exported(heads.read_text(errors="replace")) if heads else None
        with database.reading() as session:
            found = audit_verification.verify(session, audit_keys.known(), known=known)
    for fault in found.faults:
        typer.echo(fault, err=True)
    typer.echo(
        f"{found.rows:,} rows in {found.chains:,} chains, {found.before:,} of them from before there were chains"
    )
    if not found.is_sealed:
        typer.echo("Those from before are not sealed yet: run `heartsease migrate`.")
    if found.broken:
        typer.echo(f"The audit trail is broken in {found.broken:,} places.", err=True)
        raise typer.Exit(1)
    typer.echo("The audit trail is whole.")


@app.command("heads")
def heads() -> None:
    """Print the heads of all chains, to be kept where nobody who can change this database can change them."""
    from service import audit_verification

    with terminal.database() as database, database.reading() as session:
        for head in audit_verification.heads(session):
            typer.echo(head)
