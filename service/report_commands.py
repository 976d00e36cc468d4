"""`heartsease report`: the measures by name; what else is made of the register has a command beside `show`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from service import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.db import Database
    from service.reports.report import Report


class _Shows(TyperGroup):
    """`report NAME` is short for `report show NAME`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: Typer keeps click's Context to itself
        is_short = not args or (args[0] != "--help" and args[0] not in self.commands)
        return super().parse_args(ctx, ["show", *args] if is_short else args)


app = typer.Typer(cls=_Shows, help="Reports of the register: `report` lists them, `report NAME` prints one.")


@app.callback()
def reports() -> None:
    """Opens nothing by itself."""


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Which report; leave out to see which there are")] = "",
    on: Annotated[
        str, typer.Option(metavar="DATE", help="Day, as 2026-03-31; the day the register stands if left out")
    ] = "",
    area: Annotated[list[str] | None, typer.Option(help="Code of a practice, network or area; may be repeated")] = None,
    source: Annotated[
        str, typer.Option(help="register (ours) or qof (published palliative care registers)")
    ] = "register",
    year: Annotated[str, typer.Option(help="QOF year, as 2020-21; the latest if left out")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Print a report, or the list of those there are. `show` may be left out."""
    from service.config import settings
    from service.errors import Unreadable
    from service.reports import evaluation, measure

    if not name:
        for each in measure.all_measures().values():
            typer.echo(f"{each.name}: {each.sentence}")
        return
    with terminal.database() as database:
        if as_csv and as_json:
            raise Unreadable("Choose --csv or --json, not both")
        chosen = measure.named(name)
        asked = measure.asked(chosen, on=on, areas=area or (), source=source, year=year)
        with database.reading() as session:
            made = evaluation.evaluate(session, chosen, asked, settings())
        _audit(database, name, on=on, areas=area or (), source=source, year=year)
    _print(made, as_csv=as_csv, as_json=as_json)


def _audit(database: "Database", name: str, *, on: str, areas: "Sequence[str]", source: str, year: str) -> None:
    """Before it is printed, as over HTTP before it leaves. What was asked is understood by now."""
    from urllib.parse import urlencode

    from service import audit
    from service.access import clients

    asked = [("name", name), ("on", on), *(("area", one) for one in areas), ("source", source), ("year", year)]
    query = urlencode([(key, value) for key, value in asked if value])
    row = audit.row("report", by=clients.COMMAND_LINE, outcome=200, resource_type="MeasureReport", query=query)
    with database.transaction() as session:
        audit.record(session, row)


def _print(made: "Report", *, as_csv: bool, as_json: bool) -> None:
    from service.reports import outputs

    if as_csv or as_json:
        sys.stdout.write(outputs.as_csv(made) if as_csv else outputs.as_json(made) + "\n")
    else:
        outputs.show(made)
