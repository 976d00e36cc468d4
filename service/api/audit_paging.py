"""Pages of the audit trail: a link keeps the instant and the key of the event with which its page begins."""

from collections.abc import Sequence
from datetime import datetime

from service.api import paging
from service.fhir.audit_events import Event
from service.store import audit_events


def after(place: paging.Place) -> audit_events.Place | None:
    """Where the page before ended, as its link has it; None on the first page."""
    return (datetime.fromisoformat(place.after[0]), int(place.after[1])) if place.after else None


def next_after(found: Sequence[Event], count: int) -> tuple[str, int] | None:
    """Where a page of `count` ends, for the link to the next one; None where there is none."""
    if len(found) <= count:
        return None
    last = found[count - 1]
    return last.at.isoformat(), last.pk
