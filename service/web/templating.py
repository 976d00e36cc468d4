"""Pages from templates. Everything is escaped; nothing but our own stylesheet may load, and nothing may run."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse

from service.reports import words

if TYPE_CHECKING:
    from jinja2 import Environment

STYLESHEET: Final = Path(__file__).parent / "static" / "heartsease.css"
CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@functools.cache
def _templates() -> "Environment":
    """Loaded with the first page: a start waits for nothing that the API does not need."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["words"] = words
    return found


def page(template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """The page of a template. `service.edge` adds what every answer carries."""
    headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(_templates().get_template(template).render(shown, style=""), status, headers=headers)


def file(template: str, **shown: Any) -> str:
    """A page that stands alone: its style is within it, and it leads nowhere. Nothing in it runs either."""
    from markupsafe import Markup

    style = Markup(STYLESHEET.read_text())  # our own file, which closes no tag
    return _templates().get_template(template).render(shown, style=style)
