"""The command line: `heartsease serve`, `migrate`, `demo`, `report`, `client`, `token`, `validate`, `rebuild` …"""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import (
    area_report_command,
    audit_commands,
    client_commands,
    extract_command,
    reference_commands,
    report_commands,
    retention_commands,
    terminal,
    worklist_command,
)

if TYPE_CHECKING:
    from rich.console import Console

    from service.store.validating import Judged

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals would print what people told us
    help="Heartsease: an end-of-life care register over HL7 FHIR R4.",
)

app.add_typer(client_commands.app, name="client")
app.add_typer(retention_commands.app, name="retention")
app.add_typer(audit_commands.app, name="audit")
app.add_typer(reference_commands.app, name="reference")
app.add_typer(report_commands.app, name="report")
report_commands.app.command("extract")(extract_command.extract)
report_commands.app.command("area")(area_report_command.area)
app.command("worklist")(worklist_command.worklist)


@app.callback()
def main() -> None:
    """Opens nothing by itself: each command imports what it needs, so that `--help` is quick."""


@app.command()
def serve() -> None:
    """Serve the API and the pages until stopped."""
    gc.disable()  # until all is loaded: none of it is garbage, and looking for some takes a sixth of the start
    import uvicorn

    from service import app as application
    from service import grants, log, migrations, serving
    from service.config import settings
    from service.errors import Conflict
    from service.fhir.profiles import library

    with terminal.database() as database:
        database.hurry(serving.LONGEST_STATEMENT_SECONDS)
        library.known()  # a package that cannot be read is told now, and not to a client
        if not migrations.is_current(database):
            raise Conflict(migrations.NOT_CURRENT)
        if settings().environment == "production":
            grants.require_no_owner(database)
        log.configure()
        served = application.create(settings(), database)
        gc.freeze()
        gc.enable()
        uvicorn.run(served, host=settings().host, port=settings().port, **serving.OPTIONS)


@app.command()
def migrate() -> None:
    """Create the database, or bring it to the newest schema."""
    from service.store import upgrade

    with terminal.database() as database:
        upgrade.upgrade(database, tell=lambda words: typer.echo(words, err=True))
    typer.echo("The database is at the newest schema.")


@app.command("grants")
def grants_of(role: Annotated[str, typer.Argument(help="The database user that serves; it has to exist")]) -> None:
    """Print the SQL by which a database user may serve and owns nothing; its owner runs it. PostgreSQL only."""
    from service import grants
    from service.errors import Conflict

    with terminal.database() as database:
        if database.is_sqlite:
            raise Conflict("SQLite has no users: who may write the file owns it. Set HEARTSEASE_DATABASE_URL.")
        for statement in grants.statements(role, database.url.database or ""):
            typer.echo(statement)


@app.command()
def demo(
    first_run: Annotated[
        bool, typer.Option("--first-run", help="Load only into an embedded database with nothing in it; never refuse")
    ] = False,
) -> None:
    """Load the invented demonstration area into an empty database, and print three commands to try."""
    from service.config import settings
    from service.demo import prepare

    with terminal.refusals():
        typer.echo(prepare.prepare(settings(), terminal.errors(), first_run=first_run))


@app.command()
def rebuild() -> None:
    """Derive the search index and the register tables anew from the stored resources."""
    from rich.progress import Progress

    from service.store import rebuild as rebuilding

    with terminal.transaction() as session:
        total = rebuilding.count(session)
        with Progress(console=terminal.errors(), transient=True) as progress:
            task = progress.add_task("Rebuilding", total=total)
            rebuilding.rebuild(session, progress=lambda done: progress.advance(task, done))
    typer.echo("The search index and the register tables are rebuilt.")


@app.command()
def unmapped() -> None:
    """List the codings of answers that nothing here understands, and how often each was recorded."""
    from rich.table import Table

    from service.register import preferences

    table = Table()
    for heading in ("Preference", "System", "Code", "How many"):
        table.add_column(heading, overflow="fold")
    with terminal.transaction() as session:
        for kind, coding, many in preferences.unmapped(session):
            system, _, code = coding.rpartition("|")
            table.add_row(kind, system, code, str(many))
    terminal.output().print(table)


@app.command()
def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Resources or Bundles as JSON, or folders of such files")
    ],
    profile: Annotated[str, typer.Option(metavar="URL", help="One more profile that resources of its type keep")] = "",
) -> None:
    """Say what is wrong with resources, by R4, the profiles and the register's rules. Needs no database."""
    from rich.console import Console
    from rich.progress import Progress

    from service.store import validating

    out = Console(soft_wrap=True, highlight=False, markup=False)
    with terminal.refusals():
        asked = validating.profile(profile) if profile else None
        with Progress(console=terminal.errors(), transient=True) as progress:
            judged = [
                _told(out, one) for one in progress.track(validating.in_files(files, asked), description="Judging")
            ]
    typer.echo(f"{len(judged)} files, {judged.count(False)} with errors")
    if not all(judged):
        raise typer.Exit(1)


def _told(out: "Console", judged: "Judged") -> bool:
    """Whether the file is without errors; says all that was found in it."""
    colours = {"error": "bold red", "warning": "yellow", "information": "dim"}
    out.print(
        f"{judged.path}: {'no errors' if judged.is_right else 'errors'}", style="green" if judged.is_right else ""
    )
    for issue in judged.issues:
        out.print(f"  {issue.severity:11} {issue.expression}", style=colours[issue.severity])
        out.print(f"              {issue.message}")
    return judged.is_right


@app.command()
def token(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="gp-demo, hospital-demo, quality-demo …")],
    scope: Annotated[list[str] | None, typer.Option(help="Ask for less than all; may be repeated")] = None,
) -> None:
    """Print a token for a demonstration client, alone on the last line. Not in production."""
    from service import clock
    from service.access import demo_clients
    from service.config import settings

    with terminal.transaction() as session:
        asked = " ".join(scope or ())
        issued = demo_clients.demo_token(session, settings(), client_id, at=clock.now(), scope=asked)
    typer.echo(f"For {issued.expires_in // 60} minutes: {issued.scope}", err=True)
    typer.echo(issued.token)
