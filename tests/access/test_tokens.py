import asyncio
from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import db, doors
from service.access import policy, tokens
from service.access.models import AccessToken
from service.access.tokens import Tokens
from service.actor import Actor, Sees
from service.errors import Unauthenticated
from tests.access.builders import AT, add_client, claims, disable, issue, signed

B2B = {
    "version": "1",
    "subject_id": "nurse-7",
    "subject_role": "gp",
    "organization_id": "M83001",
    "purpose_of_use": ["TREAT"],
}


class Server:
    """Tokens behind a read door, asked one after the other as requests would."""

    def __init__(self, database, **named):
        self.loop = asyncio.new_event_loop()
        self.door = doors.of(database)
        self.loop.run_until_complete(self.door.open())
        self.tokens = Tokens(self.door, **named)

    def actor(self, header):
        return self.loop.run_until_complete(self.tokens.actor(header))

    def close(self):
        self.loop.run_until_complete(self.door.close())
        self.loop.close()


@pytest.fixture
def server(database):
    add_client(database)
    opened = Server(database)
    yield opened
    opened.close()


@pytest.fixture
def clock():
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def test_a_token_says_who_asks_and_what_they_may(database, server, clock):
    token = issue(database, signed(), scope="system/Patient.r").token
    barred = policy.role("gp").barred
    expected = Actor("leek-gp", "M83001", Sees.OWN_PATIENTS, frozenset({("Patient", "r")}), role="gp", barred=barred)
    assert server.actor(f"Bearer {token}") == expected


def test_a_token_says_who_is_at_the_keyboard_and_what_their_role_may_not(database, server, clock):
    add_client(database, "moor-home", roles=["care-home"], acts_for=["VM2"], scope="system/*.cruds")
    said = {**B2B, "organization_id": "VM2", "subject_role": "care-home", "purpose_of_use": ["CAREMGT"]}
    token = issue(database, signed(claims(iss="moor-home", sub="moor-home", extensions={"hl7-b2b": said}))).token
    actor = server.actor(f"Bearer {token}")
    assert (actor.organisation, actor.role, actor.user, actor.purpose) == ("VM2", "care-home", "nurse-7", "CAREMGT")
    assert actor.sees is Sees.SHARED
    assert actor.barred == policy.role("care-home").barred
    assert not actor.may("c", "Patient")


def test_where_sharing_has_to_be_permitted_a_purpose_is_not_enough(database, clock):
    add_client(database, roles=["hospital"])
    strict = Server(database, sharing="explicit-consent")
    token = issue(database, signed(claims(extensions={"hl7-b2b": {**B2B, "subject_role": "hospital"}}))).token
    assert strict.actor(f"Bearer {token}").sees is Sees.PERMITTED
    strict.close()


def test_a_role_that_the_policy_no_longer_has_may_nothing(database, server, clock):
    token = issue(database, signed()).token
    with database.transaction() as session:
        session.execute(db.table(AccessToken).update().values(role="king"))
    actor = server.actor(f"Bearer {token}")
    assert (actor.sees, actor.permissions) == (Sees.NOBODY, frozenset())


def test_a_token_is_resolved_by_one_statement_once(database, server, clock, monkeypatch):
    asked = []
    rows = server.door.rows

    async def counted(statement, given):
        asked.append(statement)
        return await rows(statement, given)

    monkeypatch.setattr(server.door, "rows", counted)
    token = issue(database, signed()).token
    first = server.actor(f"Bearer {token}")
    clock.shift(timedelta(seconds=4))
    assert server.actor(f"Bearer {token}") is first
    assert len(asked) == 1


def test_the_scheme_may_be_written_in_any_case(database, server, clock):
    token = issue(database, signed()).token
    assert server.actor(f"bearer {token}").client_id == "leek-gp"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic bGVlazpnYw==", "Bearer not-a-token", "Bearer é", "Bearer \x00", "token"]
)
def test_without_a_token_that_stands_the_message_says_where_to_get_one(server, clock, header):
    with pytest.raises(Unauthenticated, match="/oauth2/token"):
        server.actor(header)


def test_a_token_ends_after_five_minutes(database, server, clock):
    token = issue(database, signed()).token
    clock.move_to(AT + timedelta(seconds=299))
    assert server.actor(f"Bearer {token}")
    clock.move_to(AT + timedelta(seconds=300))
    with pytest.raises(Unauthenticated):
        server.actor(f"Bearer {token}")


def test_disabling_a_client_bites_within_five_seconds_where_its_token_was_believed(database, server, clock):
    token = issue(database, signed()).token
    assert server.actor(f"Bearer {token}")
    disable(database)
    clock.shift(timedelta(seconds=5))
    with pytest.raises(Unauthenticated):
        server.actor(f"Bearer {token}")


def test_disabling_a_client_bites_at_once_where_its_token_was_not_seen(database, server, clock):
    token = issue(database, signed()).token
    disable(database)
    with pytest.raises(Unauthenticated):
        server.actor(f"Bearer {token}")


def test_a_believed_token_costs_no_look_at_the_database(database, server, clock):
    token = issue(database, signed()).token
    first = server.actor(f"Bearer {token}")
    disable(database)
    clock.shift(timedelta(seconds=4.9))
    assert server.actor(f"Bearer {token}") is first


def test_a_clock_set_back_ends_the_belief(database, server, clock):
    token = issue(database, signed()).token
    server.actor(f"Bearer {token}")
    disable(database)
    clock.shift(timedelta(hours=-1))
    with pytest.raises(Unauthenticated):
        server.actor(f"Bearer {token}")


def test_the_token_learnt_first_is_forgotten_first(database, server, clock, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    given_tokens = [issue(database, signed(claims(jti=jti))).token for jti in ("one", "two", "three")]
    for token in given_tokens:
        server.actor(f"Bearer {token}")
    disable(database)
    for token in given_tokens[1:]:
        assert server.actor(f"Bearer {token}")
    with pytest.raises(Unauthenticated):
        server.actor(f"Bearer {given_tokens[0]}")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.text(st.characters()) | st.text(st.characters()).map("Bearer {}".format))
def test_any_header_is_refused_and_nothing_else(server, header):
    with pytest.raises(Unauthenticated):
        server.actor(header)
