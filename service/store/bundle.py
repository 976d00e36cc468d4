"""What a client sends in a Bundle: each entry as a request, understood. Nothing is read or written here.

R4 takes relative URLs; our own base before one is taken away, another server's is refused. What an entry or a Bundle
says beyond what is read here is refused, rather than left undone.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from service.errors import HeartseaseError, Issue, Unreadable
from service.fhir import elements, patching
from service.fhir.resource_type import Body

LARGEST: Final = 500
"""Entries in one Bundle."""

READS: Final = frozenset({"GET", "HEAD"})
METHODS: Final = {"GET": "r", "HEAD": "r", "POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d"}
"""Each with the scope's letter that it asks for."""

_GOES_WITH = {
    "ifNoneExist": frozenset({"POST"}),
    "ifMatch": frozenset({"PUT", "PATCH", "DELETE"}),
    "ifNoneMatch": READS,
    "ifModifiedSince": READS,
}
_SPARE = {"id", "extension"}
_OF_BUNDLE = _SPARE - {"extension"} | {
    *("resourceType", "type", "entry", "meta", "language", "identifier", "timestamp", "link"),
}
_OF_ENTRY = _SPARE | {"fullUrl", "link", "resource", "request"}
_OF_REQUEST = _SPARE | {"method", "url", *_GOES_WITH}
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._$-]{1,128}")
_LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry understood. `url` is below our base, without the query; `resource` is empty where none came.

    `conditions` are what the request says of `ifMatch` and the like, by R4's names.
    """

    place: str
    method: str
    url: str
    query: str = ""
    resource: Body = field(default_factory=dict)
    full_url: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def type_name(self) -> str:
        return self.url.partition("/")[0]

    @property
    def resource_id(self) -> str:
        return self.url.partition("/")[2]

    @property
    def blamed(self) -> str:
        """The element that a refusal of the entry names."""
        return f"{self.place}.resource" if self.resource and self.method != "PATCH" else f"{self.place}.request"


def kind(bundle: Body) -> str:
    """ "batch" or "transaction". Raises Unreadable for whatever else was sent, and for what would be left undone."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        message = "Send a Bundle of type transaction (all or nothing) or batch (each entry on its own)"
        raise Unreadable(message, expression="Bundle.type")
    found = [_unknown(name, "Bundle") for name in bundle if name not in _OF_BUNDLE]
    if found:
        raise _refusal(found)
    return str(bundle["type"])


def listed(bundle: Body) -> list[Any]:
    """The entries as they came. Raises Unreadable for none, for too many, and for what is no list."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not 0 < len(entries) <= LARGEST:
        raise Unreadable(f"The Bundle has between 1 and {LARGEST} entries", expression="Bundle.entry")
    return entries


def entry(raw: Any, place: str, *, base: str) -> Entry:
    """One entry understood. Raises Unreadable with everything that is wrong with its form."""
    found: list[Issue] = []
    request = raw.get("request") if isinstance(raw, dict) else None
    if not isinstance(request, dict):
        raise Unreadable("Every entry has a request with a method and a url", expression=f"{place}.request")
    found += [_unknown(name, place) for name in raw if name not in _OF_ENTRY]
    found += [_unknown(name, f"{place}.request") for name in request if name not in _OF_REQUEST]
    method = request.get("method")
    if not isinstance(method, str) or method not in METHODS:
        found.append(Issue("invalid", f"The method is one of {', '.join(METHODS)}", f"{place}.request.method"))
        raise _refusal(found)
    conditions = {name: request[name] for name in _GOES_WITH if name in request}
    found += [issue for name, value in conditions.items() for issue in _condition(name, value, method, place)]
    resource, full_url = raw.get("resource", {}), raw.get("fullUrl", "")
    found += [*_resource(raw, method, place), *_full_url(full_url, place)]
    try:
        url, query = target(request.get("url"), base=base, place=f"{place}.request.url")
    except Unreadable as error:
        found += error.issues
    if found:
        raise _refusal(found)
    return Entry(place, method, url, query, resource, full_url, conditions)


def target(url: Any, *, base: str, place: str) -> tuple[str, str]:
    """A request's url as path and query, below our base. Raises Unreadable for what could lead elsewhere."""
    path = url.removeprefix(base).removeprefix("/") if isinstance(url, str) else ""
    path, _, query = path.partition("?")
    if not path or len(url) > _LONGEST or not all(_SEGMENT.fullmatch(segment) for segment in path.split("/")):
        message = "The url is relative to this server's base, such as Patient, Patient/id or Patient?identifier=…"
        raise Unreadable(message, expression=place)
    # Many clients send a bar or a space as it is; what is escaped already stays so.
    return path, quote(query, safe="!$%&'()*+,/:;=?@~")


