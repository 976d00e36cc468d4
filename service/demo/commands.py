"""The three commands to copy and paste, one a user: they work as printed, from the folder of the checkout."""

from pathlib import Path

from service.config import CHECKOUT, Settings
from service.demo.area import END

REGISTRATION = "registration.json"
QUESTION = "ask.json"


def folder(settings: Settings) -> Path:
    """Where the demonstration keeps what its commands send."""
    return settings.home / "demo"


def commands(settings: Settings) -> str:
    """What to try, and where the page is."""
    sent = folder(settings)
    return "\n".join(
        (
            "Three people, three commands to copy and paste:",
            "",
            "1. A GP practice puts somebody on the register (sent again, it changes nothing):",
            "",
            _curl(settings, "", "gp-demo", sent / REGISTRATION),
            "",
            "2. A hospital asks what a person wants:",
            "",
            _curl(settings, "/Patient/$summary", "hospital-demo", sent / QUESTION),
            "",
            "3. A quality lead reports how many are identified:",
            "",
            _curl(settings, f"/Measure/register-prevalence/$evaluate-measure?periodEnd={END}", "quality-demo"),
            "",
            f"The same report as a page: {settings.public_url}/reports/identification",
        )
    )


def _curl(settings: Settings, path: str, client: str, body: Path | None = None) -> str:
    """A curl command that gets its own token."""
    lines = [
        f"curl -sS '{settings.fhir_url}{path}'",
        f'-H "Authorization: Bearer $({_heartsease(settings)} token {client} | tail -n 1)"',
    ]
    if body:
        lines += ["-H 'Content-Type: application/fhir+json'", f"--data-binary '@{_shown(body)}'"]
    return " \\\n     ".join(lines)


def _heartsease(settings: Settings) -> str:
    """The command, which must find the same home folder in another shell."""
    command = ".venv/bin/heartsease"
    return (
        command
        if settings.home == Settings.model_fields["home"].default
        else f"HEARTSEASE_HOME='{settings.home}' {command}"
    )


def _shown(path: Path) -> str:
    """The path from the checkout where it lies inside, since that is where the commands are typed."""
    return str(path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path)
