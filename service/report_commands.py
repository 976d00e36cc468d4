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
    period: Annotated[
        str, typer.Option(help="month, quarter, year or three-years, up to the day; of measures that count deaths")
    ] = "",
    by: Annotated[str, typer.Option(help="Split into groups of people, such as age-band or deprivation")] = "",
    own: Annotated[str, typer.Option(metavar="ODS", help="One practice alone, for itself: nothing is hidden")] = "",
    source: Annotated[
        str, typer.Option(help="register (ours) or qof (published palliative care registers)")
    ] = "register",
    year: Annotated[str, typer.Option(help="QOF year, as 2020-21; the latest if left out")] = "",
    snapshot: Annotated[str, typer.Option(metavar="ID", help="A report as it left, by the id that it carries")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Print what the report counts, and no figures")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
    as_fhir: Annotated[bool, typer.Option("--fhir", help="Print a FHIR MeasureReport")] = False,
) -> None:
    """Print a report, or the list of those there are. `show` may be left out."""
    from service.errors import Unreadable

    written = [each for each, is_asked in (("csv", as_csv), ("json", as_json), ("fhir", as_fhir)) if is_asked]
    with terminal.refusals():
        if len(written) > 1:
            raise Unreadable("Choose one of --csv, --json and --fhir")
        if explain or not (name or snapshot):
            _explain(name)
            return
    given = {"name": name, "on": on, "period": period, "by": by, "own": own, "source": source, "year": year}
    with terminal.database() as database:
        made = _kept(database, snapshot) if snapshot else _made(database, area or [], **given)
        terminal.record_report(database, {**given, "snapshot": made.snapshot}, area or [])
    _print(made, *written)


def _explain(name: str) -> None:
    from service.reports import explained, measure

    if name:
        typer.echo("\n".join(explained.explained(measure.named(name))))
        return
    for each in measure.all_measures().values():
        typer.echo(f"{each.number:4}{each.name}: {each.sentence}")


def _made(database: "Database", areas: "Sequence[str]", *, name: str, **given: str) -> "Report":
    """A report of now, once it is kept."""
    from service.config import settings
    from service.reports import evaluation, measure, snapshots

    one = measure.named(name)
    asked = measure.asked(one, areas=areas, **given)
    with database.reading() as session:
        made = evaluation.evaluate(session, one, asked, settings())
    with database.transaction() as session:
        return snapshots.kept(session, made)


def _kept(database: "Database", snapshot: str) -> "Report":
    from service.reports import snapshots

    with database.reading() as session:
        return snapshots.read(session, snapshot)


def _print(made: "Report", written: str = "") -> None:
    from service.reports import outputs

    match written:
        case "csv":
            sys.stdout.write(outputs.as_csv(made))
        case "json":
            sys.stdout.write(outputs.as_json(made) + "\n")
        case "fhir":
            sys.stdout.write(outputs.as_fhir(made) + "\n")
        case _:
            outputs.show(made, terminal.output())
