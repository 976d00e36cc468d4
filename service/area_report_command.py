"""`heartsease report area`: the area report as one HTML file, to read, to send and to print."""

from pathlib import Path
from typing import Annotated

import typer

from service import terminal


def area(
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="Where to write it; what is there is replaced")],
    on: Annotated[
        str, typer.Option(metavar="DATE", help="Day, as 2026-03-31; the day the register stands if left out")
    ] = "",
    areas: Annotated[
        list[str] | None, typer.Option("--area", help="Code of a practice, network or area; may be repeated")
    ] = None,
    period: Annotated[
        str, typer.Option(help="month, quarter, year or three-years, up to the day; of measures that count deaths")
    ] = "",
) -> None:
    """Write every measure of an area to one HTML file with its pictures. Nothing in it runs or loads anything."""
    from service.config import settings
    from service.web import area_report, templating

    with terminal.database() as database:
        asked = area_report.asked(on=on, areas=areas or (), period=period)
        with terminal.errors().status("Counting"):
            found = area_report.of(database, asked, settings())
            written = templating.file("area.html", area=found)
        terminal.record_report(database, {"name": "area", "on": on, "period": period}, areas or [])
        _write(html, written)
    typer.echo(f"{html}: {found.about}")


def _write(path: Path, text: str) -> None:
    from service.errors import Unreadable

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{path} cannot be written: choose a file in a folder that you may write to") from error
