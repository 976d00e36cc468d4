"""What the audit is told of one transaction, written with it: who did what to which resource, and on what ground."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from service import audit, read_door
from service.actor import Actor
from service.read_door import SessionDoor
from service.store import grounds
from service.store.saved import Saved
from service.store.whereabouts import Whereabouts


@dataclass
class Events:
    """The events that one transaction has gathered."""

    session: Session
    by: Actor
    request_id: str
    _gathered: list[dict[str, Any]] = field(default_factory=list)

    def note(self, saved: Saved, *, reason: str = "") -> None:
        """Takes note of what was done, or was so already. `reason` is why it was deleted."""
        self._gathered.append(
            audit.row(
                saved.change if saved.change != "none" else "read",
                by=self.by,
                outcome={"create": 201, "delete": 204}.get(saved.change, 200),
                resource_type=saved.resource_type,
                resource_id=saved.id,
                person_pk=saved.person_pk,
                request_id=self.request_id,
                reason=reason,
            )
        )

    def add(self, event: Mapping[str, Any]) -> None:
        """Takes in what the audit is to tell of more than one resource."""
        self._gathered.append(dict(event))

    def record(self, whereabouts: Whereabouts) -> None:
        """Writes the events, each with the ground on which the writer may touch the person as they stand now.

        Who says only now that they look after somebody has claimed it so far, as `whereabouts` knows.
        """
        touched = {event["person_pk"] for event in self._gathered} - {None}
        bases = read_door.at_once(grounds.bases(SessionDoor(self.session), touched, by=self.by))
        for person_pk, basis in bases.items():
            if basis == grounds.LOOKED_AFTER and whereabouts.was_not_theirs(person_pk):
                bases[person_pk] = grounds.CLAIMED
        audit.record(
            self.session,
            *({**event, "basis": event["basis"] or bases.get(event["person_pk"], "")} for event in self._gathered),
        )
