"""`heartsease worklist`: whom a practice has to see to."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from service import terminal

if TYPE_CHECKING:
    from service.reports.worklist import Listed


def worklist(
    name: Annotated[str, typer.Argument(help="Which worklist; leave out to see which there are")] = "",
    practice: Annotated[str, typer.Option(metavar="ODS", help="Code of the practice whose people it names")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV")] = False,
) -> None:
    """Print the people of a practice with whom something is to be done. Whom it names goes on record."""
    from service.access import clients
    from service.reports import worklist as worklists

    if not name:
        for each in worklists.all_worklists().values():
            typer.echo(f"{each.name}: {each.sentence}")
        return
    with terminal.database() as database:
        chosen = worklists.named(name)
        with database.reading() as session:
            listed = worklists.of_practice(session, chosen, practice)
        terminal.record(database, *worklists.audited(listed, by=clients.COMMAND_LINE))
    if as_csv:
        sys.stdout.write(worklists.as_csv(listed))
    else:
        _show(listed)


def _show(listed: "Listed") -> None:
    from rich import box
    from rich.table import Table

    from service.register import words
    from service.reports import worklist as worklists

    console = terminal.output()
    console.print(f"{listed.worklist.title}: {listed.practice_name or listed.practice}, {words.day(listed.on)}")
    console.print(listed.worklist.sentence)
    if not listed.entries:
        console.print("Nobody is on this list.")
        return
    table = Table(*listed.headings, box=box.SIMPLE_HEAD)
    for entry in listed.entries:
        table.add_row(*map(worklists.in_words, entry.cells))
    console.print(table)
