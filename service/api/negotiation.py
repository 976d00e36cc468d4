"""Which JSON a client takes, by its Accept header or by `_format` (R4, "RESTful API", content types and encodings).

Every other format is refused. What a header means is worked out once and remembered: a client sends the same one with
every request.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from service import incoming
from service.errors import NotAcceptable, Unreadable, UnsupportedMedia

VERSION: Final = "4.0"
"""The `fhirVersion` that a media type may ask for: publication and major version of R4."""
FHIR_JSON: Final = "application/fhir+json; charset=utf-8"
_OFFERS = {
    "application/fhir+json": FHIR_JSON,
    "application/json": "application/json; charset=utf-8",
    "text/json": "text/json; charset=utf-8",
}
PARAMETERS: Final = ("_format", "_pretty")
"""How the answer is to be written, which every URL takes."""
PRETTY: Final = "heartsease.is_pretty"
"""Where a request keeps what its form said of `_pretty`."""
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range. `version` is its fhirVersion, empty where it names none."""

    kind: str
    version: str = ""
    quality: float = 1.0


def media_type(request: Request) -> str | None:
    """The Content-Type to answer with; None for a client that takes no JSON. `_format` outranks the header."""
    if b"_format" in request.scope["query_string"] and (wanted := request.query_params.get("_format")) is not None:
        return _by_format(wanted)
    return _by_accept(incoming.listed(request, "accept"))


def takes(request: Request, kind: str) -> bool:
    """Whether a client takes this media type, which is not FHIR's JSON."""
    wanted = request.query_params.get("_format") or incoming.listed(request, "accept") or "*/*"
    ranges = [_range(part) for part in wanted.replace("fhir ndjson", "fhir+ndjson").split(",")]
    return _rating(kind, ranges)[0] > 0


def prefers(request: Request, kind: str) -> bool:
    """Whether a client would rather have this media type than FHIR's JSON."""
    wanted = request.query_params.get("_format") or incoming.listed(request, "accept") or "*/*"
    ranges = [_range(part) for part in wanted.replace("fhir json", "fhir+json").split(",")]
    fhir = ("application/fhir+json", "application/json")
    return _rating(kind, ranges)[0] > max(_rating(json, ranges)[0] for json in fhir)


def not_acceptable() -> NotAcceptable:
    return NotAcceptable(
        f"Heartsease writes application/fhir+json of FHIR {VERSION}, and neither XML nor Turtle: "
        "send Accept: application/fhir+json, or _format=json"
    )


def is_pretty(request: Request) -> bool:
    """Whether `_pretty` asks for indented JSON. Raises Unreadable for a value that says neither yes nor no."""
    if b"_pretty" not in request.scope["query_string"]:
        return False
    return _is_true(request.query_params.get("_pretty", "false"))


def heed(request: Request, fields: Iterable[tuple[str, str]]) -> None:
    """What a form says of how to write the answer, which a URL says otherwise. Raises NotAcceptable, Unreadable."""
    for name, value in fields:
        if name == "_format" and _by_format(value) is None:
            raise not_acceptable()
        if name == "_pretty":
            request.scope[PRETTY] = _is_true(value)


def _is_true(wanted: str) -> bool:
    if wanted not in ("true", "false"):
        raise Unreadable("_pretty is true or false")
    return wanted == "true"


@lru_cache(maxsize=_REMEMBERED)
def check_version(content_type: str) -> None:
    """Raises UnsupportedMedia for a body of another FHIR version than R4."""
    if _range(content_type).version not in ("", VERSION):
        raise UnsupportedMedia(f"Send FHIR R4: leave fhirVersion out of the Content-Type, or say fhirVersion={VERSION}")


@lru_cache(maxsize=_REMEMBERED)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is among the codings of an Accept-Encoding header, or is meant by its `*`."""
    rated = {one.kind: one.quality for one in map(_range, accept_encoding.split(","))}
    return rated.get("gzip", rated.get("x-gzip", rated.get("*", 0.0))) > 0


@lru_cache(maxsize=_REMEMBERED)
def _by_format(wanted: str) -> str | None:
    """A `+` in a URL stands for a space, so that `application/fhir+json` often arrives with one."""
    asked = _range(wanted.replace("fhir json", "fhir+json"))
    if asked.kind not in ("json", *_OFFERS) or asked.version not in ("", VERSION):
        return None
    return _with_version(FHIR_JSON) if asked.version else FHIR_JSON


@lru_cache(maxsize=_REMEMBERED)
def _by_accept(accept: str) -> str | None:
    """The offer that the client likes best; of equals, FHIR's own. None when it takes none of them."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [_Range("*/*")]
    rated = [(_rating(kind, ranges), answer) for kind, answer in _OFFERS.items()]
    (quality, version), answer = max(rated, key=lambda one: one[0][0])
    if quality <= 0:
        return None
    return _with_version(answer) if version else answer


def _rating(kind: str, ranges: list[_Range]) -> tuple[float, str]:
    """How much a media type is wanted, by the range that names it most closely (RFC 9110 §12.5.1), and its version."""
    family = f"{kind.partition('/')[0]}/*"
    for spelling in (kind, family, "*/*"):
        meant = [one for one in ranges if one.kind == spelling and one.version in ("", VERSION)]
        if meant:
            best = max(meant, key=lambda one: one.quality)
            return best.quality, best.version
    return 0.0, ""


def _with_version(media: str) -> str:
    return media.replace(";", f"; fhirVersion={VERSION};", 1)


def _range(part: str) -> _Range:
    kind, *parameters = part.split(";")
    given = {name.strip().lower(): value.strip(' "') for name, _, value in (one.partition("=") for one in parameters)}
    return _Range(kind.strip().lower(), given.get("fhirversion", ""), _quality(given.get("q", "1")))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
