"""What a client sent, understood: formats, bodies, preferences, conditions. Raises what it cannot understand."""

from functools import lru_cache

from starlette.requests import Request

from service import incoming
from service.errors import NotAcceptable
from service.fhir import codec
from service.fhir.resource_type import Body

FHIR_JSON = "application/fhir+json; charset=utf-8"
_READS = ("application/fhir+json", "application/json")


def check_accept(request: Request, *, also: str = "") -> None:
    """Raises NotAcceptable for a client that takes no JSON, nor what this URL writes `also`; `_format` outranks."""
    wanted = request.query_params.get("_format") if b"_format" in request.scope["query_string"] else None
    accept = wanted or request.headers.get("accept", "*/*")
    if not _is_json_wanted(accept) and not (also and also in accept.lower()):
        raise NotAcceptable("Heartsease writes application/fhir+json only; ask for that")


@lru_cache(maxsize=1000)
def _is_json_wanted(accept: str) -> bool:
    kinds = [kind.split(";")[0].strip().lower() for kind in accept.replace("fhir json", "fhir+json").split(",")]
    return any(kind in ("", "*/*", "application/*", "json", "text/json", *_READS) for kind in kinds)


async def resource(request: Request, *, limit: int) -> Body:
    """The JSON body. Raises UnsupportedMedia, TooLarge, Unreadable."""
    incoming.check_content_type(request, _READS)
    return codec.loads(await incoming.body(request, limit=limit))


def query(request: Request) -> list[tuple[str, str]]:
    return incoming.fields(request.scope["query_string"], of="query")


def preference(request: Request, name: str) -> str:
    """One preference of the Prefer header, such as `return` or `handling`; empty when there is none."""
    for part in request.headers.get("prefer", "").replace(";", ",").split(","):
        key, _, value = part.strip().partition("=")
        if key.lower() == name:
            return value.strip('" ').lower()
    return ""
