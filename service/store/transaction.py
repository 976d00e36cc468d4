"""A transaction Bundle: all of it or nothing, through the same functions as single writes, in one transaction.

R4 §3.1.0.11.2: deletes go first, then creates, updates and patches, then reads, whatever the order in the Bundle; no
resource is written twice. Within that, people are written before what belongs to them. Every condition is asked before
anything is written, all of one kind in one statement.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from service.errors import HeartseaseError, Invalid, Issue, NotFound, VersionConflict
from service.fhir import codec, elements, etags, patching
from service.fhir.resource_type import SELF
from service.store import bundle_links, conditions, integrity, judging, ownership, provenance
from service.store.bundle import READS, Entry
from service.store.bundle_links import OPERATIONS, Links
from service.store.conditions import Condition
from service.store.saved import Saved
from service.store.transaction_plan import Plan
from service.store.write import Writing

_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `saved` is by place, None for a conditional delete that found nothing; `reads` are to come."""

    saved: Mapping[str, Saved | None]
    reads: Sequence[Entry]


def run(changes: Writing, plan: Plan) -> Outcome:
    """Carries out the writes. Raises what single writes raise, each refusal naming its entry."""
    told = _told(changes, plan.links)
    existing, becomes = _asked(changes, plan)
    writes = [_moved(entry, becomes) for entry in plan.writes]
    bundle_links.moved([*writes, *told], becomes)
    names = {place: becomes.get(promised, promised) for place, promised in plan.links.promised.items()}
    _refuse_overlaps(writes, names)
    changes.places = {names[entry.place]: entry.blamed for entry in writes}
    made = sum(_makes(entry) and entry.place not in existing for entry in writes)
    changes.expect(made + 1 if made else 0)  # what belongs to nobody is told of by a Provenance of its own
    _hold(changes, writes, existing, names)
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
    text = bundle_links.condition_of(entry)
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
        said["ifNoneExist"] = bundle_links.moved_text(said["ifNoneExist"], becomes)
    return replace(entry, query=bundle_links.moved_text(entry.query, becomes), conditions=said)


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


def _hold(changes: Writing, writes: Iterable[Entry], existing: Mapping[str, Saved], names: Mapping[str, str]) -> None:
    """Holds what stands already of what the transaction writes."""
    changed = [entry for entry in writes if entry.method != "POST" and (entry.resource_id or entry.place in existing)]
    people = {_whose(entry) for entry in writes} - {"", *names.values()}
    changes.hold({names[entry.place]: entry.method == "DELETE" for entry in changed}, people)


def _whose(entry: Entry) -> str:
    """The reference to the person whose record the entry's resource says that it is part of; empty where none is."""
    person = judging.TYPES[entry.type_name].person
    return elements.text_at(entry.resource, person, "reference") if entry.method in ("POST", "PUT") else ""


def _makes(entry: Entry) -> bool:
    """Whether the entry makes a new resource unless its condition finds one."""
    return entry.method == "POST" or (entry.method == "PUT" and not entry.resource_id)


def _turn(entry: Entry) -> tuple[int, int, int, str]:
    """People before what belongs to them, what belongs to nobody first of all; deletes the other way round.

    Then by id, where there is one: each Patient that changes holds its person.
    """
    person = judging.TYPES[entry.type_name].person
    rank = {"": 0, SELF: 1, ownership.TARGET: 3}.get(person, 2)
    order = _ORDER[entry.method]
    return (1, rank, order, entry.resource_id) if order else (0, -rank, 0, entry.resource_id)


def _carried_out(changes: Writing, entry: Entry, found: Saved | None, new_id: str) -> Saved | None:
    place, if_match = f"{entry.place}.resource", _if_match(entry)
    match entry.method, entry.resource_id:
        case "POST", _:
            if found:
                return changes.found(found, entry.resource)
            return changes.create(entry.resource, resource_id=new_id, place=place)
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
