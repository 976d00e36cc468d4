"""A Provenance for every write: what was written, when, by which system, for which organisation (FHIR.md §6.1).

A client may send its own with what it writes, as `X-Provenance`; its targets are filled in here.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from service.actor import Actor
from service.errors import Unreadable
from service.fhir import codec, dates, references
from service.fhir.resource_type import Body
from service.register import codes
from service.store import deletion, judging

NAME: Final = "Provenance"
LARGEST_BYTES: Final = 8_000
"""Of an X-Provenance, which is a header."""

_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_AUTHOR = {"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author"}


def automatic(targets: Sequence[str], changes: Collection[str], *, by: Actor, at: datetime, act: str = "") -> Body:
    """What we say of a write ourselves. `targets` are versions, such as `Patient/1/_history/2`; `act` is a code of ISO
    21089, such as "merge", where it was more than to write."""
    return {
        "resourceType": NAME,
        "target": _references(targets),
        "recorded": dates.instant(at),
        "activity": {"coding": [{"system": _OPERATION, "code": _activity(changes)}, *_lifecycle(act)]},
        "agent": [
            {"type": {"coding": [_AUTHOR]}, "who": _identified(codes.CLIENT, by.client_id), **_for(by.organisation)}
        ],
    }


def completed(sent: Body, targets: Sequence[str]) -> Body:
    """A client's own, with its targets."""
    return {"resourceType": NAME, "target": _references(targets), **sent}


def understood(raw: bytes, *, base: str) -> Body:
    """The Provenance of an X-Provenance header: JSON, fit to be kept, without targets. Raises Unreadable."""
    if len(raw) > LARGEST_BYTES:
        raise Unreadable(f"X-Provenance is at most {LARGEST_BYTES:,} bytes; send a transaction with a Provenance in it")
    sent = codec.loads(raw)
    if sent.get("resourceType") != NAME:
        raise Unreadable("X-Provenance holds a Provenance as JSON", expression="resourceType")
    if "target" in sent:
        raise Unreadable(
            "X-Provenance has no target: it is filled in with what is written", expression=f"{NAME}.target"
        )
    issues = judging.issues(completed(sent, ["Patient/any"]))
    if issues:
        raise Unreadable("X-Provenance: " + "; ".join(issue.message for issue in issues), issues=issues)
    deletion.reason(sent)
    references.make_relative(sent, base=base)
    return sent


def _activity(changes: Collection[str]) -> str:
    """One word for what was done. Several kinds together are an update of the record."""
    kinds = set(changes)
    return kinds.pop().upper() if len(kinds) == 1 else "UPDATE"


def _lifecycle(act: str) -> list[Body]:
    return [{"system": _LIFECYCLE, "code": act}] if act else []


def _references(targets: Sequence[str]) -> list[Body]:
    return [{"reference": target} for target in targets]


def _identified(system: str, value: str) -> Body:
    return {"identifier": {"system": system, "value": value}}


def _for(organisation: str) -> Body:
    return {"onBehalfOf": _identified(codes.ODS_ORGANISATION, organisation)} if organisation else {}
