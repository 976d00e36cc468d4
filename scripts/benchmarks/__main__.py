"""`scripts/bench`: measures the rows, prints them, and ends with how many targets were reached."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts.benchmarks import figures, register, rows
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.measuring import Bench
from scripts.benchmarks.register import Register


class Databases(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    BOTH = "both"


Row = StrEnum("Row", list(rows.ROWS))


def bench(
    database: Annotated[Databases, typer.Option(help="Which database to measure on")] = Databases.BOTH,
    only: Annotated[list[Row] | None, typer.Option(help="This row only; may be repeated")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A small register and windows of one second")] = False,
    seconds: Annotated[float, typer.Option(help="Length of a window; 4, or 1 if quick")] = 0,
    windows: Annotated[int, typer.Option(min=1, help="Windows of each case, of which the median counts")] = 3,
    workers: Annotated[int, typer.Option(min=1, help="Processes of each server")] = 1,
    growth: Annotated[int, typer.Option(help="Measure growth too, to so many resources (1000000); slow")] = 0,
    keep: Annotated[Path | None, typer.Option(help="Keep the SQLite register in this folder for the next run")] = None,
) -> None:
    """Measure Heartsease beside what it is compared with, on this machine, and print what came of it."""
    console = figures.console()
    console.print(figures.machine())
    length = seconds or (1 if quick else 4)
    named = [rows.ROWS[name] for name in only or ()] or list(rows.ROWS.values())
    named += [rows.growth] if growth else []
    named.sort(key=lambda row: row is rows.export)  # after growth: it makes the register larger too
    measured: list[Figure] = []
    for kind in ("sqlite", "postgresql") if database is Databases.BOTH else (database.value,):
        with register.opened(kind, is_quick=quick, folder=keep) as opened:
            _describe(opened)
            with Bench(opened, length, windows, workers, quick, growth) as run:
                for row in named:
                    outcome = row(run)
                    figures.show(console, row.__name__, kind, outcome)
                    measured += outcome.figures
    judged = [figure for figure in measured if figure.has_target]
    console.print(f"\n{sum(figure.is_reached for figure in judged)} of {len(judged)} targets reached")


def _describe(opened: Register) -> None:
    """Reads what every row needs, so that no window waits for it."""
    typer.echo(f"{len(opened.people):,} people, {len(opened.people_in_full)} of them with 25 resources", err=True)


typer.run(bench)
