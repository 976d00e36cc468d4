"""The statements of a whole record: by key and by index, and as few on its last page as on its first."""

from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
import sqlalchemy as sa

from service import doors
from service.actor import Sees
from service.db import Database
from service.read_door import ReadDoor
from service.register import registrations
from service.store import access_filter, everything, group, judging, summary
from service.store.everything import Asked
from tests import builders, plans
from tests.store.test_write import BY, put

TYPES = tuple(judging.TYPES)
SEES = [Sees.EVERYONE, Sees.SHARED, Sees.OWN_PATIENTS]


class Counted:
    """A door that counts what is asked through it."""

    def __init__(self, door: ReadDoor) -> None:
        self.door = door
        self.statements = 0

    async def rows(self, *asked: Any) -> Any:
        self.statements += 1
        return await self.door.rows(*asked)


@pytest.mark.parametrize("sees", SEES)
@pytest.mark.parametrize("has_since", [False, True])
def test_a_record_walks_through_no_table(database: Database, sees: Sees, has_since: bool) -> None:
    asked = Asked(1, TYPES, TYPES, 50, datetime(2026, 1, 1, tzinfo=UTC) if has_since else None)
    given = everything._parameters(asked, BY, 7, 51)
    shared = everything.SHARED
    assert plans.walks(database, everything._record(sees, TYPES, has_since), given) == []
    assert plans.walks(database, everything._referred(sees, shared, TYPES, has_since), given) == []


@pytest.mark.parametrize("sees", SEES)
def test_a_summary_a_currency_check_and_a_register_walk_through_no_table(database: Database, sees: Sees) -> None:
    given = {"whose": "9990000018", "group": "Y99001", **access_filter.parameters(BY)}
    for column in ("nhs_number", "patient_id"):
        assert plans.walks(database, summary._lines(sees, column), given) == []
        assert plans.walks(database, summary._marks(sees, column), given) == []
    assert plans.walks(database, group.members(sees), given) == []


def test_a_currency_check_reads_no_words_and_no_resource() -> None:
    asked = str(summary._marks(Sees.SHARED, "patient_id"))
    assert "body" not in asked
    assert "narrative" not in asked


def test_a_page_costs_as_few_statements_as_any_other(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    for number in range(5):
        put(database, builders.organization(id=f"trust-{number}"))
        put(database, builders.condition(id=f"pain-{number}", recorder={"reference": "Patient/anna"}))
    costs = anyio.run(_costs, database)
    assert len(costs) > 2
    assert max(costs) <= 2


async def _costs(database: Database) -> list[int]:
    door = doors.of(database)
    await door.open()
    try:
        return [cost async for cost in _pages(Counted(door))]
    finally:
        await door.close()


async def _pages(door: Any) -> Any:
    [[person_pk]] = await door.rows(_ANNA, {})
    after = 0
    while True:
        before = door.statements
        page = await everything.page(door, Asked(person_pk, TYPES, TYPES, 2, after=after), by=BY)
        yield door.statements - before
        if not page.next:
            return
        after = page.next


_ANNA = sa.select(access_filter.PERSON.c.pk).where(access_filter.PERSON.c.patient_id == "anna")


def test_the_statuses_that_stand_are_none_that_are_not_counted() -> None:
    assert not set(registrations.STANDING) & {*registrations.NOT_COUNTED, "finished"}
