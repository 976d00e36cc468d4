"""A transaction Bundle understood: what each entry asks for, what it refers to, and whether it is fit to be kept.

Nothing is asked of the register here, so that all that is wrong with the form of a transaction is told at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from service.actor import Actor
from service.errors import Forbidden, HeartseaseError, Issue, Unreadable
from service.fhir import codec, etags, patching
from service.fhir.resource_type import Body
from service.store import bundle, bundle_links, judging
from service.store.bundle import READS, Entry
from service.store.bundle_links import OPERATIONS, Links


@dataclass(frozen=True, slots=True)
class Plan:
    """A transaction understood and judged, before anything is asked of the register.

    `warnings` are what was found about the resources that may be kept, by the place of their entry.
    """

    entries: Sequence[Entry]
    links: Links
    warnings: Mapping[str, Sequence[Issue]]

    @property
    def writes(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.method not in READS]


def understood(sent: Body, *, base: str) -> Plan:
    """The transaction, judged. Raises Unreadable for its form, or Invalid, with every issue of every entry."""
    entries = bundle.gathered(lambda raw, place: _entry(raw, place, base), bundle.listed(sent))
    links = Links({entry.place: _promised(entry) for entry in entries if entry.method not in READS}, own=f"{base}/")
    links.learn(entries)
    entries = [links.with_conditions(entry) for entry in entries]
    links.blame_chains(entries)
    for entry in entries:
        links.relink(entry)
    kept = [entry for entry in entries if entry.method in ("POST", "PUT")]
    judged = {entry.place: judging.findings(entry.resource) for entry in kept}
    issues = [*_errors(judged), *links.issues, *_repeated(entries)]
    if issues:
        raise judging.refusal("The transaction was refused whole; nothing of it was kept", issues)
    return Plan(entries, links, {place: found for place, found in judged.items() if found})


def check_scopes(plan: Plan, by: Actor) -> None:
    """Raises Forbidden naming every entry that the actor may not ask for. Reads are checked where they are read."""
    wanted = [_wanted(entry) for entry in plan.writes]
    wanted += [("s", one.type_name, one.expression) for one in plan.links.asked.values()]
    issues = [
        Issue(Forbidden.code, f"This token lacks system/{type_name}.{letters[0]}", place, detail=Forbidden.detail)
        for letters, type_name, place in wanted
        if not any(by.may(letter, type_name) for letter in letters)
    ]
    if issues:
        raise Forbidden("; ".join(issue.message for issue in issues[:3]), issues=issues)


def _entry(raw: Any, place: str, base: str) -> Entry:
    entry = bundle.entry(raw, place, base=base)
    if entry.method in READS:
        return entry
    _check_url(entry)
    _check_resource(entry)
    if "ifMatch" in entry.conditions:
        etags.versions(entry.conditions["ifMatch"], f"{place}.request.ifMatch")
    if entry.method == "PATCH":
        return replace(entry, resource=_operations(entry))
    return entry


def _check_url(entry: Entry) -> None:
    place = f"{entry.place}.request.url"
    if "$" in entry.url:
        raise Unreadable.not_supported("A transaction takes no operations; call them alone or in a batch", place)
    if entry.type_name not in judging.TYPES:
        message = "The register holds no resources of this type; /metadata lists those that it holds"
        raise Unreadable(message, expression=place)
    is_plain = entry.method == "POST" and not entry.query
    is_conditional = entry.method != "POST" and bool(entry.query)
    if "/" in entry.resource_id or bool(entry.resource_id) == (is_plain or is_conditional):
        raise Unreadable("The url is Type for POST, and Type/id or Type?query for the others", expression=place)
    if entry.method == "POST" and entry.query:
        raise Unreadable("A POST takes its condition in ifNoneExist", expression=place)


def _check_resource(entry: Entry) -> None:
    if entry.method not in ("POST", "PUT"):
        return
    if entry.resource.get("resourceType") != entry.type_name:
        message = f"The resource should be a {entry.type_name}, as the url says"
        raise Unreadable(message, expression=f"{entry.place}.resource")
    if entry.method == "PUT" and entry.resource_id and entry.resource.get("id") != entry.resource_id:
        raise Unreadable("The id should be the one in the url", expression=f"{entry.place}.resource.id")


def _operations(entry: Entry) -> Body:
    try:
        raw = bundle.patch(entry)
        patching.understood(raw)
        return {"resourceType": entry.type_name, OPERATIONS: codec.loads_list(raw)}
    except HeartseaseError as error:
        if error.issues[0].expression:
            raise
        raise error.under(f"{entry.place}.resource.data") from error


def _promised(entry: Entry) -> str:
    """The reference under which an entry's resource will stand, unless a condition finds another."""
    given = entry.resource.get("id") if entry.method == "PUT" else None
    return f"{entry.type_name}/{entry.resource_id or (given if isinstance(given, str) else uuid4())}"


def _wanted(entry: Entry) -> tuple[str, str, str]:
    """Letters of a scope, of which one is enough, with the type and the element that asks for it."""
    return "uc" if entry.method == "PUT" else bundle.METHODS[entry.method], entry.type_name, f"{entry.place}.request"


def _errors(judged: Mapping[str, Sequence[Issue]]) -> list[Issue]:
    return [
        issue.under(f"{place}.resource")
        for place, found in judged.items()
        for issue in found
        if issue.severity == "error"
    ]


def _repeated(entries: Sequence[Entry]) -> list[Issue]:
    """Two entries under one name, or two writes of one address or under one condition: which is meant?"""
    seen: set[tuple[bool, str]] = set()
    issues = []
    for entry in entries:
        element = "request.ifNoneExist" if entry.method == "POST" else "request.url"
        for where, value in (("fullUrl", entry.full_url), (element, bundle_links.address(entry))):
            if value and (where == "fullUrl", value) in seen:
                issues.append(Issue("duplicate", "Another entry says the same", f"{entry.place}.{where}"))
            seen.add((where == "fullUrl", value))
    return issues
