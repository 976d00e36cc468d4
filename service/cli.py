"""The command line: `heartsease serve`, `migrate`, `demo`, `reference load`, `report`, `client`, `token`, `rebuild`."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals would print what people told us
    help="Heartsease: an end-of-life care register over HL7 FHIR R4.",
)


@app.callback()
def main() -> None:
    """Opens nothing by itself: each command imports what it needs, so that `--help` is quick."""


@app.command()
def serve() -> None:
    """Serve the API and the pages until stopped."""
    import uvicorn

    from service import app as application
    from service import log, migrations
    from service.config import settings
    from service.db import Database

    log.configure()
    database = Database(settings().database)
    if not migrations.is_current(database):
        typer.echo("The database is not at the newest schema: run `heartsease migrate` first.", err=True)
        raise typer.Exit(1)
    uvicorn.run(
        application.create(settings(), database),
        host=settings().host,
        port=settings().port,
        access_log=False,  # it would log whole URLs
        server_header=False,
        log_config=None,
        timeout_keep_alive=30,
    )
    database.close()


@app.command()
def migrate() -> None:
    """Create the database, or bring it to the newest schema."""
    from service import migrations
    from service.config import settings
    from service.db import Database

    database = Database(settings().database)
    migrations.upgrade(database)
    database.close()
    typer.echo("The database is at the newest schema.")


@app.command()
def rebuild() -> None:
    """Derive the search index and the register tables anew from the stored resources."""
    from rich.progress import Progress

    from service.config import settings
    from service.db import Database
    from service.store import rebuild as rebuilding

    database = Database(settings().database)
    with database.transaction() as session, Progress(console=_errors(), transient=True) as progress:
        task = progress.add_task("Rebuilding", total=rebuilding.count(session))
        rebuilding.rebuild(session, progress=lambda done: progress.advance(task, done))
    database.close()
    typer.echo("The search index and the register tables are rebuilt.")


def _errors() -> "Console":
    """Progress bars go to standard error, so that output can be piped."""
    from rich.console import Console

    return Console(stderr=True)
