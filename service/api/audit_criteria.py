"""What a search for AuditEvents asks, read into what the audit trail is asked for."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from service import incoming
from service.api.server import Call
from service.errors import Unreadable
from service.fhir import audit_actions, audit_events, dates
from service.fhir.audit_events import BASIS, OUTCOMES
from service.register import codes, nhs_number
from service.store import audit_events as trail
from service.store import group
from service.store.audit_events import Wanted
from service.store.search_criteria import Pairs

IDENTIFIED: Final = ("patient:identifier", "agent:identifier")
_MOST: Final = 20
"""Alternatives of one parameter."""

Values = list[str]
Asked = Mapping[str, Values]


async def wanted(call: Call, asked: Pairs) -> Wanted:
    """Raises Unreadable naming the parameter that cannot be understood."""
    given = {name: value.split(",") for name, value in asked}
    if any(len(values) > _MOST for values in given.values()):
        raise Unreadable(f"A search for AuditEvents asks for at most {_MOST} alternatives of each parameter")
    found = _within(Wanted(), [value for name, value in asked if name == "date"])
    if "_id" in given:
        found = _one(found, given["_id"])
    lists = {**_listed(given), **_actions(given)}
    if any(name in given for name in ("patient", "patient:identifier")):
        lists["people"] = await _any_of(call, given, {"patient": _by_reference, "patient:identifier": _by_number})
    if any(name in given for name in ("agent", "agent:identifier")):
        lists["agents"] = await _any_of(call, given, {"agent": _organisations, "agent:identifier": _identifiers})
    return replace(found, **{**lists, **({"people": ()} if found.people is not None else {})})


def _one(found: Wanted, ids: Values) -> Wanted:
    if len(ids) > 1:
        raise Unreadable.not_supported("_id takes one id of an AuditEvent", "_id")
    return found.at(ids[0])


def _within(found: Wanted, asked: Iterable[str]) -> Wanted:
    """Narrowed to the time that all criteria allow, each a prefix (eq, ge, gt, le, lt) and a date."""
    for text in asked:
        prefix, value = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
        try:
            low, high = dates.interval(value.replace(" ", "+"))  # a + in a URL stands for a space
        except (ValueError, OverflowError) as error:
            raise Unreadable("date is a prefix and a date, such as ge2026-03-31", expression="date") from error
        if prefix not in ("eq", "ge", "gt", "le", "lt"):
            raise Unreadable.not_supported("date takes the prefixes eq, ge, gt, le and lt", "date")
        since = {"eq": low, "ge": low, "gt": high}.get(prefix, found.since)
        until = {"eq": high, "le": high, "lt": low}.get(prefix, found.until)
        found = replace(found, since=max(found.since, since), until=min(found.until, until))
    return found


def _listed(given: Asked) -> dict[str, Any]:
    """What is compared as it stands."""
    lists: dict[str, Any] = {}
    if "entity-name" in given:
        lists["requests"] = given["entity-name"]
    if "agent-role" in given:
        lists["roles"] = _codes(given["agent-role"], audit_events.ROLE)
    if "policy" in given:
        lists["bases"] = [one.removeprefix(BASIS) for one in given["policy"] if one.startswith(BASIS)]
    if "outcome" in given:
        lists["outcomes"] = [
            hundreds
            for code in _codes(given["outcome"], "http://hl7.org/fhir/audit-event-outcome")
            for hundreds in OUTCOMES.get(code, ())
        ]
    return lists


def _actions(given: Asked) -> dict[str, Any]:
    """What was done: R4 tells it by three codes, the audit by one."""
    named = {
        "letters": _codes(given.get("action", []), "http://hl7.org/fhir/audit-event-action"),
        "types": _codes(given.get("type", []), *audit_actions.OF_TYPES),
        "subtypes": _codes(
            given.get("subtype", []), audit_actions.INTERACTION, audit_actions.SYSTEM, audit_actions.DICOM
        ),
    }
    if not any(name in given for name in ("action", "type", "subtype")):
        return {}
    return {"actions": audit_actions.told_by(**named)}


def _codes(tokens: Values, *systems: str) -> Values:
    """The codes of tokens, of any of these systems or of none; a token of another one is a code that nothing has."""
    parted = [token.rpartition("|") for token in tokens]
    return [code if not bar or system in systems else "" for system, bar, code in parted]


Finder = Callable[[Call, Values], Awaitable[Iterable[Any]]]


async def _any_of(call: Call, given: Asked, finders: Mapping[str, Finder]) -> list[Any]:
    """What all of the criteria that are given find."""
    found = [set(await find(call, given[name])) for name, find in finders.items() if name in given]
    return sorted(set.intersection(*found))


async def _by_reference(call: Call, values: Values) -> Iterable[int]:
    ids = [_id(call, value, "Patient", "patient") for value in values]
    return await trail.people(call.server.door, patient_ids=ids)


async def _by_number(call: Call, values: Values) -> Iterable[int]:
    numbers = [nhs_number.normalised(number) for number in _codes(values, nhs_number.SYSTEM)]
    return await trail.people(call.server.door, numbers=numbers)


async def _organisations(call: Call, values: Values) -> Iterable[str]:
    """The codes of Organizations that are held here."""
    ids = [_id(call, value, "Organization", "agent") for value in values]
    door, system = call.server.door, codes.ODS_ORGANISATION
    return [code for one in ids for code in await group.organisation_codes(door, one, system=system)]


async def _identifiers(call: Call, values: Values) -> Iterable[str]:
    """ODS codes, and what systems and the people at their keyboards are called."""
    parted = [value.rpartition("|") for value in values]
    return [one for system, bar, one in parted if not bar or system.startswith((codes.ODS_ORGANISATION, codes.CLIENT))]


def _id(call: Call, reference: str, type_name: str, expression: str) -> str:
    named, _, resource_id = reference.removeprefix(f"{call.base}/").rpartition("/")
    if named not in ("", type_name) or not incoming.SAFE_ID.fullmatch(resource_id):
        raise Unreadable(f"{expression} is {type_name}/id, or send {expression}:identifier", expression=expression)
    return resource_id
