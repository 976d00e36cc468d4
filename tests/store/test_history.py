"""The statements of histories: each leg finds its versions by an index, whoever asks for whatever page."""

from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import select

from service.actor import Sees
from service.db import Database
from service.store import access_filter, deletion, history, judging
from service.store.history import Asked
from tests import plans
from tests.store.test_write import BY

AT = datetime(2026, 1, 10, tzinfo=UTC)
ASKED = [
    Asked(50, since, at, before) for since, at, before in product((None, AT), (None, (AT, AT.replace(day=11))), (0, 7))
]


@pytest.mark.parametrize("sees", [Sees.EVERYONE, Sees.SHARED, Sees.OWN_PATIENTS, Sees.SELF])
@pytest.mark.parametrize("types", [("Condition",), ("Provenance",), ("Organization",), tuple(judging.TYPES)])
def test_the_history_of_types_walks_through_no_table(database: Database, sees: Sees, types: tuple[str, ...]) -> None:
    for asked in ASKED:
        statement = history._of_types(sees, types, asked.shape)
        assert (
            plans.walks(
                database, statement, {**access_filter.parameters(BY), **deletion.parameters(BY), **asked.parameters()}
            )
            == []
        )


@pytest.mark.parametrize("sees", [Sees.EVERYONE, Sees.SHARED, Sees.OWN_PATIENTS, Sees.SELF])
def test_the_history_of_a_resource_walks_through_no_table(database: Database, sees: Sees) -> None:
    key = {"resource_type": "Patient", "id": "anna"}
    for asked in ASKED:
        statement = history._of_resource(sees, asked.shape)
        given = {**key, **access_filter.parameters(BY), **deletion.parameters(BY), **asked.parameters()}
        assert plans.walks(database, statement, given) == []


def test_nobody_sees_no_version_of_any_type() -> None:
    assert "WHERE false" in str(history._of_types(Sees.NOBODY, ("Organization",), Asked(50).shape))


def test_a_walk_would_be_noticed(database: Database) -> None:
    assert plans.walks(database, select(history.VERSION.c.pk).where(history.VERSION.c.written_by == "Y99001"), {})