def patch(entry: Entry) -> bytes:
    """The JSON Patch that a PATCH entry carries in a Binary, as R4 has it. Raises Unreadable."""
    place = f"{entry.place}.resource"
    if entry.resource.get("resourceType") == "Parameters":
        raise Unreadable.not_supported("FHIRPath Patch is not supported; send a JSON Patch in a Binary", place)
    if entry.resource.get("resourceType") != "Binary" or entry.resource.get("contentType") != patching.MEDIA_TYPE:
        raise Unreadable(f"A PATCH carries a Binary of contentType {patching.MEDIA_TYPE}", expression=place)
    try:
        return base64.b64decode(entry.resource.get("data", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Unreadable("The data is the JSON Patch in base64", expression=f"{place}.data") from error


def gathered(work: Callable[[Any, str], Entry], entries: list[Any]) -> list[Entry]:
    """Every entry, understood by `work`. Raises Unreadable with all that is wrong with any."""
    found: list[Entry] = []
    issues: list[Issue] = []
    for at, raw in enumerate(entries):
        try:
            found.append(work(raw, f"Bundle.entry[{at}]"))
        except HeartseaseError as error:
            issues += error.issues
    if issues:
        raise _refusal(issues)
    return found


def _condition(name: str, value: Any, method: str, place: str) -> list[Issue]:
    where = f"{place}.request.{name}"
    if not isinstance(value, str) or not value:
        return [Issue("invalid", f"{name} is text", where)]
    if method not in _GOES_WITH[name]:
        return [Issue("invalid", f"{name} goes with {', '.join(sorted(_GOES_WITH[name]))}", where)]
    if name == "ifModifiedSince" and ("T" not in value or elements.instant(value) is None):
        return [Issue("value", f"{name} is an instant, such as 2026-03-31T09:00:00Z", where)]
    return []


def _resource(raw: Body, method: str, place: str) -> list[Issue]:
    resource, where = raw.get("resource"), f"{place}.resource"
    if "resource" not in raw:
        return [Issue("required", f"A {method} carries a resource", where)] if method in ("PUT", "PATCH") else []
    if method in (*READS, "DELETE"):
        return [Issue("invalid", f"A {method} carries no resource", where)]
    if not (isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)):
        return [Issue("invalid", "The resource is an object with a resourceType", where)]
    if resource["resourceType"] == "Bundle":
        return [Issue("not-supported", "A Bundle inside a Bundle is not taken; send its entries", where)]
    return []


def _full_url(full_url: Any, place: str) -> list[Issue]:
    if not isinstance(full_url, str):
        return [Issue("invalid", "fullUrl is text", f"{place}.fullUrl")]
    if "/_history/" in full_url:
        return [Issue("invalid", "fullUrl names no version (bdl-8)", f"{place}.fullUrl")]
    return []


def _unknown(name: str, place: str) -> Issue:
    shown = "".join(letter for letter in name[:40] if letter.isalnum())
    return Issue("not-supported", f"{shown} has no place in a request; leave it out", place)


def _refusal(issues: list[Issue]) -> Unreadable:
    return Unreadable("; ".join(issue.message for issue in issues[:3]), issues=issues)
