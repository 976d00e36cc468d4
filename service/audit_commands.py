"""`heartsease audit …`: whether anybody has changed what the register says of who did what, and what of it a privacy
officer should look at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.store.privacy_review import Entry

MOST = 1000
"""How many entries of the queue are listed."""

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


@app.command("queue")
def queue(
    organisation: Annotated[
        str, typer.Option(help="ODS code: what its users did, and what was done with the records of its people")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How far back to look")] = 90,
) -> None:
    """List the records that were opened by a claim to care for somebody, or by breaking the glass: these first."""
    from dataclasses import replace
    from datetime import timedelta

    from service import audit, clock, read_door
    from service.access import clients
    from service.actor import Sees
    from service.read_door import SessionDoor
    from service.store import privacy_review

    everybody = clients.COMMAND_LINE
    by = replace(everybody, organisation=organisation, sees=Sees.OWN_PATIENTS) if organisation else everybody
    with terminal.database() as database:
        with database.reading() as session:
            since = clock.now() - timedelta(days=days)
            found = read_door.at_once(privacy_review.queue(SessionDoor(session), since, MOST, by=by))
        asked = f"organisation={organisation}&days={days}"
        row = audit.row("review-queue", by=by, outcome=200, resource_type="AuditEvent", query=asked)
        with database.transaction() as session:
            audit.record(session, row)
    _print(found)


def _print(entries: "Sequence[Entry]") -> None:
    from rich.table import Table

    table = Table()
    who = ("Organisation", "Role", "User", "Patient")
    for heading in ("AuditEvent", "First", "Last", "Times", *who, "Why", "Basis", "In words"):
        table.add_column(heading, overflow="fold")
    for one in entries:
        first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (one.first_at, one.last_at))
        told = (one.event_id, first, last, str(one.times), one.organisation, one.role, one.user_id, one.patient_id)
        table.add_row(*told, one.reason or one.purpose, one.basis, one.words)
    terminal.output().print(table)
    typer.echo(f"{len(entries):,} to look at" + (f", the first {MOST:,}" if len(entries) == MOST else ""))


@app.command("heads")
def heads() -> None:
    """Print the heads of all chains, to be kept where nobody who can change this database can change them."""
    from service import audit_verification

    with terminal.database() as database, database.reading() as session:
        for head in audit_verification.heads(session):
            typer.echo(head)
