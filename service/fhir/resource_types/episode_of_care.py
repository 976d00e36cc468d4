"""EpisodeOfCare: a spell on the register, from the day someone is put on it to the day they leave it or die."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from service import db
from service.errors import Issue
from service.fhir import elements, narrative, relationships
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient, in_order
from service.fhir.relationships import Party
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes, registrations, words
from service.register.models import Registration

REGISTRATION: Final = db.table(Registration)
PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-registration"

_OFFERS: Final = ("planned", "cancelled")
_KINDS: Final = {
    "planned": "registration-offer",
    "cancelled": "registration-offer",
    "finished": registrations.ENDED,
}
_WORDS: Final = {
    "active": "On the end of life care register since",
    "onhold": "On the end of life care register, on hold, since",
    "waitlist": "On the end of life care register, waiting for care to begin, since",
    "finished": "Registration on the end of life care register ended on",
    "planned": "Registration on the end of life care register offered",
    "cancelled": "Registration on the end of life care register declined",
}


def is_registration(episode: Body) -> bool:
    on_the_register = codes.ON_THE_REGISTER
    return elements.any_has_code(elements.all_of(episode, "type"), on_the_register.system, on_the_register.code)


def _rules(episode: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(episode, "patient")
    yield from in_order(episode)


def _profiles(episode: Body) -> Iterable[str]:
    """A mistake may be marked as one, whatever else is wrong with it."""
    return [PROFILE] if is_registration(episode) and episode.get("status") != "entered-in-error" else []


def _register_rows(episode: Body, at: datetime) -> Iterable[RegisterRow]:
    """Episodes of other kinds are kept and found, but are no registrations."""
    if not is_registration(episode) or episode.get("status") == "entered-in-error":
        return []
    lines = [_status_line(episode, at), *_key_worker_line(episode, at)]
    return [(REGISTRATION, _registration(episode)), *_manager_rows(episode), *narrative.rows(lines)]


def _registration(episode: Body) -> dict[str, Any]:
    manager = episode.get("managingOrganization")
    return {
        "status": elements.text_at(episode, "status"),
        "started_on": elements.day(elements.part(episode, "period", "start")),
        "ended_on": elements.last_day(elements.part(episode, "period", "end")),
        "end_reason": _end_reason_code(episode),
        "organisation": elements.text_at(manager, "identifier", "value") or elements.reference_of(manager) or "",
        "diagnosis": _primary_diagnosis(episode),
    }


def _primary_diagnosis(episode: Body) -> str:
    """The Condition that rank 1 names (SCCI1580 item 26), as the reference stands."""
    ranked = [each for each in elements.all_of(episode, "diagnosis") if each.get("rank") == 1]
    return next((reference for each in ranked if (reference := elements.reference_of(each.get("condition")))), "")


def _manager_rows(episode: Body) -> list[RegisterRow]:
    """Who manages somebody's care looks after them while the registration stands."""
    if episode.get("status") not in registrations.STANDING:
        return []
    ends_on = elements.last_day(elements.part(episode, "period", "end"))
    return relationships.rows("managing", [Party(episode.get("managingOrganization"), ends_on)])


def _end_reason(episode: Body) -> Any:
    return elements.extension(episode, codes.END_REASON).get("valueCodeableConcept")


def _end_reason_code(episode: Body) -> str:
    return next((code for _, code in elements.codings(_end_reason(episode)) if code), "")


def _status_line(episode: Body, at: datetime) -> Line:
    """Ended spells count from their end, so that a new registration on the same day or later comes after them."""
    status = elements.text_at(episode, "status")
    bound = elements.text_at(episode, "period", "end" if status == "finished" else "start")
    bounded_on = elements.day(bound)
    return Line(
        section="status",
        # An offer says nothing against a registration that stands, so it never replaces one.
        kind=_KINDS.get(status, registrations.STANDS),
        what=narrative.sentence(
            f"{_WORDS.get(status, status)} {words.day(bounded_on) if bounded_on else ''}",
            _reason_in_words(episode),
            _manager_in_words(episode),
        ),
        effective_at=elements.instant(bound) or at,
        recorded_on=at.date(),
        review_on=narrative.review_date(episode),
    )


def _reason_in_words(episode: Body) -> str:
    reason = elements.text_of(_end_reason(episode))
    return f"Reason: {reason}" if reason else ""


def _manager_in_words(episode: Body) -> str:
    manager = elements.display_of(episode.get("managingOrganization"))
    return f"Managed by {manager}" if manager else ""


def _key_worker_line(episode: Body, at: datetime) -> Iterator[Line]:
    """The key worker, where it is not the usual GP (SCCI1580 items 21 and 22)."""
    name = elements.display_of(episode.get("careManager"))
    if name and episode.get("status") in ("active", "onhold"):
        since = elements.instant(elements.part(episode, "period", "start")) or at
        yield Line("people", f"Key worker: {name}", since, kind="key-worker", recorded_on=at.date())


EPISODE_OF_CARE = ResourceType(
    name="EpisodeOfCare",
    person="patient",
    dated=lambda episode: () if episode.get("status") in _OFFERS else ("period.start",),
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    in_part=InPart(words=frozenset(["type", "diagnosis.role"])),
)
