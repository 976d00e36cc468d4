"""How long a record is kept: what is due, what a hold keeps, and that nothing is left of what was disposed of."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import SQLModel
from typer.testing import CliRunner

from service import cli, clock, config
from service.actor import everything
from service.db import Database
from service.errors import Conflict, HeartseaseError, NotFound
from service.store import rebuild, retention
from tests import builders, tables
from tests.store.test_derived import delete
from tests.store.test_merging import ANN, ANNS_NUMBER, merge, unmerge
from tests.store.test_write import put

BY = everything("tests")
WRITTEN = "2017-01-10T09:00:00Z"
LATER = datetime(2026, 1, 10, 9, tzinfo=UTC)
TODAY = LATER.date()


def due(database: Database, on: date = TODAY) -> list[tuple[str, date]]:
    with database.reading() as session:
        return [(one.patient_id, one.last_on) for one in retention.due(session, on=on, years=8)]


def act(database: Database, name: str, **more: Any) -> None:
    with database.transaction() as session:
        getattr(retention, name)(session, "Patient/anna", by=BY, at=LATER, **more)


def dispose(database: Database) -> None:
    act(database, "dispose", years=8)


@pytest.fixture
def anna(database: Database) -> Iterator[Any]:
    """Anna's record of long ago, and Bert's beside it."""
    with time_machine.travel(WRITTEN, tick=False) as now:
        put(database, builders.patient(id="anna"))
        put(database, builders.place_of_death("20", id="wish", effectiveDateTime="2016-05-01"))
        put(database, builders.cpr_decision(id="cpr", effectiveDateTime="2016-05-01"))
        put(database, builders.condition(id="gone"))
        delete(database, "Condition", "gone")
        put(database, builders.patient(builders.a_number(5), id="bert", name=[{"family": "Brook", "given": ["Bert"]}]))
        put(database, builders.organization(id="leek"))
        yield now


def test_a_record_is_due_years_after_its_last_entry(database: Database, anna: Any) -> None:
    assert due(database, date(2025, 1, 10)) == []
    assert due(database, date(2025, 1, 11)) == [("anna", date(2017, 1, 10)), ("bert", date(2017, 1, 10))]


def test_a_later_death_counts_from_then(database: Database, anna: Any) -> None:
    anna.move_to("2017-01-20T09:00:00Z")
    put(database, builders.patient(id="anna", deceasedDateTime="2017-01-15"))
    assert [name for name, _ in due(database, date(2025, 1, 15))] == ["bert"]
    assert [name for name, _ in due(database, date(2025, 1, 21))] == ["bert", "anna"]


def test_who_is_on_the_register_is_never_due(database: Database, anna: Any) -> None:
    anna.move_to("2025-08-01T09:00:00Z")
    for resource in builders.minimum_record(builders.patient(id="anna"))[1:]:
        put(database, resource)
    assert [name for name, _ in due(database, date(2036, 1, 1))] == ["bert"]
    with pytest.raises(Conflict, match="not due"), database.transaction() as session:
        retention.dispose(session, "anna", by=BY, at=LATER.replace(year=2036), years=8)


def test_a_leap_day_is_no_fault(database: Database, anna: Any) -> None:
    assert due(database, date(2028, 2, 29))


def test_nothing_is_left_of_who_is_disposed_of_but_the_audit(database: Database, anna: Any) -> None:
    others = of(database, "bert")
    key = pk(database, "anna")
    dispose(database)
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name != "audit_event" and "person_pk" in table.columns:
                found = session.execute(sa.select(sa.func.count()).where(table.c.person_pk == key)).scalar_one()
                assert (table.name, found) == (table.name, 0)
    assert [(name, row) for name, rows in tables.rows(database).items() for row in rows if "anna" in row] == []
    assert of(database, "bert") == others
    audited = [row for row in tables.audit(database) if row.person_pk == key]
    assert audited[-1].action == "dispose"
    assert len(audited) > 1
    with pytest.raises(NotFound):
        dispose(database)


def of(database: Database, name: str) -> list[str]:
    return [row for row in tables.rows(database, ["resource", "person"]).values() for row in row if name in row]


def pk(database: Database, name: str) -> int:
    with database.reading() as session:
        return int(
            session.execute(sa.select(retention.RESOURCE.c.pk).where(retention.RESOURCE.c.id == name)).scalar_one()
        )


def test_what_was_merged_into_a_record_goes_with_it(database: Database, anna: Any) -> None:
    put(database, builders.patient(ANNS_NUMBER, id="ann"))
    put(database, builders.condition(id="pain", subject=ANN))
    merge(database)
    with pytest.raises(Conflict, match="merged"), database.transaction() as session:
        retention.dispose(session, "ann", by=BY, at=LATER, years=8)
    dispose(database)
    rest = tables.rows(database)
    assert not any("pain" in row or "Patient/ann" in row for rows in rest.values() for row in rows)
    assert (rest["merge"], rest["merged_resource"]) == ([], [])
    with database.transaction() as session:
        rebuild.rebuild(session)


def test_the_keys_of_who_is_gone_are_given_to_nobody(database: Database, anna: Any) -> None:
    with database.transaction() as session:
        retention.dispose(session, "bert", by=BY, at=LATER, years=8)
    highest = max(row.person_pk or 0 for row in tables.audit(database))
    dispose(database)
    put(database, builders.patient(id="clara"))
    assert pk(database, "clara") > highest


def test_a_hold_keeps_a_record_until_it_is_released(database: Database, anna: Any) -> None:
    act(database, "hold", words="Inquiry 7")
    assert [name for name, _ in due(database)] == ["bert"]
    with pytest.raises(Conflict, match="hold"):
        dispose(database)
    with pytest.raises(Conflict, match="held already"):
        act(database, "hold", words="again")
    act(database, "release")
    with pytest.raises(Conflict, match="not held"):
        act(database, "release")
    dispose(database)
    assert [row.action for row in tables.audit(database)][-3:] == ["hold", "release", "dispose"]


def test_a_hold_on_a_record_holds_what_it_is_merged_into_and_both_when_taken_apart(
    database: Database, anna: Any
) -> None:
    put(database, builders.patient(ANNS_NUMBER, id="ann"))
    with database.transaction() as session:
        retention.hold(session, "ann", words="Inquiry 7", by=BY, at=clock.now())
    merge(database)
    with pytest.raises(Conflict, match="hold"):
        dispose(database)
    act(database, "hold", words="Inquiry 8")
    anna.shift(60)
    unmerge(database)
    assert [name for name, _ in due(database)] == ["bert"]


def test_a_record_that_others_link_to_is_named_first(database: Database, anna: Any) -> None:
    link = [{"other": builders.reference("Patient/anna"), "type": "seealso"}]
    put(database, builders.patient(builders.a_number(5), id="bert", link=link))
    with pytest.raises(Conflict, match="Patient/bert"):
        dispose(database)


def test_nothing_is_half_gone_whichever_statement_fails(database: Database, anna: Any) -> None:
    before = tables.rows(database)
    for number in range(1, 60):
        with tables.failing_at(number):
            try:
                dispose(database)
            except OSError:
                assert tables.rows(database) == before
            else:
                return
    pytest.fail("It takes more statements than were tried")


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    with time_machine.travel(LATER, tick=False):
        yield lambda *words: CliRunner().invoke(cli.app, ["retention", *words])
    config.settings.cache_clear()


def test_the_commands_list_hold_release_and_dispose(database: Database, anna: Any, run: Callable[..., Any]) -> None:
    assert run("due").stdout.splitlines() == ["Patient/anna  10 January 2017", "Patient/bert  10 January 2017"]
    assert run("hold", "Patient/anna", "--reason", "Inquiry 7").exit_code == 0
    assert run("due").stdout.splitlines() == ["Patient/bert  10 January 2017"]
    assert run("release", "anna").exit_code == 0
    assert run("dispose", "Patient/anna").exit_code == 1
    assert due(database)
    assert run("dispose", "Patient/anna", "Patient/bert", "--yes").exit_code == 0
    assert due(database) == []


def test_of_several_none_is_gone_where_one_may_not_be(database: Database, anna: Any, run: Callable[..., Any]) -> None:
    run("hold", "Patient/bert", "--reason", "Inquiry 7")
    refused = run("dispose", "Patient/anna", "Patient/bert", "--yes")
    assert (refused.exit_code, "hold" in refused.stderr) == (1, True)
    assert [name for name, _ in due(database)] == ["anna"]


def test_a_refusal_names_nobody(database: Database, anna: Any) -> None:
    with pytest.raises(HeartseaseError) as refusal, database.transaction() as session:
        retention.hold(session, "Patient/none", words="x", by=BY, at=LATER)
    assert "none" not in refusal.value.message
