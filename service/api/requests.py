"""What a client sent, understood: formats, bodies, preferences, conditions. Raises what it cannot understand."""

from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from service.errors import NotAcceptable, TooLarge, Unreadable, UnsupportedMedia
from service.fhir import codec
from service.fhir.resource_type import Body

FHIR_JSON = "application/fhir+json; charset=utf-8"
_READS = ("application/fhir+json", "application/json")
_FORM = "application/x-www-form-urlencoded"


def check_accept(request: Request) -> None:
    """Raises NotAcceptable for a client that takes no JSON; `_format` outranks the header."""
    wanted = request.query_params.get("_format") if b"_format" in request.scope["query_string"] else None
    if not _is_json_wanted(wanted or request.headers.get("accept", "*/*")):
        raise NotAcceptable("Heartsease writes application/fhir+json only; ask for that")


@lru_cache(maxsize=1000)
def _is_json_wanted(accept: str) -> bool:
    kinds = [kind.split(";")[0].strip().lower() for kind in accept.replace("fhir json", "fhir+json").split(",")]
    return any(kind in ("", "*/*", "application/*", "json", "text/json", *_READS) for kind in kinds)


async def resource(request: Request, *, limit: int) -> Body:
    """The JSON body. Raises UnsupportedMedia, TooLarge, Unreadable."""
    _check_content_type(request, _READS, "Send application/fhir+json")
    return codec.loads(await body(request, limit=limit))


async def form(request: Request, *, limit: int) -> list[tuple[str, str]]:
    """The fields of a form body, in order."""
    _check_content_type(request, (_FORM,), f"Send {_FORM}")
    try:
        return parse_qsl(
            (await body(request, limit=limit)).decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Unreadable("The form cannot be read: at most 100 fields, percent-encoded") from error


def query(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Unreadable("The query cannot be read: at most 100 parameters, percent-encoded") from error


async def body(request: Request, *, limit: int) -> bytes:
    """The bytes of the body, refused as soon as they are too many."""
    too_large = TooLarge(f"The body is larger than {limit:,} bytes; send less at a time")
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise too_large
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise too_large
            parts.append(part)
    except ClientDisconnect as error:
        raise Unreadable("The body ended before it was whole") from error
    return b"".join(parts)


def preference(request: Request, name: str) -> str:
    """One preference of the Prefer header, such as `return` or `handling`; empty when there is none."""
    for part in request.headers.get("prefer", "").replace(";", ",").split(","):
        key, _, value = part.strip().partition("=")
        if key.lower() == name:
            return value.strip('" ').lower()
    return ""


def _check_content_type(request: Request, allowed: tuple[str, ...], advice: str) -> None:
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.replace(" ", "").lower()
    if kind.strip().lower() not in allowed or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMedia(f"{advice}, in UTF-8")
