"""What is derived can be derived again: rebuilding gives what live writing gave."""

from datetime import UTC, datetime

import sqlalchemy as sa
import time_machine

from service import clock
from service.db import Database
from service.register import codes
from service.store import derive, rebuild, transaction, transaction_plan, write
from tests import builders, bundles, tables
from tests.store.test_write import BY, change, put, register

DERIVED = ["search_index", "person", "practice_spell", "stay", *(table.name for table in derive.REGISTER_TABLES)]


def live(database: Database) -> None:
    """Registrations, moves between practices, changed minds, deletions, a death, and two sharing decisions."""
    with time_machine.travel(datetime(2026, 1, 10, 9, tzinfo=UTC), tick=False) as now:
        register(database)
        for number in range(1, 4):
            register(database, builders.a_number(number))
        anna = {"id": "anna", "number": builders.a_number(9)}
        put(database, builders.patient(**anna, generalPractitioner=builders.at_practice("Y99001")))
        now.shift(86_400)
        put(database, builders.patient(**anna, generalPractitioner=builders.at_practice("Y99002", "2026-01-05")))
        put(database, builders.place_of_death(id="wish"))
        put(database, builders.place_of_death("30", id="wish"))
        put(database, builders.sharing(id="yes"))
        put(database, builders.sharing("deny", id="no", dateTime="2026-01-02T10:00:00Z"))
        now.shift(86_400)
        put(database, builders.patient(**anna, generalPractitioner=builders.at_practice("Y99003")))
        put(database, builders.condition(id="gone"))
        put(database, builders.condition(id="stays", code=builders.concept((codes.SNOMED, "84114007"))))
        change(database, lambda changes: changes.delete("Condition", "gone"))
        put(database, builders.patient(**anna, deceasedDateTime="2026-01-11"))
        put(database, builders.actual_place_of_death(id="place"))
        put(database, builders.patient(builders.a_number(10), id="nobody"))
        change(database, lambda changes: changes.delete("Patient", "nobody"))


def test_rebuilding_gives_what_live_writing_gave(database: Database) -> None:
    live(database)
    before = tables.rows(database, DERIVED)
    assert all(before.values()), "every derived table should have something to compare"
    with database.transaction() as session:
        rebuild.rebuild(session)
    assert tables.rows(database, DERIVED) == before


def test_rebuilding_mends_what_was_damaged(database: Database) -> None:
    live(database)
    before = tables.rows(database, DERIVED)
    with database.transaction() as session:
        for table in derive.REGISTER_TABLES:
            session.execute(table.delete())
    with database.transaction() as session:
        rebuild.rebuild(session)
    assert tables.rows(database, DERIVED) == before


def test_a_rebuild_goes_through_every_version(database: Database) -> None:
    live(database)
    done = []
    with database.transaction() as session:
        total = rebuild.count(session)
        rebuild.rebuild(session, progress=done.append)
    assert sum(done) == total


def test_the_register_stays_as_it_was_when_a_rebuild_fails(database: Database) -> None:
    live(database)
    before = tables.rows(database)

    def breaks(done: int) -> None:
        raise OSError("the disk is gone")

    try:
        with database.transaction() as session:
            rebuild.rebuild(session, progress=breaks)
    except OSError:
        pass
    assert tables.rows(database) == before


def test_a_second_entry_that_was_there_already_is_not_derived_twice(database: Database) -> None:
    register(database)
    before = tables.rows(database)
    plan = transaction_plan.understood(bundles.registration(), base="http://127.0.0.1:8000/fhir/R4")
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        transaction.run(changes, plan)
    assert tables.rows(database) == before


def test_of_several_active_plans_from_before_that_was_refused_the_last_stands(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.care_plan(id="first"))
    for name in ("second", "third"):
        put(database, builders.care_plan(id=name, status="draft"))
    with database.transaction() as session:
        for version in session.execute(sa.select(rebuild.VERSION.c.pk, rebuild.VERSION.c.body)).all():
            active = version.body.replace(b'"status":"draft"', b'"status":"active"')
            session.execute(rebuild.VERSION.update().where(rebuild.VERSION.c.pk == version.pk).values(body=active))
        rebuild.rebuild(session)
        statuses = session.execute(sa.select(derive.PLAN.c.status).order_by(derive.PLAN.c.resource_pk)).scalars()
        assert list(statuses) == [rebuild.SUPERSEDED, rebuild.SUPERSEDED, "active"]
