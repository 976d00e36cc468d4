"""A transaction Bundle: all of it or nothing, through the same functions as single writes, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from service.errors import HeartseaseError, Issue, Unreadable
from service.fhir import etags, references
from service.fhir.resource_type import SELF, Body
from service.store import conditions, integrity, judging
from service.store.conditions import Condition
from service.store.write import Saved, Writing

LARGEST = 500
LETTERS = {"DELETE": "d", "POST": "c", "PUT": "u"}
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry understood: what to do with which resource, and where it stands in the Bundle."""

    place: str
    method: str
    type_name: str
    resource_id: str
    resource: Body
    full_url: str
    if_none_exist: str
    if_match: Collection[int] | None


def entries(bundle: Body) -> list[Entry]:
    """The entries of a transaction, judged. Raises Unreadable, or Invalid with every issue of every entry."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        raise Unreadable("Send a Bundle of type transaction", expression="Bundle.type")
    listed = bundle.get("entry", [])
    if not isinstance(listed, list) or not 0 < len(listed) <= LARGEST:
        raise Unreadable(f"A transaction has between 1 and {LARGEST} entries", expression="Bundle.entry")
    issues, found = [], []
    for at, raw in enumerate(listed):
        entry = _entry(raw, f"Bundle.entry[{at}]")
        found.append(entry)
        if entry.method != "DELETE":
            issues += [issue.under(f"{entry.place}.resource") for issue in judging.issues(entry.resource)]
    issues += _repeated(found)
    if issues:
        raise judging.refusal("The transaction was refused whole; nothing of it was kept", issues)
    return found


def _entry(raw: Any, place: str) -> Entry:
    if not isinstance(raw, dict) or not isinstance(raw.get("request"), dict):
        raise Unreadable("Every entry has a request with a method and a url", expression=f"{place}.request")
    request = {name: value for name, value in raw["request"].items() if isinstance(value, str)}
    method, url = request.get("method", ""), request.get("url", "")
    type_name, _, resource_id = url.partition("/")
    if method not in _ORDER:
        raise Unreadable("A transaction takes POST, PUT and DELETE here", expression=f"{place}.request.method")
    if type_name not in judging.TYPES or (method == "POST") == bool(resource_id):
        raise Unreadable("The url is Type for POST, and Type/id for PUT and DELETE", expression=f"{place}.request.url")
    resource = raw.get("resource") if method != "DELETE" else {}
    if not isinstance(resource, dict) or (method != "DELETE" and resource.get("resourceType") != type_name):
        raise Unreadable(f"The resource should be a {type_name}, as the url says", expression=f"{place}.resource")
    if method == "PUT" and resource.get("id") != resource_id:
        raise Unreadable("The id should be the one in the url", expression=f"{place}.resource.id")
    full_url = raw.get("fullUrl", "")
    if not isinstance(full_url, str):
        raise Unreadable("fullUrl is text", expression=f"{place}.fullUrl")
    condition = request.get("ifNoneExist", "")
    if condition and method != "POST":
        raise Unreadable("ifNoneExist goes with POST", expression=f"{place}.request.ifNoneExist")
    return Entry(place, method, type_name, resource_id, resource, full_url, condition, _version(request, place))


def _version(request: dict[str, str], place: str) -> Collection[int] | None:
    if "ifMatch" not in request:
        return None
    return etags.versions(request["ifMatch"], f"{place}.request.ifMatch")


def _repeated(found: Sequence[Entry]) -> list[Issue]:
    """Two entries of one address, or two that are to be made under one condition: which is meant?"""
    seen: set[tuple[str, str]] = set()
    issues = []
    for entry in found:
        condition = f"{entry.type_name}?{entry.if_none_exist}" if entry.if_none_exist else ""
        for element, value in (("fullUrl", entry.full_url), ("request.ifNoneExist", condition)):
            if value and (element, value) in seen:
                issues.append(Issue("duplicate", "Another entry says the same", f"{entry.place}.{element}"))
            seen.add((element, value))
    return issues


def run(changes: Writing, found: Sequence[Entry]) -> list[Saved]:
    """Carries out judged entries: deletes, then creates, then updates; answers stand in the order of the entries."""
    existing = _existing(changes, found)
    changes.expect(sum(entry.method == "POST" and entry.place not in existing for entry in found))
    ids = {entry.place: str(uuid4()) for entry in found if entry.method == "POST"}
    becomes = {entry.full_url: _reference(entry, existing.get(entry.place), ids) for entry in found if entry.full_url}
    for entry in found:
        references.replace_references(entry.resource, becomes)
    saved = {}
    for entry in sorted(found, key=lambda entry: (_ORDER[entry.method], _rank(entry))):
        try:
            saved[entry.place] = _carried_out(changes, entry, existing.get(entry.place), ids.get(entry.place, ""))
        except HeartseaseError as error:
            raise error.under(f"{entry.place}.resource") from error
        except IntegrityError as error:
            raise _named(integrity.conflict(error), f"{entry.place}.resource") from error
    return [saved[entry.place] for entry in found]


def _existing(changes: Writing, found: Sequence[Entry]) -> dict[str, Saved]:
    """By place, what the entries that carry a condition would make and is here already."""
    asked = {
        entry.place: Condition(entry.type_name, entry.if_none_exist, f"{entry.place}.request.ifNoneExist")
        for entry in found
        if entry.if_none_exist
    }
    here = conditions.existing(changes, list(asked.values()))
    return {place: here[condition] for place, condition in asked.items() if condition in here}


def _named(error: Exception, place: str) -> Exception:
    return error.under(place) if isinstance(error, HeartseaseError) else error


def _rank(entry: Entry) -> int:
    """People before what belongs to them; what belongs to nobody first of all."""
    person = judging.TYPES[entry.type_name].person
    return 0 if not person else 1 if person == SELF else 2


def _reference(entry: Entry, existing: Saved | None, ids: dict[str, str]) -> str:
    return existing.reference if existing else f"{entry.type_name}/{entry.resource_id or ids[entry.place]}"


def _carried_out(changes: Writing, entry: Entry, existing: Saved | None, resource_id: str) -> Saved:
    if existing:
        return changes.found(existing, entry.resource)
    match entry.method:
        case "POST":
            return changes.create(entry.resource, resource_id=resource_id, place=f"{entry.place}.resource")
        case "PUT":
            return changes.update(entry.resource, if_match=entry.if_match, place=f"{entry.place}.resource")
        case _:
            return changes.delete(entry.type_name, entry.resource_id, if_match=entry.if_match)
