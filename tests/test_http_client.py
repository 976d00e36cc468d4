"""Where this server knocks when somebody else chooses the address. The network is faked at the transport."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from service import http_client
from service.http_client import Fetcher, FetchFailed

PUBLIC = "93.184.215.14"
ADDRESS = "https://keys.example.nhs.uk/jwks.json"


class Network(httpx.AsyncBaseTransport):
    """Answers with `answer`, and remembers what it was asked; names resolve to `resolves`."""

    def __init__(self, answer: httpx.Response | Exception, resolves: Sequence[str] = (PUBLIC,)) -> None:
        self.answer = answer
        self.resolves = resolves
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.resolves


def response(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


def fetched(network: Network, address: str = ADDRESS) -> http_client.Fetched:
    return asyncio.run(Fetcher(network, network.resolve).fetch(address))


def test_what_is_published_is_fetched_from_the_address_that_was_judged() -> None:
    network = Network(response(200, b'{"keys": []}', cache_control="public, max-age=900"))
    found = fetched(network)
    [asked] = network.asked
    assert (found.content, found.kept_for) == (b'{"keys": []}', 900)
    assert (asked.url.host, asked.headers["host"]) == (PUBLIC, "keys.example.nhs.uk")
    assert asked.extensions["sni_hostname"] == "keys.example.nhs.uk"  # the certificate is judged by the name
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(("said", "seconds"), [("no-store", 0), ("max-age=60, no-cache", 0), ("", None), ("x", None)])
def test_how_long_it_may_be_kept_is_what_the_answer_says(said: str, seconds: int | None) -> None:
    assert fetched(Network(response(200, b"{}", cache_control=said))).kept_for == seconds


@pytest.mark.parametrize(
    "resolves",
    [
        [],
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],  # where clouds hand out credentials
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["192.88.99.1"],
        ["192.0.0.192"],  # the same, of another cloud
        ["168.63.129.16"],  # a public address by which a cloud's own servers speak to its machines
        ["3fff::1"],
        ["::1"],
        ["::"],
        ["fe80::1%eth0"],
        ["fc00::1"],
        ["ff0e::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:a00:1::"],
        ["fec0::1"],
        [PUBLIC, "127.0.0.1"],
    ],
)
def test_a_name_that_leads_anywhere_but_to_public_addresses_is_not_followed(resolves: list[str]) -> None:
    network = Network(response(200, b"{}"), resolves)
    with pytest.raises(FetchFailed, match="public addresses"):
        fetched(network)
    assert network.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "keys.example.nhs.uk",
        "http://keys.example.nhs.uk/jwks.json",
        "ftp://keys.example.nhs.uk/",
        "file:///etc/passwd",
        "https://user:password@keys.example.nhs.uk/",
        "https://keys.example.nhs.uk/#part",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://[::1]/",
        "https:///path",
        "https://keys.example.nhs.uk/a b",
        "https://keys.example.nhs.uk/\n",
        "https://keys.example.nhs.uk/" + "x" * 2000,
    ],
)
def test_only_a_plain_https_address_with_a_name_is_fetched_from(address: str) -> None:
    network = Network(response(200, b"{}"))
    with pytest.raises(FetchFailed):
        fetched(network, address)
    assert network.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        response(302, location="https://169.254.169.254/"),
        response(404),
        response(500),
        response(200, b"x" * (http_client.OCTETS + 1)),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        OSError("unreachable"),
    ],
)
def test_what_is_not_a_short_answer_of_200_is_a_failure_that_names_no_address(answer: Any) -> None:
    network = Network(answer)
    with pytest.raises(FetchFailed) as failed:
        fetched(network)
    assert len(network.asked) == 1
    assert "example" not in str(failed.value)


def test_what_is_compressed_is_not_unpacked() -> None:
    with pytest.raises(FetchFailed):
        fetched(Network(response(200, b"\x1f\x8b", content_encoding="gzip")))


class Dripping(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "


def test_what_drips_is_given_up_after_seconds_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "SECONDS", 0.05)
    with pytest.raises(FetchFailed):
        fetched(Network(httpx.Response(200, stream=Dripping())))


def test_a_real_name_is_resolved_by_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(response(200, b"{}"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 443))])
    with pytest.raises(FetchFailed, match="public addresses"):
        asyncio.run(Fetcher(network).fetch(ADDRESS))
