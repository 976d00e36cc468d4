"""The read door of a database, for as long as a test needs it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from service import doors
from service.db import Database
from service.read_door import ReadDoor

Found = TypeVar("Found")


def through(database: Database, work: Callable[[ReadDoor], Awaitable[Found]]) -> Found:
    """What some work on the read door finds."""

    async def done() -> Found:
        door = doors.of(database)
        await door.open()
        try:
            return await work(door)
        finally:
            await door.close()

    return anyio.run(done)
