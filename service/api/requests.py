"""What a client sent, understood: formats, bodies, preferences, conditions. Raises what it cannot understand."""

from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from service import incoming
from service.api import negotiation
from service.errors import TooCostly, Unreadable, UnsupportedMedia
from service.fhir import codec, elements, etags, patching, subsets
from service.fhir.patching import Patch
from service.fhir.resource_type import Body
from service.fhir.subsets import Subset
from service.store import provenance as provenances

JSON_TYPES: Final = ("application/fhir+json", "application/json")
"""What a resource may be sent as."""
ENTRY: Final = "heartsease.entry"
"""Where the scope of a request says that it is an entry of a Bundle."""
MOST_VALUES: Final = 60_000
"""In one body: what it costs to judge one grows with their number. A transaction of 500 entries, 120 in each."""
FORM_LIMIT_BYTES: Final = 45_000
"""So that what was asked, sealed into the link to the next page, is no longer than a URL may be (`service.edge`)."""
_OF_A_PART: Final = ("_summary", "_elements")

_SPELT: Final = {
    name.lower().encode(): name
    for name in ("If-Match", "If-None-Match", "If-None-Exist", "If-Unmodified-Since", "X-Provenance")
}
_CONDITIONS: Final = {
    b"if-match": ("POST", "PUT", "PATCH", "DELETE"),
    b"if-none-match": ("GET", "HEAD", "POST", "PUT"),
    b"if-none-exist": ("POST",),
    b"if-unmodified-since": (),  # a version says more exactly than a second what may be replaced
    b"x-provenance": ("POST", "PUT", "PATCH", "DELETE"),
}
"""What a write or a read depends on, with the methods that it goes with. If-Modified-Since is not among them: RFC 9110
(§13.1.3) has a server pass by what it cannot use of it."""
_SINGLE: Final = (b"if-none-exist", b"x-provenance")


async def resource(request: Request, *, limit: int) -> Body:
    """The JSON body. Raises UnsupportedMedia, TooLarge, Unreadable, TooCostly."""
    incoming.check_content_type(request, JSON_TYPES)
    negotiation.check_version(request.headers.get("content-type", ""))
    raw = await incoming.body(request, limit=limit)
    body = codec.loads(raw)
    if codec.holds_more(raw, body, MOST_VALUES):
        raise TooCostly(f"The body holds more than {MOST_VALUES:,} values; send less at a time")
    return body


