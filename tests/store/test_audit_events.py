"""The statements that read the audit trail: none goes through all that ever was, whoever asks for whatever."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service import audit
from service.actor import Actor, Sees
from service.db import Database
from service.fhir import audit_events as told
from service.store import access_filter, audit_events, privacy_review
from service.store.audit_events import Wanted
from tests import plans

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
OFFICER = Actor("client", "Y99001", Sees.OWN_PATIENTS, frozenset())
SHAPES: dict[str, dict[str, Any]] = {
    "the latest": {},
    "a page further on": {"after": (NOW, 7)},
    "one person": {"people": [7]},
    "one event": {"chain": "chain", "sequence": 7},
    "what was done": {"actions": ["read"], "roles": ["gp"], "outcomes": [2]},
    "who did it": {"agents": ["RX9"], "bases": ["claimed"], "requests": ["a"]},
}


@pytest.mark.parametrize("sees", [Sees.EVERYONE, Sees.OWN_PATIENTS])
@pytest.mark.parametrize("asked", SHAPES)
def test_a_page_of_the_trail_goes_through_no_table(database: Database, sees: Sees, asked: str) -> None:
    wanted = Wanted(**SHAPES[asked])
    given = {**wanted.parameters(), "limit": 51, **access_filter.parameters(OFFICER)}
    assert plans.walks(database, audit_events.page(wanted.shape, sees), given) == []


def test_the_queue_of_an_officer_goes_through_no_table(database: Database) -> None:
    given = {"since": NOW, "limit": 51, **access_filter.parameters(OFFICER)}
    assert plans.walks(database, privacy_review._queue(Sees.OWN_PATIENTS), given) == []


@pytest.mark.parametrize("sees", [Sees.SHARED, Sees.PERMITTED, Sees.SELF, Sees.NOBODY])
def test_nobody_else_is_told_anything_whatever_their_scopes(database: Database, sees: Sees) -> None:
    with database.transaction() as session:
        statement = audit_events.page(frozenset(), sees)
        audit.record(session, audit.row("read", by=OFFICER, outcome=200))
        given = {**Wanted().parameters(), "limit": 51, **access_filter.parameters(OFFICER)}
        own = audit_events.page(frozenset(), Sees.OWN_PATIENTS)
        assert len(session.execute(own, given).all()) == 1
        assert session.execute(statement, given).all() == []


@pytest.mark.parametrize(
    "text",
    ["", "-", "chain", "chain-7", "-7-a", "chain-x-a", "chain-٣-a", "chain-7-", "chain-7-x", "c-7-" + "f" * 15],
)
def test_what_no_event_can_be_called_is_no_place(text: str) -> None:
    assert told.place(text) is None


@pytest.mark.parametrize("chain", ["key-chain", ""])
def test_an_id_tells_the_place_in_the_trail_and_no_number_of_a_row(chain: str) -> None:
    at = datetime(2026, 3, 31, 9, 30, 1, 123457, tzinfo=UTC)
    assert told.place(told.event_id(chain, 17, at)) == (chain, 17, at)
