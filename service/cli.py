"""The command line: `heartsease serve`, `migrate`, `demo`, `reference load`, `report`, `client`, `token`, `rebuild`."""

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals would print what people told us
    help="Heartsease: an end-of-life care register over HL7 FHIR R4.",
)