async def patch(request: Request, *, limit: int, base: str) -> Patch:
    """The JSON Patch in the body. Raises UnsupportedMedia for a FHIRPath Patch, and what `patching.understood` does."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in JSON_TYPES:
        raise UnsupportedMedia(f"Resources are patched by JSON Patch (RFC 6902); send it as {patching.MEDIA_TYPE}")
    incoming.check_content_type(request, (patching.MEDIA_TYPE,))
    return patching.understood(await incoming.body(request, limit=limit), base=base)


def condition(request: Request) -> str:
    """The search that stands in the URL of a conditional update, patch or delete. Raises Unreadable for none."""
    found = asked(request)
    if not found:
        raise Unreadable("Say which resource: by its id, as in Type/id, or by a search, as in Type?identifier=…")
    return urlencode(found)


def refuse_parameters(request: Request) -> None:
    """Raises Unreadable for a query where a URL takes none but those of every URL."""
    if asked(request):
        raise Unreadable("This takes no parameters but _format and _pretty; to say which resource, leave the id out")


def refuse_in_bundle(request: Request) -> None:
    """Raises Unreadable for an entry of a Bundle, where something is done for one person at a time."""
    if ENTRY in request.scope:
        raise Unreadable.not_supported("This is answered on its own only, not in a Bundle")


def refuse_headers(request: Request, *names: str) -> None:
    """Raises Unreadable for a condition that means nothing here, rather than let it seem to hold."""
    for name in names:
        if name.lower() in request.headers:
            raise Unreadable(f"{name} does not go with {request.method} at this URL; leave it out")


def check_conditions(request: Request) -> None:
    """Raises Unreadable for a condition that would seem to hold: one that means nothing with the method, one that is
    given twice, and one of a write that has no value."""
    seen: set[bytes] = set()
    for name, value in request.scope["headers"]:
        if name not in _CONDITIONS:
            continue
        if request.method not in _CONDITIONS[name]:
            refuse_headers(request, _SPELT[name])
        if (name in _SINGLE and name in seen) or not (value.strip() or request.method in ("GET", "HEAD")):
            raise Unreadable(f"{_SPELT[name]} has one value, and is given once; leave it out to ask for nothing")
        seen.add(name)


def if_match(request: Request) -> Collection[int] | None:
    """The versions that a write may replace; None where the client does not say. Raises Unreadable."""
    given = incoming.listed(request, "if-match")
    return etags.versions(given) if given else None


def if_none_here(request: Request) -> bool:
    """Whether a PUT may only create, which `If-None-Match: *` says. Raises Unreadable for a version."""
    given = incoming.listed(request, "if-none-match").strip()
    if given not in ("", "*"):
        raise Unreadable("If-None-Match takes * with PUT: write only what is not here. For a version, send If-Match")
    return bool(given)


def holds(request: Request, version: int, at: datetime) -> bool:
    """Whether the client of a read has this version already, by If-None-Match, or else by If-Modified-Since."""
    if tags := incoming.listed(request, "if-none-match"):
        return etags.is_held(tags, version)
    since = _since(request.headers.get("if-modified-since", ""))
    return since is not None and at <= since


def _since(given: str) -> datetime | None:
    """The last instant of a second, as RFC 9110 has it; an instant, as an entry of a Bundle has it.

    A date that cannot be read is as none (RFC 9110 §13.1.3).
    """
    if exactly := elements.instant(given):
        return exactly
    try:
        since = parsedate_to_datetime(given)
    except ValueError:
        return None
    return (since if since.tzinfo else since.replace(tzinfo=UTC)).replace(microsecond=999_999)


def provenance(request: Request, *, base: str) -> Body | None:
    """The Provenance that came with a write, as X-Provenance. Raises Unreadable."""
    given = request.headers.get("x-provenance", "")
    return provenances.understood(given.encode("latin-1"), base=base) if given else None


def query(request: Request) -> list[tuple[str, str]]:
    return incoming.fields(request.scope["query_string"], of="query")


def asked(request: Request) -> list[tuple[str, str]]:
    """What the URL asks for, but for how to write the answer."""
    if not request.scope["query_string"]:
        return []
    return [(name, value) for name, value in query(request) if name not in negotiation.PARAMETERS]


async def searched(request: Request) -> list[tuple[str, str]]:
    """What a search asks for, in the URL and in the body of a POST, where no log or proxy sees it."""
    fields = await incoming.form(request, limit=FORM_LIMIT_BYTES) if request.method == "POST" else []
    negotiation.heed(request, fields)
    return [*asked(request), *(pair for pair in fields if pair[0] not in negotiation.PARAMETERS)]


def subset(request: Request, type_name: str) -> Subset:
    """The part of one resource of this type that is asked for. Raises Unreadable for any other parameter.

    A search reads the same two parameters with its others.
    """
    summary, elements = "", []
    for name, value in asked(request):
        if name == "_elements":
            elements.append(value)
        elif name == "_summary" and not summary:
            summary = value
        else:
            raise Unreadable(f"This URL takes {', '.join((*_OF_A_PART, *negotiation.PARAMETERS))}")
    return subsets.asked(summary, elements, [type_name])


def prefers(request: Request, name: str) -> bool:
    """Whether a preference without a value, such as `respond-async`, is among those of the Prefer headers."""
    given = incoming.listed(request, "prefer").replace(";", ",")
    return name in [part.strip().lower() for part in given.split(",")]


def is_lenient(request: Request) -> bool:
    """Whether what is not taken is left out with a warning, rather than refused (`Prefer: handling=lenient`)."""
    return preference(request, "handling") == "lenient"


def preference(request: Request, name: str) -> str:
    """One preference of the Prefer header, such as `return` or `handling`; empty when there is none."""
    for part in incoming.listed(request, "prefer").replace(";", ",").split(","):
        key, _, value = part.strip().partition("=")
        if key.lower() == name:
            return value.strip('" ').lower()
    return ""
