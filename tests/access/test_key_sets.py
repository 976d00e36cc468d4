"""Keys that clients publish: fetched when wanted, kept as long as they may be, and never asked for in a hurry."""

import asyncio
import json

import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from service import clock
from service.access import clients, endpoint, keys
from service.access.key_sets import KeySets, KeysWanted
from service.actor import everything
from service.config import Settings
from service.errors import Invalid
from service.http_client import Fetched, FetchFailed
from service.limits import Limits
from tests.access.builders import claims, form, signed

ADDRESS = "https://leek.example/jwks.json"
OURS = Settings(base_url="http://register.example")
OLD, NEW = (ECKey.generate_key("P-384", {"kid": kid}, private=True) for kid in ("old", "new"))


class Client:
    """A client that publishes its keys, and how often it was asked for them. `seconds` is the clock."""

    def __init__(self, *published):
        self.published = published
        self.kept_for = None
        self.asked = 0
        self.seconds = 1000.0

    async def fetch(self, address):
        assert address == ADDRESS
        self.asked += 1
        await asyncio.sleep(0)
        if not self.published:
            raise FetchFailed("The address could not be fetched from")
        jwks = {"keys": [key.as_dict(private=False) for key in self.published]}
        return Fetched(json.dumps(jwks).encode(), self.kept_for)

    def key_sets(self):
        return KeySets(self.fetch, lambda: self.seconds)


def held(sets, kid):
    """The kids of the keys, fetched first where that is wanted."""
    try:
        jwks = sets.of(ADDRESS, kid)
    except KeysWanted as wanted:
        asyncio.run(sets.fetch(wanted.address))
        jwks = sets.of(ADDRESS, kid)
    return [key["kid"] for key in json.loads(jwks)["keys"]]


def test_keys_are_fetched_once_and_kept():
    client = Client(OLD)
    sets = client.key_sets()
    assert [held(sets, "old"), held(sets, "old"), held(sets, None)] == [["old"], ["old"], ["old"]]
    assert client.asked == 1


def test_a_new_key_is_found_and_the_old_one_stands_until_it_is_taken_away():
    client = Client(OLD)
    sets = client.key_sets()
    held(sets, "old")
    client.published, client.seconds = (OLD, NEW), client.seconds + 60
    assert held(sets, "new") == ["old", "new"]
    client.published, client.seconds = (NEW,), client.seconds + 3600
    assert held(sets, "old") == ["new"]


def test_an_unknown_kid_is_looked_for_at_most_once_a_minute():
    client = Client(OLD)
    sets = client.key_sets()
    held(sets, "old")
    for _ in range(12):
        held(sets, "invented")
        client.seconds += 10
    assert client.asked == 1 + 1  # two minutes, less ten seconds


@pytest.mark.parametrize(("kept_for", "seconds"), [(None, 3600), (900, 900), (0, 60), (10**9, 3600)])
def test_keys_are_kept_as_long_as_the_answer_says_within_bounds(kept_for, seconds):
    client = Client(OLD)
    client.kept_for = kept_for
    sets = client.key_sets()
    held(sets, "old")
    client.seconds += seconds - 1
    held(sets, "old")
    assert client.asked == 1
    client.seconds += 1
    held(sets, "old")
    assert client.asked == 2


def test_keys_that_cannot_be_fetched_anew_are_believed_no_longer_than_they_may_be():
    client = Client(OLD)
    sets = client.key_sets()
    held(sets, "old")
    client.published, client.seconds = (), client.seconds + 120
    assert held(sets, "new") == ["old"]  # still kept
    client.seconds += 3600
    assert held(sets, "old") == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"<html>", b"[]", b'{"keys": []}', b'{"keys": [{"kty": "oct"}]}'])
def test_what_is_no_set_of_public_keys_is_no_keys(content):
    async def fetch(address):
        return Fetched(content, None)

    assert held(KeySets(fetch, lambda: 0.0), "old") == []


def test_who_comes_while_keys_are_fetched_waits_for_the_same_fetch():
    client = Client(OLD)
    sets = client.key_sets()

    async def several():
        await asyncio.gather(*(sets.fetch(ADDRESS) for _ in range(5)))

    asyncio.run(several())
    assert client.asked == 1


@pytest.fixture
def published(database):
    client = Client(OLD)
    with database.transaction() as session:
        clients.add(
            session,
            "leek-gp",
            name="Leek",
            organisation="Y99001",
            roles=["gp"],
            scope="system/Patient.rs",
            jwks_url=ADDRESS,
            at=clock.now(),
            by=everything("tests"),
        )
    route = Route("/oauth2/token", endpoint.token(database, OURS, Limits(OURS), client.key_sets()), methods=["POST"])
    with TestClient(Starlette(routes=[route])) as http:
        client.http = http
        yield client


def asked(client, key, jti):
    now = int(clock.now().timestamp())
    said = claims(aud=OURS.token_url, exp=now + 60, jti=jti)
    return client.http.post("/oauth2/token", data=form(signed(said, key=key, kid=key.kid))).status_code


def test_a_client_changes_its_key_and_no_token_fails(published):
    assert asked(published, OLD, "one") == 200
    published.published, published.seconds = (OLD, NEW), published.seconds + 61
    assert [asked(published, NEW, "two"), asked(published, OLD, "three")] == [200, 200]
    published.published, published.seconds = (NEW,), published.seconds + 3601
    assert [asked(published, OLD, "four"), asked(published, NEW, "five")] == [401, 200]
    assert published.asked == 3


def test_a_client_whose_keys_cannot_be_fetched_is_refused_like_any_stranger(published):
    published.published = ()
    assert [asked(published, OLD, "one"), asked(published, OLD, "two")] == [401, 401]
    assert published.asked == 1


def test_a_client_has_keys_or_an_address_of_keys(database):
    common = {"name": "Leek", "organisation": "Y99001", "roles": ["gp"], "scope": "system/Patient.rs"}
    given = {"at": clock.now(), "by": everything("tests"), **common}
    with database.transaction() as session:
        for wrong in ({}, {"jwks_url": "http://leek.example/jwks.json"}, {"jwks_url": ADDRESS, "key_text": "x"}):
            with pytest.raises(Invalid, match=r"key|https"):
                clients.add(session, "leek-gp", **given, **wrong)


def test_the_keys_of_a_client_are_changed_by_who_runs_the_register(database):
    with database.transaction() as session:
        clients.add(
            session,
            "leek-gp",
            name="Leek",
            organisation="Y99001",
            roles=["gp"],
            scope="system/Patient.rs",
            key_text=json.dumps(OLD.as_dict(private=False)),
            at=clock.now(),
            by=everything("tests"),
        )
    both = json.dumps({"keys": [key.as_dict(private=False) for key in (OLD, NEW)]})
    for change in ({"key_text": both}, {"jwks_url": ADDRESS}):
        with database.transaction() as session:
            changed = clients.change_keys(session, "leek-gp", **change, by=everything("tests"))
            kept = (len(json.loads(changed.jwks)["keys"]), changed.jwks_url)
    assert kept == (0, ADDRESS)
    assert keys.NONE == '{"keys": []}'
