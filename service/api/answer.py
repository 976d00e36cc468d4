"""What a handler answers, and what the audit says of it: one row for each person whose record leaves.

A handler returns an `Answer` that says whose record it tells of; the frame (`server`) makes rows of it and writes them
before the answer leaves, so that no handler can forget to.
"""

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from service import audit
from service.actor import Actor
from service.errors import Issue
from service.read_door import ReadDoor
from service.store import grounds

People = Mapping[int | None, str]
"""What leaves, by the key of the person whose record it is of, None for what is nobody's: `Type/id` parted by spaces.

Nothing where the resource type and the id of the answer say it already.
"""

LONGEST_REPEATED: Final = 2_000
"""So many characters of what was asked stand on each row; the first one has all of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and what the audit should say of it. `audited` where the transaction has said it already.

    The body is FHIR's JSON unless `headers` say another Content-Type. `stream` is a body sent part by part, none of
    it kept; whoever makes a part audits what it discloses before. A Bundle tells `last_updated` and `warnings` too.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    action: str = "read"
    resource_type: str = ""
    resource_id: str = ""
    people: People = field(default_factory=dict)
    query: str = ""
    audited: bool = False
    stream: AsyncIterable[bytes] | None = None
    last_updated: datetime | None = None
    warnings: tuple[Issue, ...] = ()

    @property
    def is_json(self) -> bool:
        """Whether this is FHIR's JSON, rather than what the handler knows its client to take."""
        return "Content-Type" not in self.headers


class Told(Protocol):
    """A resource, or a version of one, that is told of."""

    @property
    def resource_type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def person_pk(self) -> int | None: ...


def people(told: Iterable[Told]) -> People:
    """Whose each is."""
    return by_person((one.person_pk, f"{one.resource_type}/{one.id}") for one in told)


def by_person(told: Iterable[tuple[int | None, str]]) -> People:
    """References, each with the key of the person whose record it is of, gathered by person."""
    found: dict[int | None, list[str]] = {}
    for person_pk, reference in told:
        found.setdefault(person_pk, []).append(reference)
    return {person_pk: " ".join(references) for person_pk, references in found.items()}


async def events(answer: Answer, door: ReadDoor, by: Actor, request_id: str) -> list[dict[str, Any]]:
    """The rows of the audit: one for each person, one without a person for what is nobody's, at least one."""
    bases = await grounds.bases(door, [pk for pk in answer.people if pk is not None], by=by)
    rows: list[dict[str, Any]] = []
    for person_pk, disclosed in (answer.people or _NOBODY).items():
        rows.append(
            audit.row(
                answer.action,
                by=by,
                outcome=answer.status,
                resource_type=answer.resource_type,
                resource_id=answer.resource_id,
                person_pk=person_pk,
                request_id=request_id,
                query=answer.query[:LONGEST_REPEATED] if rows else answer.query,
                disclosed=disclosed,
                basis=bases.get(person_pk, "") if person_pk else "",
            )
        )
    return rows


_NOBODY: Final[People] = {None: ""}
