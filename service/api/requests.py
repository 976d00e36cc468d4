"""What a client sent, understood: formats, bodies, preferences, conditions. Raises what it cannot understand."""

from starlette.requests import Request

from service import incoming
from service.api import negotiation
from service.fhir import codec
from service.fhir.resource_type import Body

_READS = ("application/fhir+json", "application/json")


async def resource(request: Request, *, limit: int) -> Body:
    """The JSON body. Raises UnsupportedMedia, TooLarge, Unreadable."""
    incoming.check_content_type(request, _READS)
    negotiation.check_version(request.headers.get("content-type", ""))
    return codec.loads(await incoming.body(request, limit=limit))


def query(request: Request) -> list[tuple[str, str]]:
    return incoming.fields(request.scope["query_string"], of="query")


def prefers(request: Request, name: str) -> bool:
    """Whether a preference without a value, such as `respond-async`, is among those of the Prefer headers."""
    given = ",".join(request.headers.getlist("prefer")).replace(";", ",")
    return name in [part.strip().lower() for part in given.split(",")]


def preference(request: Request, name: str) -> str:
    """One preference of the Prefer header, such as `return` or `handling`; empty when there is none."""
    for part in request.headers.get("prefer", "").replace(";", ",").split(","):
        key, _, value = part.strip().partition("=")
        if key.lower() == name:
            return value.strip('" ').lower()
    return ""
