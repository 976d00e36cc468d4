"""AuditEvent: a row of the audit trail as FHIR tells it, shaped like IHE's Basic Audit Log Patterns (BALP).

It holds who, for whom, what, whose, why and when, by ids and codes; of what was written or told, nothing. The network
address of the client, which BALP wants, is not kept, so that no profile is claimed.
"""

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from service.fhir import audit_actions, dates
from service.fhir.audit_actions import DICOM, KINDS, Kind
from service.fhir.resource_type import Body
from service.register import codes, deletions

NAME: Final = "AuditEvent"
ROLE: Final = f"{codes.BASE}/CodeSystem/heartsease-role"
BASIS: Final = f"{codes.BASE}/basis/"
"""Below it, the ground on which a record was open stands as a policy: R4's word for what authorised an access."""
SOFTWARE: Final = "Heartsease"

_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_SENDER, _RECEIVER = ("110153", "Source Role ID"), ("110152", "Destination Role ID")


REASONS: Final = {
    "ETREAT": "Care is needed at once",
    "PATRQT": "The person asks for it now",
    "HLEGAL": "The law or a court requires it",
    "THREAT": "Somebody is in danger",
}
"""Why a glass may be broken: codes of HL7's v3-ActReason, and what they mean here."""
OUTCOMES: Final = {"0": (1, 2, 3), "4": (4,), "8": (5,)}
"""R4's codes of outcomes by the hundreds of HTTP statuses: done, refused, failed by a fault of ours."""


class Event(NamedTuple):
    """A row. `patient_id` is the id of the Patient whose record it was of; None where it was nobody's."""

    pk: int
    chain: str
    sequence: int
    at: datetime
    action: str
    outcome: int
    client_id: str
    organisation: str
    user_id: str
    role: str
    purpose: str
    reason: str
    basis: str
    resource_type: str
    resource_id: str
    query: str
    disclosed: str
    request_id: str
    person_pk: int | None
    patient_id: str | None

    @property
    def id(self) -> str:
        return event_id(self.chain, self.sequence, self.at)


class Place(NamedTuple):
    """Where an event stands in the audit trail: its chain, the number in it, and when it was."""

    chain: str
    sequence: int
    at: datetime


def event_id(chain: str, sequence: int, at: datetime) -> str:
    """The id of an event. It tells the instant too, by which it is found: no index need know of chains."""
    return f"{chain or _UNCHAINED}-{sequence}-{(at - _EPOCH) // _TICK:x}"


def place(event_id: str) -> Place | None:
    """The place that an id names; None for what no event can be called."""
    found = _ID.fullmatch(event_id)
    if not found:
        return None
    chain, sequence, ticks = found.groups()
    at = _EPOCH + int(ticks, 16) * _TICK
    return Place("" if chain == _UNCHAINED else chain, int(sequence), at)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_UNCHAINED: Final = "before"
"""For the chain of what was written before there were chains."""
_ID: Final = re.compile(r"([A-Za-z0-9-]{1,30})-([0-9]{1,12})-([0-9a-f]{1,14})", re.ASCII)


