"""A transaction Bundle: all of it or nothing, through the same functions as single writes, in one transaction.

R4 §3.1.0.11.2: deletes go first, then creates, updates and patches, then reads, whatever the order in the Bundle; no
resource is written twice. Within that, people are written before what belongs to them. Every condition is asked before
anything is written, all of one kind in one statement.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from service.actor import Actor
from service.errors import Forbidden, HeartseaseError, Invalid, Issue, NotFound, Unreadable, VersionConflict
from service.fhir import codec, etags, patching
from service.fhir.resource_type import SELF, Body
from service.store import bundle, conditions, integrity, judging, linking, ownership, provenance
from service.store.bundle import READS, Entry
from service.store.conditions import Condition
from service.store.linking import OPERATIONS, Links
from service.store.write import Saved, Writing

_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """A transaction understood and judged, before anything is asked of the register."""

    entries: Sequence[Entry]
    links: Links

    @property
    def writes(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.method not in READS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `saved` is by place, None for a conditional delete that found nothing; `reads` are to come."""

    saved: Mapping[str, Saved | None]
    reads: Sequence[Entry]


def understood(sent: Body, *, base: str) -> Plan:
    """The transaction, judged. Raises Unreadable for its form, or Invalid, with every issue of every entry."""
    entries = bundle.gathered(lambda raw, place: _entry(raw, place, base), bundle.listed(sent))
    links = Links({entry.place: _promised(entry) for entry in entries if entry.method not in READS})
    links.learn(entries)
    entries = [links.with_conditions(entry) for entry in entries]
    links.blame_chains(entries)
    for entry in entries:
        links.relink(entry)
    issues = [*_judged(entries), *links.issues, *_repeated(entries)]
    if issues:
        raise judging.refusal("The transaction was refused whole; nothing of it was kept", issues)
    return Plan(entries, links)


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


def run(changes: Writing, plan: Plan) -> Outcome:
    """Carries out the writes. Raises what single writes raise, each refusal naming its entry."""
    told = _told(changes, plan.links)
    existing, becomes = _asked(changes, plan)
    writes = [_moved(entry, becomes) for entry in plan.writes]
    linking.moved([*writes, *told], becomes)
    names = {place: becomes.get(promised, promised) for place, promised in plan.links.promised.items()}
    _refuse_overlaps(writes, names)
    made = sum(_makes(entry) and entry.place not in existing for entry in writes)
    changes.expect(made + 1 if made else 0)  # and the Provenance of them all
    saved: dict[str, Saved | None] = {}
    for entry in sorted(writes, key=_turn):
        new_id = names[entry.place].partition("/")[2]
        try:
            saved[entry.place] = _carried_out(changes, entry, existing.get(entry.place), new_id)
        except HeartseaseError as error:
            raise _blaming(error, entry) from error
        except IntegrityError as error:
            found = integrity.conflict(error)
            raise (_blaming(found, entry) if isinstance(found, HeartseaseError) else found) from error
    in_order = {entry.place: saved[entry.place] for entry in writes}
    return Outcome(in_order, [_moved(entry, becomes) for entry in plan.entries if entry.method in READS])


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
        issue = Issue("not-supported", "A transaction takes no operations; call them alone or in a batch", place)
        raise Unreadable(issue.message, issues=[issue])
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


def _judged(entries: Iterable[Entry]) -> list[Issue]:
    return [
        issue.under(f"{entry.place}.resource")
        for entry in entries
        if entry.method in ("POST", "PUT")
        for issue in judging.issues(entry.resource)
    ]


def _repeated(entries: Sequence[Entry]) -> list[Issue]:
    """Two entries under one name, or two writes of one address or under one condition: which is meant?"""
    seen: set[tuple[bool, str]] = set()
    issues = []
    for entry in entries:
        element = "request.ifNoneExist" if entry.method == "POST" else "request.url"
        for where, value in (("fullUrl", entry.full_url), (element, linking.address(entry))):
            if value and (where == "fullUrl", value) in seen:
                issues.append(Issue("duplicate", "Another entry says the same", f"{entry.place}.{where}"))
            seen.add((where == "fullUrl", value))
    return issues


def _told(changes: Writing, links: Links) -> list[Entry]:
    """What the client says of the whole in X-Provenance; it may refer to the entries too. Raises Invalid."""
    if not changes.told:
        return []
    told = Entry("X-Provenance", "POST", provenance.NAME, resource=changes.told)
    links.relink(told)
    if links.issues:
        raise judging.refusal("X-Provenance refers to no entry of the transaction", links.issues)
    return [told]


