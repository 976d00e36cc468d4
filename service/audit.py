"""Who did what, for which organisation, to whose record, when and with what outcome.

A change is audited in its own transaction (`record`). A disclosure or a refusal is audited by group commit
(`GroupCommit.write`): requests hand over their row, one writer commits many at once, and each answer waits for it.
Either way the rows become links of a chain (`audit_chain`).
Audit answers investigations: only access and investigation features may read it.
"""

import asyncio
from typing import Any

from sqlmodel import Session

from service import audit_chain, audit_continuing, audit_keys, audit_verification, clock, read_door
from service.actor import Actor
from service.audit_chain import Place
from service.audit_models import AuditEvent as AuditEvent
from service.errors import Unavailable
from service.read_door import ReadDoor


def row(
    action: str,
    *,
    by: Actor | None,
    outcome: int,
    resource_type: str = "",
    resource_id: str = "",
    person_pk: int | None = None,
    request_id: str = "",
    query: str = "",
    disclosed: str = "",
    reason: str = "",
    basis: str = "",
) -> dict[str, Any]:
    """The columns of one event, now. `by` is None for a caller who could not be recognised."""
    return {
        "at": clock.now(),
        "action": action,
        "outcome": outcome,
        "client_id": by.client_id if by else "",
        "organisation": by.organisation if by else "",
        "resource_type": resource_type,
        "resource_id": resource_id,
        "person_pk": person_pk,
        "request_id": request_id,
        "query": query,
        "disclosed": disclosed,
        "user_id": by.user if by else "",
        "role": by.role if by else "",
        "purpose": by.purpose if by else "",
        "reason": reason,
        "basis": basis,
    }


def record(session: Session, *rows: dict[str, Any]) -> None:
    """Writes events with the change that they tell of."""
    if rows:
        read_door.run(session, audit_chain.adding(audit_keys.current(), rows))


def seal(session: Session) -> None:
    """Has the rows from before there were chains told by an anchor, where none has told of them yet."""
    told = audit_verification.seal_of_before(session)
    if told:
        read_door.run(session, audit_chain.adding(audit_keys.current(), [row("seal", by=None, outcome=200)], seal=told))


Waiting = tuple[tuple[dict[str, Any], ...], asyncio.Future[None]]

AT_ONCE = 2
"""Commits of SQLite on their way: while one waits for the disk, the next is made. PostgreSQL has one, which is larger:
there a process remembers where its chain ends, and each journey costs."""


class GroupCommit:
    """What writes the disclosures and refusals of this process, many in one commit."""

    def __init__(self, door: ReadDoor) -> None:
        self._door = door
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._writers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        count = AT_ONCE if self._door.has_one_writer else 1
        self._writers = [asyncio.create_task(self._run(_Writer(self._door))) for _ in range(count)]

    async def stop(self) -> None:
        """Returns once all that was handed over is written."""
        self._stopping = True
        self._wake.set()
        await asyncio.gather(*self._writers)

    async def write(self, *events: dict[str, Any]) -> None:
        """Returns once the events are durable; raises what the database raised, and then nothing may be disclosed."""
        if not self._writers or any(writer.done() for writer in self._writers):
            raise RuntimeError("The audit writer is not running")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, done))
        self._wake.set()
        await done

    async def _run(self, writer: "_Writer") -> None:
        while self._waiting or not self._stopping:
            await self._wake.wait()
            await asyncio.sleep(0)  # what arrived at the same moment goes into the same commit
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await _commit(writer, batch)


class _Writer:
    """Adds to one chain after the other; on PostgreSQL to a chain of its own, whose end it remembers."""

    def __init__(self, door: ReadDoor) -> None:
        self._door = door
        self._place: Place | None = None

    async def add(self, events: list[dict[str, Any]]) -> None:
        key, place = audit_keys.current(), self._place
        if self._door.has_one_writer:
            await self._door.commit(audit_chain.adding(key, events))
            return
        if place and audit_chain.is_anchored(place, len(events)):
            place = self._place = await audit_continuing.add(self._door, key, place, events)
            if place:
                return
        own = place.chain if place else ""
        script = audit_chain.adding(key, events, kind=audit_chain.DISCLOSURE, own=own)
        self._place = await self._door.commit(script)


async def _commit(writer: _Writer, batch: list[Waiting]) -> None:
    try:
        await writer.add([event for events, _ in batch for event in events])
    except Exception as error:  # noqa: BLE001  # handed to the requests that wait for this commit
        if len(batch) > 1 and not isinstance(error, Unavailable):
            for one in batch:  # one row that cannot be written is no reason to refuse the others
                await _commit(writer, [one])
            return
        _tell(batch, error)
    except BaseException as error:
        _tell(batch, error)
        raise
    else:
        _tell(batch, None)


def _tell(batch: list[Waiting], error: BaseException | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
