"""`heartsease retention due`, `hold`, `release` and `dispose`: how long records are kept, and what becomes of them."""

from typing import Annotated

import typer

from service import terminal

app = typer.Typer(no_args_is_help=True, help="How long records are kept: which are due, legal holds, disposal.")

PATIENT = typer.Argument(metavar="PATIENT", help="The id of a Patient, as Patient/ID or ID")


@app.command("due")
def due() -> None:
    """List the records whose time is over and that nothing holds: the Patient, and the last day that counts."""
    from service import clock
    from service.config import settings
    from service.store import retention

    with terminal.transaction() as session:
        for one in retention.due(session, on=clock.now().date(), years=settings().retention_years):
            typer.echo(f"Patient/{one.patient_id}  {one.last_on:%d %B %Y}")


@app.command("hold")
def hold(
    patient: Annotated[str, PATIENT],
    reason: Annotated[str, typer.Option(help="Why, such as the number of an inquiry; no clinical words")],
) -> None:
    """Keep a record, however old, until it is released."""
    from service import clock
    from service.access import clients
    from service.store import retention

    with terminal.transaction() as session:
        retention.hold(session, patient, words=reason, by=clients.COMMAND_LINE, at=clock.now())
    typer.echo("The record is held.")


@app.command("release")
def release(patient: Annotated[str, PATIENT]) -> None:
    """End the legal hold on a record."""
    from service import clock
    from service.access import clients
    from service.store import retention

    with terminal.transaction() as session:
        retention.release(session, patient, by=clients.COMMAND_LINE, at=clock.now())
    typer.echo("The record is released.")


@app.command("dispose")
def dispose(
    patients: Annotated[list[str], typer.Argument(metavar="PATIENT…", help="As `heartsease retention due` lists them")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it: it cannot be undone")] = False,
) -> None:
    """Remove every row of these people but for the audit: all of them, or none where one may not be yet."""
    from service import clock
    from service.access import clients
    from service.config import settings
    from service.store import retention

    if not yes:
        typer.echo(f"{len(patients)} records would be gone for ever. Say --yes to dispose of them.", err=True)
        raise typer.Exit(1)
    with terminal.transaction() as session:
        for patient in patients:
            years = settings().retention_years
            retention.dispose(session, patient, by=clients.COMMAND_LINE, at=clock.now(), years=years)
    typer.echo(f"{len(patients)} records are disposed of.")
