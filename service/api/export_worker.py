"""The background worker of one process: it cuts the exports that clients asked for into parts, step by step.

Whatever has been cut stays, and an export is claimed for a while only; so a process that starts, or any other one that
serves the same database, goes on where one stopped or broke off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

from anyio import from_thread
from sqlalchemy.sql.expression import Executable

from service import clock, log
from service.db import Database
from service.errors import Unavailable
from service.read_door import Parameters, ReadDoor, Row
from service.store import export_cutting
from service.store.export_cutting import Step

POLL_SECONDS: Final = 5.0
"""How often to look for exports that another process asked for, or left."""
WAIT_SECONDS: Final = 0.2

InThread = Callable[..., Awaitable[Any]]


class ExportWorker:
    """Runs from `start` to `stop`, beside the requests; `wake` tells it that there is something to do."""

    def __init__(self, database: Database, door: ReadDoor, in_thread: InThread) -> None:
        self._database = database
        self._door = door
        self._in_thread = in_thread
        self._name = uuid4().hex
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Returns once the step that was begun has ended; what is unfinished is free for others at once."""
        self._stopping.set()
        self._wake.set()
        if self._task:
            await self._task

    def wake(self) -> None:
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            job_id = await self._guarded(self._claimed)
            if job_id:
                await self._work(job_id)
            elif not self._stopping.is_set():
                await _first(self._wake, POLL_SECONDS)

    async def _work(self, job_id: str) -> None:
        step = Step.MORE
        while step is not Step.OVER and not self._stopping.is_set():
            step = await self._guarded(self._stepped, job_id) or Step.OVER
            if step is Step.WAIT:
                await _first(self._stopping, WAIT_SECONDS)
        if step is not Step.OVER:
            await self._guarded(self._released)

    async def _guarded(self, work: Callable[..., Any], *arguments: str) -> Any:
        """What the work returns; None when the database is out of reach, or cannot do it: then later."""
        try:
            return await self._in_thread(work, *arguments)
        except Unavailable:
            pass
        except Exception:  # noqa: BLE001  # the worker's loop: a fault of ours must not end it
            log.failure("export worker failed")
        await _first(self._stopping, POLL_SECONDS)
        return None

    def _claimed(self) -> str:
        """The export that is now ours, if any was there to take; what has expired is cleared away."""
        at = clock.now()
        with self._database.reading() as session:
            job_id, is_any_expired = (
                export_cutting.waiting(session, self._name, at=at),
                export_cutting.is_any_expired(session, at=at),
            )
        if not job_id and not is_any_expired:
            return ""
        with self._database.transaction() as session:
            if is_any_expired:
                export_cutting.clear(session, at=at)
            return job_id if job_id and export_cutting.claim(session, job_id, self._name, at=at) else ""

    def _stepped(self, job_id: str) -> Step:
        """A fault of ours would come again at every step, so it ends the export: its client is told."""
        try:
            return export_cutting.step(self._database, job_id, self._name, read=self._read, at=clock.now())
        except Unavailable:
            raise
        except Exception:  # whatever it was; it is raised again
            with self._database.transaction() as session:
                export_cutting.fail(session, job_id, self._name)
            raise

    def _read(self, statement: Executable, parameters: Parameters) -> list[Row]:
        """From the thread of a step, on the read door of the event loop."""
        return from_thread.run(self._door.passing, statement, parameters)

    def _released(self) -> None:
        with self._database.transaction() as session:
            export_cutting.release(session, self._name, at=clock.now())


async def _first(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