def resource(event: Event, *, base: str) -> Body:
    """The AuditEvent of a row; `base` is our address."""
    kind = KINDS.get(event.action, audit_actions.OTHER)
    return {
        "resourceType": NAME,
        "id": event.id,
        "type": _type(kind),
        "subtype": _subtypes(event, kind),
        "action": kind.letter,
        "recorded": dates.instant(event.at),
        "outcome": next((code for code, found in OUTCOMES.items() if event.outcome // 100 in found), "8"),
        "outcomeDesc": f"HTTP {event.outcome}",
        **({"purposeOfEvent": [_concept(*_reason(event.reason))]} if event.reason else {}),
        "agent": [*_who(event, kind), _server(kind, base)],
        "source": _source(base),
        **_listed("entity", _entities(event)),
    }


def told_to_the_person(event: Event, *, base: str) -> Body:
    """The same for the person themselves: organisation, role, when, why and how; who it was is not theirs to know."""
    kind = KINDS.get(event.action, audit_actions.OTHER)
    whole = resource(event, base=base)
    roles = {"role": [_concept(ROLE, event.role)]} if event.role else {}
    asking = {"requestor": True, **roles, **_why(event)}
    kept = {name: value for name, value in whole.items() if name != "entity"}
    return {**kept, "agent": [asking, *_organisation(event), _server(kind, base)], "entity": _of_patient(event)}


def _listed(name: str, found: Iterable[Body]) -> Body:
    listed = list(found)
    return {name: listed} if listed else {}


def _coding(system: str, code: str, display: str = "") -> Body:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _concept(system: str, code: str, display: str = "") -> Body:
    return {"coding": [_coding(system, code, display)]}


def _type(kind: Kind) -> Body:
    system = audit_actions.EVENT_TYPE if kind.type == audit_actions.REST else DICOM
    return _coding(system, kind.type, audit_actions.TYPES[kind.type])


def _subtypes(event: Event, kind: Kind) -> list[Body]:
    """FHIR's or DICOM's word for what was done, and ours, which is narrower."""
    found = [_coding(audit_actions.INTERACTION, kind.interaction, kind.interaction)] if kind.interaction else []
    found += [_coding(DICOM, kind.subtype, audit_actions.SUBTYPES[kind.subtype])] if kind.subtype else []
    if event.action not in KINDS:
        return [*found, {"display": event.action}]
    return [*found, _coding(audit_actions.SYSTEM, audit_actions.code(event.action))]


def _reason(reason: str) -> tuple[str, str]:
    return (codes.ACT_REASON, reason) if reason in REASONS else (deletions.SYSTEM, reason)


def _who(event: Event, kind: Kind) -> list[Body]:
    """The person at the keyboard, their system, and the organisation for which they acted, as far as these are known.

    Without a person the system has asked by itself, and has the role and the purpose.
    """
    roles = {"role": [_concept(ROLE, event.role)]} if event.role else {}
    said = {**roles, **_why(event)}
    client = {
        "type": _concept(DICOM, *(_RECEIVER if kind.letter == "R" else _SENDER)),
        "who": _identified(codes.CLIENT, event.client_id) if event.client_id else {"display": "Not recognised"},
        "requestor": not event.user_id,
        **({} if event.user_id else said),
    }
    user = {
        "type": _concept(f"{_TERMS}/v3-ParticipationType", "AUT" if kind.letter in "CUD" else "IRCP"),
        "who": _identified(f"{codes.CLIENT}/{event.client_id}/user", event.user_id),
        "requestor": True,
        **said,
    }
    return [*([user] if event.user_id else []), client, *_organisation(event)]


def _why(event: Event) -> Body:
    """The purpose, and the ground on which the record was open."""
    purpose = {"purposeOfUse": [_concept(codes.ACT_REASON, event.purpose)]} if event.purpose else {}
    return {**({"policy": [BASIS + event.basis]} if event.basis else {}), **purpose}


def _organisation(event: Event) -> list[Body]:
    if not event.organisation:
        return []
    who = _identified(codes.ODS_ORGANISATION, event.organisation)
    return [{"type": _concept(f"{_TERMS}/v3-RoleClass", "PROV"), "who": who, "requestor": False}]


def _server(kind: Kind, base: str) -> Body:
    return {
        "type": _concept(DICOM, *(_SENDER if kind.letter == "R" else _RECEIVER)),
        "who": {"display": SOFTWARE},
        "requestor": False,
        "network": {"address": base, "type": "5"},
    }


def _source(base: str) -> Body:
    kind = _coding(f"{_TERMS}/security-source-type", "4", "Application Server")
    return {"site": base, "observer": {"display": SOFTWARE}, "type": [kind]}


def _identified(system: str, value: str) -> Body:
    return {"identifier": {"system": system, "value": value}}


def _entities(event: Event) -> Iterable[Body]:
    """Whose record, what of it, what was asked, and the request of which all this is a part."""
    yield from _of_patient(event)
    named = [f"{event.resource_type}/{event.resource_id}"] if event.resource_type and event.resource_id else []
    for reference in dict.fromkeys([*named, *event.disclosed.split()]):
        yield {"what": {"reference": reference}, **_is("2", "System Object", "4", "Domain Resource")}
    if event.resource_id and not event.resource_type:
        yield {"what": _identified(codes.CLIENT, event.resource_id), **_is("2", "System Object", "6", "User")}
    if event.query:
        yield {**_is("2", "System Object", "24", "Query"), "query": base64.b64encode(event.query.encode()).decode()}
    if event.request_id:
        system = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
        what = {"identifier": {"value": event.request_id}}
        yield {"what": what, "type": _coding(system, "XrequestId"), "name": event.request_id}


def _of_patient(event: Event) -> list[Body]:
    if not event.patient_id:
        return []
    return [{"what": {"reference": f"Patient/{event.patient_id}"}, **_is("1", "Person", "1", "Patient")}]


def _is(type_: str, type_display: str, role: str, role_display: str) -> dict[str, Any]:
    return {
        "type": _coding(f"{_TERMS}/audit-entity-type", type_, type_display),
        "role": _coding(f"{_TERMS}/object-role", role, role_display),
    }
