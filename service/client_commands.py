"""`heartsease client add`, `list`, `keys` and `disable`: the systems that may ask for tokens."""

from pathlib import Path
from typing import Annotated

import typer

from service import terminal

KeyFile = Annotated[
    Path | None, typer.Option("--keys", help="File of its public keys: JWKS, JWK or PEM", exists=True, dir_okay=False)
]
KeyAddress = Annotated[
    str, typer.Option("--jwks-url", metavar="URL", help="Or the https address where it publishes them")
]

app = typer.Typer(no_args_is_help=True, help="The systems that may ask for tokens.")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the system is called")],
    organisation: Annotated[str, typer.Option(help="ODS code of its own organisation")],
    role: Annotated[
        list[str], typer.Option(help="Its own role (docs/access.md), then those of people who work with it; repeat")
    ],
    scope: Annotated[list[str], typer.Option(help="The most it may do, such as system/Patient.rs; may be repeated")],
    keys: KeyFile = None,
    jwks_url: KeyAddress = "",
    acts_for: Annotated[
        list[str] | None, typer.Option(help="ODS code of another organisation it may speak for; repeat")
    ] = None,
    client_id: Annotated[str, typer.Option("--id", help="Its client id; made of the name if left out")] = "",
) -> None:
    """Register a system with its public keys, and print its client id."""
    from service import clock
    from service.access import clients

    with terminal.transaction() as session:
        added = clients.add(
            session,
            client_id or clients.id_of(name),
            name=name,
            organisation=organisation,
            acts_for=acts_for or (),
            roles=role,
            scope=" ".join(scope),
            key_text=keys.read_text(errors="replace") if keys else "",
            jwks_url=jwks_url,
            at=clock.now(),
            by=clients.COMMAND_LINE,
        ).client_id
    typer.echo(added)


@app.command("list")
def listed() -> None:
    """Show every system, the disabled ones too."""
    from rich.table import Table

    from service.access import clients

    table = Table()
    for heading in ("Client id", "Name", "Organisations", "Roles", "Scopes", "Added", "Disabled"):
        table.add_column(heading, overflow="fold")  # a shortened id could not be copied
    with terminal.transaction() as session:
        for row in clients.listed(session):
            disabled = f"{row.disabled_at:%d %B %Y}" if row.disabled_at else ""
            added = f"{row.created_at:%d %B %Y}"
            table.add_row(row.client_id, row.name, row.organisations, row.roles, row.scopes, added, disabled)
    terminal.output().print(table)


@app.command("keys")
def change_keys(client_id: str, keys: KeyFile = None, jwks_url: KeyAddress = "") -> None:
    """Let these keys of a system count, and no others: give the old and the new one while it changes."""
    from service.access import clients

    with terminal.transaction() as session:
        key_text = keys.read_text(errors="replace") if keys else ""
        clients.change_keys(session, client_id, key_text=key_text, jwks_url=jwks_url, by=clients.COMMAND_LINE)
    typer.echo(f"The keys of {client_id} are changed.")


@app.command("disable")
def disable(client_id: str) -> None:
    """Give a system no more tokens, and end those that it holds."""
    from service import clock
    from service.access import clients

    with terminal.transaction() as session:
        clients.disable(session, client_id, at=clock.now(), by=clients.COMMAND_LINE)
    typer.echo(f"{client_id} is disabled; its tokens end within five seconds.")
