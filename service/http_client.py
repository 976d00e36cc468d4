"""Fetching what somebody else publishes, without being sent where they like.

Whoever chooses an address chooses where this server knocks. So: https only, to a name that resolves to public addresses
and nowhere else, connected to the very address that was judged (a name that resolves otherwise a moment later changes
nothing), no redirect followed, no proxy of the environment asked, no compression, few octets, a few seconds in all.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

SECONDS: Final = 5.0
"""How long one fetch may take, from the name to the last octet."""
OCTETS: Final = 65_536
LONGEST_ADDRESS: Final = 2_000

_PUBLIC_IPV6: Final = ipaddress.ip_network("2000::/3")
_NOBODYS_IPV6: Final = (
    ipaddress.ip_network("2002::/16"),  # 6to4: an IPv4 address inside, which may be private
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637)
)
_NOBODYS_IPV4: Final = (
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments (RFC 6890), where a cloud answers its machines
    ipaddress.ip_network("168.63.129.16/32"),  # where another does, at an address that is public
)
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age=\"?([0-9]{1,9})")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class FetchFailed(Exception):
    """Nothing usable came. The words name no address: whoever asked knows it, and a log should not."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`kept_for` is how many seconds it may be kept, where the answer says so (`Cache-Control`)."""

    content: bytes
    kept_for: int | None


def checked(address: str) -> httpx.URL:
    """The address, if it may be fetched from at all: https, with a name, and nothing that leads astray.

    Raises FetchFailed. What the name resolves to is judged with each fetch.
    """
    try:
        url = httpx.URL(address)
        host = url.host.encode("ascii").decode()
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchFailed("Give an https address") from error
    is_plain = len(address) <= LONGEST_ADDRESS and address.isascii() and address.isprintable() and " " not in address
    if not is_plain or url.scheme != "https" or url.userinfo or url.fragment:
        raise FetchFailed("Give an https address, without a user or a fragment, at most 2,000 characters long")
    if "." not in host or _is_numeric(host):
        raise FetchFailed("Give the full name of a host, not an address in numbers")
    return url


class Fetcher:
    """`transport` and `resolve` are the network: a test gives others."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, resolve: Resolve | None = None) -> None:
        self._transport = transport
        self._resolve = resolve or _resolved

    async def fetch(self, address: str) -> Fetched:
        """What is published at this address. Raises FetchFailed."""
        url = checked(address)
        try:
            async with asyncio.timeout(SECONDS):
                pinned = await self._pinned(url)
                async with self._answer(url, pinned) as answer:
                    return Fetched(await _content(answer), _kept_for(answer.headers.get("cache-control", "")))
        except (httpx.HTTPError, httpx.StreamError, OSError, TimeoutError, UnicodeError) as error:
            raise FetchFailed("The address could not be fetched from") from error

    async def _pinned(self, url: httpx.URL) -> str:
        """The address to connect to. All that the name resolves to must be public: an attacker would mix them."""
        found = await self._resolve(url.host, url.port or 443)
        if not found or not all(_is_public(each) for each in found):
            raise FetchFailed("The name of this host does not lead to public addresses alone")
        return found[0]

    @contextlib.asynccontextmanager
    async def _answer(self, url: httpx.URL, pinned: str) -> AsyncIterator[httpx.Response]:
        """The answer of the host at the address that was judged. Its certificate is of the name, not of the number."""
        transport = self._transport or httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
        headers = {"Host": url.netloc.decode("ascii"), "Accept": "application/json", "Accept-Encoding": "identity"}
        async with httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False) as client:
            asked = client.build_request(
                "GET", url.copy_with(host=pinned), headers=headers, extensions={"sni_hostname": url.host}
            )
            answer = await client.send(asked, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()


async def _content(answer: httpx.Response) -> bytes:
    if answer.status_code != 200 or answer.headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed("The address does not answer 200 with plain JSON; redirects are not followed")
    content = b""
    async for part in answer.aiter_raw():
        content += part
        if len(content) > OCTETS:
            raise FetchFailed(f"The answer is longer than {OCTETS:,} octets")
    return content


def _kept_for(cache_control: str) -> int | None:
    directives = cache_control.lower()
    if "no-store" in directives or "no-cache" in directives:
        return 0
    found = _MAX_AGE.search(directives)
    return int(found[1]) if found else None


def _is_numeric(host: str) -> bool:
    """Whether this is an address rather than a name, in any of the ways that a resolver may read one."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        return parsed in _PUBLIC_IPV6 and not any(parsed in one for one in _NOBODYS_IPV6)
    return not any(parsed in one for one in _NOBODYS_IPV4)


async def _resolved(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@cache
def _tls() -> ssl.SSLContext:
    """Trusts whom this machine trusts, and whom SSL_CERT_FILE adds."""
    return ssl.create_default_context()