def _asked(changes: Writing, plan: Plan) -> tuple[dict[str, Saved], dict[str, str]]:
    """By place, what conditions find; and by promised reference, what stands in its place now.

    Conditions that name other entries are asked once it is known where these lead.
    """
    late = plan.links.late
    first = {entry.place: _condition(entry) for entry in plan.writes if entry.place not in late}
    found = _existing(changes, {**first, **plan.links.asked})
    _refuse_leading_nowhere(plan.links, found)
    for at in plan.links.asked:
        changes.unchanged(found[at])  # who refers by a condition learns what it finds
    becomes = {plan.links.promised.get(at, at): one.reference for at, one in found.items()}
    if late:
        second = [_moved(entry, becomes) for entry in plan.writes if entry.place in late]
        later = _existing(changes, {entry.place: _condition(entry) for entry in second})
        becomes |= {plan.links.promised[at]: one.reference for at, one in later.items()}
        found |= later
    becomes = {promised: real for promised, real in becomes.items() if promised != real}
    return {at: one for at, one in found.items() if at in plan.links.promised}, becomes


def _existing(changes: Writing, asked: Mapping[str, Condition | None]) -> dict[str, Saved]:
    wanted = {at: condition for at, condition in asked.items() if condition}
    here = conditions.existing(changes, list(wanted.values()))
    return {at: here[condition] for at, condition in wanted.items() if condition in here}


def _condition(entry: Entry) -> Condition | None:
    text = linking.condition_of(entry)
    element = "ifNoneExist" if entry.method == "POST" else "url"
    return Condition(entry.type_name, text, f"{entry.place}.request.{element}") if text else None


def _refuse_leading_nowhere(links: Links, found: Mapping[str, Saved]) -> None:
    missing = [condition for at, condition in links.asked.items() if at not in found]
    if missing:
        message, refusal = "This conditional reference matches nothing that you may see", VersionConflict
        issues = [Issue(refusal.code, message, one.expression, detail=refusal.detail) for one in missing]
        raise VersionConflict(message, issues=issues)


def _moved(entry: Entry, becomes: Mapping[str, str]) -> Entry:
    if not becomes or not (entry.query or entry.conditions):
        return entry
    said = dict(entry.conditions)
    if "ifNoneExist" in said:
        said["ifNoneExist"] = linking.moved_text(said["ifNoneExist"], becomes)
    return replace(entry, query=linking.moved_text(entry.query, becomes), conditions=said)


def _refuse_overlaps(writes: Iterable[Entry], names: Mapping[str, str]) -> None:
    """R4: a resource is written once in a transaction, however its entry names it."""
    seen: set[str] = set()
    issues = []
    for entry in writes:
        if names[entry.place] in seen:
            message = "Another entry writes the same resource; a transaction writes each once"
            issues.append(Issue("duplicate", message, f"{entry.place}.request"))
        seen.add(names[entry.place])
    if issues:
        raise Invalid(issues[0].message, issues=issues)


def _makes(entry: Entry) -> bool:
    """Whether the entry makes a new resource unless its condition finds one."""
    return entry.method == "POST" or (entry.method == "PUT" and not entry.resource_id)


def _turn(entry: Entry) -> tuple[int, int, int]:
    """People before what belongs to them, what belongs to nobody first of all; deletes the other way round."""
    person = judging.TYPES[entry.type_name].person
    rank = {"": 0, SELF: 1, ownership.TARGET: 3}.get(person, 2)
    order = _ORDER[entry.method]
    return (1, rank, order) if order else (0, -rank, 0)


def _carried_out(changes: Writing, entry: Entry, found: Saved | None, new_id: str) -> Saved | None:
    place, if_match = f"{entry.place}.resource", _if_match(entry)
    match entry.method, entry.resource_id:
        case "POST", _:
            return changes.found(found, entry.resource) if found else _created(changes, entry, new_id, place)
        case "PUT", "":
            return conditions.put(changes, entry.resource, found, new_id=new_id, if_match=if_match, place=place)
        case "PUT", _:
            return changes.update(entry.resource, if_match=if_match, place=place)
        case "PATCH", _:
            return _patched(changes, entry, found, if_match, place)
        case _, "":
            return conditions.take_out(changes, found, if_match=if_match)
        case _:
            return changes.delete(entry.type_name, entry.resource_id, if_match=if_match)


def _created(changes: Writing, entry: Entry, new_id: str, place: str) -> Saved:
    return changes.create(entry.resource, resource_id=new_id, place=place)


def _patched(
    changes: Writing, entry: Entry, found: Saved | None, if_match: Collection[int] | None, place: str
) -> Saved:
    if not entry.resource_id and found is None:
        raise NotFound(f"The condition matches no {entry.type_name} that you may see")
    resource_id = found.id if found else entry.resource_id
    patch = patching.understood(codec.dumps(entry.resource[OPERATIONS]))
    return changes.patch(entry.type_name, resource_id, patch, if_match=if_match, place=place)


def _if_match(entry: Entry) -> Collection[int] | None:
    given = entry.conditions.get("ifMatch")
    return etags.versions(given, f"{entry.place}.request.ifMatch") if given else None


def _blaming(error: HeartseaseError, entry: Entry) -> HeartseaseError:
    """The refusal of one entry, naming it: the resource where the finding is about it, else the request."""
    if error.issues[0].expression.startswith(entry.place):
        return error
    is_of_condition = isinstance(error, VersionConflict | NotFound) or entry.method == "DELETE"
    return error.under(f"{entry.place}.request" if is_of_condition else f"{entry.place}.resource")
