"""How much one caller may ask for in a minute, counted in the memory of this process.

Each caller has a bucket that fills again in a minute: who was quiet may send a minute's worth at once, and who sends
more is answered as fast as the bucket fills (the generic cell rate algorithm of ATM: one number a caller). It is
counted for each process, so that no request waits for a count that others keep.

A caller who is recognised is never refused for what strangers do. Strangers share a bucket by address, since that is
all that is known of them. Once it is empty they are refused with 429, which is no longer audited one by one: nobody can
fill the audit, and nobody behind a proxy, where all have one address, locks the others out.
"""

import ipaddress
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from service import clock
from service.config import Settings
from service.errors import HeartseaseError, TooMany

MINUTE: Final = 60.0
MOST_CALLERS: Final = 10_000
"""How many callers are remembered. Beyond this the quiet ones are forgotten, then whoever has been there longest."""
STRANGERS: Final = 10
"""All strangers together are refused, one by one on record, as often as those at so many addresses may be."""
_STRANGERS: Final = "Too many requests of callers whom we do not know; wait, then try again"


class Rate:
    """So many a minute for each caller. Threads may share it: two at one instant may count as one, and no harm done."""

    def __init__(self, per_minute: int, elapsed: Callable[[], float] = clock.elapsed) -> None:
        self._interval = MINUTE / per_minute
        self._elapsed = elapsed
        self._full_at: dict[str, float] = {}
        """The instant at which each caller's bucket will be full again."""
        self._told: dict[str, float] = {}
        """When each caller was last refused on record."""

    def wait(self, caller: str) -> float:
        """Counts one more of this caller. Seconds to wait where it is one too many, which is not counted; else 0."""
        now = self._elapsed()
        full_at = self._full_at.get(caller, now)
        next_full_at = (full_at if full_at > now else now) + self._interval
        too_early = next_full_at - now - MINUTE
        if too_early > 1e-6:
            return too_early
        if caller not in self._full_at:
            self._full_at = _with_room(self._full_at, after=now)
        self._full_at[caller] = next_full_at
        return 0.0

    def left(self, caller: str) -> float:
        """Seconds until this caller may have one more; 0 where that is now. Counts nothing."""
        now = self._elapsed()
        return max(self._full_at.get(caller, now) + self._interval - now - MINUTE, 0.0)

    def refusal(self, caller: str, wait: float, message: str) -> TooMany:
        """The refusal of a caller who has to wait: on record once a minute."""
        now = self._elapsed()
        is_new = now - self._told.get(caller, -MINUTE) >= MINUTE
        if is_new:
            self._told = _with_room(self._told, after=now - MINUTE)
            self._told[caller] = now
        return TooMany(message, retry_after=math.ceil(wait), goes_on_record=is_new)


def _with_room(callers: dict[str, float], *, after: float) -> dict[str, float]:
    """The same while there is room; else those of an instant later than `after`, the newest of them."""
    if len(callers) < MOST_CALLERS:
        return callers
    kept = [(each, at) for each, at in list(callers.items()) if at > after]
    return dict(kept[-(MOST_CALLERS // 2) :])


class Limits:
    """The limits of this process, by the settings."""

    def __init__(self, settings: Settings, elapsed: Callable[[], float] = clock.elapsed) -> None:
        self._requests = Rate(settings.requests_per_minute, elapsed)
        self._tokens = Rate(settings.tokens_per_minute, elapsed)
        self._refused_tokens = Rate(settings.refusals_per_minute, elapsed)
        self._open = Rate(settings.open_requests_per_minute, elapsed)
        self._strangers = Rate(settings.refusals_per_minute, elapsed)
        self._all_strangers = Rate(STRANGERS * settings.refusals_per_minute, elapsed)

    def count_request(self, client_id: str) -> None:
        """Raises TooMany."""
        if wait := self._requests.wait(client_id):
            raise self._requests.refusal(
                client_id, wait, "This client sends more requests than are answered in a minute; wait, then send fewer"
            )

    def count_token(self, client_id: str) -> None:
        """Raises TooMany."""
        if wait := self._tokens.wait(client_id):
            raise self._tokens.refusal(
                client_id,
                wait,
                "This client asks for more tokens than are given in a minute; use each until it expires",
            )

    def count_refused_token(self, client_id: str) -> None:
        """Apart from the tokens that it is given: who sends its old assertions again does not use those up.

        Raises TooMany.
        """
        if wait := self._refused_tokens.wait(client_id):
            raise self._refused_tokens.refusal(
                client_id, wait, "This client was refused too often; mend what the refusals name, then try again"
            )

    def count_open(self, address: str) -> None:
        """Of what is open to all, which tells of nobody and is not audited. Raises TooMany."""
        if wait := self._open.wait(network(address)):
            raise TooMany("Too many requests from your address; wait, then try again", retry_after=math.ceil(wait))

    def refusal_of_stranger(self, refusal: HeartseaseError, address: str) -> HeartseaseError:
        """What a caller who is not recognised is told: the refusal, or TooMany after many of them."""
        return self.strangers_wait(address) or refusal

    def exhausted(self, address: str) -> TooMany | None:
        """The refusal of strangers at this address, if one more would be too many. Counts nothing; is not on record."""
        wait = self._strangers.left(network(address))
        return TooMany(_STRANGERS, retry_after=math.ceil(wait), goes_on_record=False) if wait else None

    def strangers_wait(self, address: str) -> TooMany | None:
        """Counts one more refusal of a stranger: nothing while those at this address, and all together, may have it."""
        caller = network(address)
        if wait := self._strangers.wait(caller):
            refusal = self._strangers.refusal(caller, wait, _STRANGERS)
            refusal.goes_on_record = refusal.goes_on_record and not self._all_strangers.wait("")
            return refusal
        if wait := self._all_strangers.wait(""):
            return self._all_strangers.refusal("", wait, _STRANGERS)
        return None


@lru_cache(maxsize=MOST_CALLERS)
def network(address: str) -> str:
    """What is counted as one address: an IPv4 address, or the /64 of IPv6 that one subscriber commonly has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address
