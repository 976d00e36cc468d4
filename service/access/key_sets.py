"""The keys that clients publish at an address of their own, so that they can change them without asking us.

A set is kept as long as its answer says (`Cache-Control`), at least a minute and at most an hour. A `kid` that it does
not have may be a new key: the set is fetched anew, at most once a minute, so that nobody sends this server knocking at
a client's door. A set that cannot be fetched anew is believed no longer than it may be kept.

Fetching takes its time, so it happens outside every transaction: who finds that keys are wanted says so (`KeysWanted`),
its transaction ends, the keys are fetched, and it is tried again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from service import clock, log
from service.access import keys
from service.errors import Invalid

if TYPE_CHECKING:
    from service.http_client import Fetched

Fetch = Callable[[str], Awaitable["Fetched"]]

FETCHED_EVERY: Final = 60.0
"""Seconds that pass at least between two fetches of one set, whatever became of the first."""
LONGEST_KEPT: Final = 3600.0


class KeysWanted(Exception):
    """The keys at this address have to be fetched before an assertion can be judged."""

    def __init__(self, address: str) -> None:
        super().__init__("Keys are wanted")
        self.address = address


@dataclass(frozen=True, slots=True)
class _KeySet:
    jwks: str
    asked_at: float
    kept_until: float

    def may_have(self, kid: str | None) -> bool:
        """Whether the key is here, or need not be named."""
        kids = {key.get("kid") for key in json.loads(self.jwks)["keys"]}
        return kid is None or kid in kids or None in kids


class KeySets:
    """The key sets known to this process. `fetch` is the network: a test gives another."""

    def __init__(self, fetch: Fetch | None = None, elapsed: Callable[[], float] = clock.elapsed) -> None:
        self._fetch = fetch or _from_network
        self._elapsed = elapsed
        self._sets: dict[str, _KeySet] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def of(self, address: str, kid: str | None) -> str:
        """The JSON Web Key Set at this address, in which the key `kid` is looked for. Raises KeysWanted."""
        now, known = self._elapsed(), self._sets.get(address)
        is_fresh = known is not None and now < known.kept_until
        if known is None or address in self._under_way:
            raise KeysWanted(address)
        if now - known.asked_at >= FETCHED_EVERY and not (is_fresh and known.may_have(kid)):
            raise KeysWanted(address)
        return known.jwks if is_fresh else keys.NONE

    async def fetch(self, address: str) -> None:
        """Fetches the keys, once for all who want them now. What cannot be had leaves what may still be kept."""
        if address not in self._under_way:
            self._under_way[address] = asyncio.ensure_future(self._fetched(address))
        await asyncio.shield(self._under_way[address])

    async def _fetched(self, address: str) -> None:
        from service.http_client import FetchFailed

        now = self._elapsed()
        known = self._sets.get(address, _KeySet(keys.NONE, now, now))
        self._sets[address] = replace(known, asked_at=now)
        try:
            fetched = await self._fetch(address)
            jwks = keys.read(fetched.content.decode("utf-8", "replace"))
        except (FetchFailed, Invalid) as error:
            log.event("keys of a client could not be fetched", reason=str(error))
        else:
            kept_for = LONGEST_KEPT if fetched.kept_for is None else float(fetched.kept_for)
            self._sets[address] = _KeySet(jwks, now, now + min(max(kept_for, FETCHED_EVERY), LONGEST_KEPT))
        finally:
            del self._under_way[address]


async def _from_network(address: str) -> "Fetched":
    from service.http_client import Fetcher  # loaded by the first client that publishes its keys

    return await Fetcher().fetch(address)
