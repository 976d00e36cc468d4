"""`heartsease reference`: takes published files of practices, areas, lists, deaths and deprivation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import terminal

if TYPE_CHECKING:
    from rich.progress import Progress

    from service.db import Database

app = typer.Typer(
    no_args_is_help=True,
    help="Published files: practices, areas, lists, QOF registers, deprivation, life tables, populations.",
)


@app.command("load")
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="As published, under any name, in any order")],
    year: Annotated[
        str, typer.Option(help="QOF year (2020-21) where the name of a file says none, or a wrong one")
    ] = "",
) -> None:
    """Take published files; say what was taken, and what was refused line by line. Twice changes nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service.reports import reference

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("lines"),
        TimeRemainingColumn(),
    )
    with terminal.database() as database, Progress(*columns, console=terminal.errors(), transient=True) as progress:
        taken = [_take(database, path, year, progress) for path in reference.in_loading_order(files)]
    if not all(taken):
        raise typer.Exit(1)


def _take(database: "Database", path: Path, year: str, progress: "Progress") -> bool:
    """Whether a file could be taken; says what became of it. One that is refused does not stop the others."""
    from service.errors import HeartseaseError
    from service.reports import reference

    task = progress.add_task(path.name, total=None)

    def tell(done: int, of: int) -> None:
        progress.update(task, completed=done, total=of or None)

    try:
        with database.transaction() as session:
            loaded = reference.load(session, path, year=year, tell=tell)
    except HeartseaseError as refusal:
        typer.echo(refusal.message, err=True)
        return False
    finally:
        progress.remove_task(task)
    for line in reference.told(loaded):
        typer.echo(line)
    return True
