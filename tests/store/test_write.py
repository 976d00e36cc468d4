"""Nothing is half-written, whichever step fails; and races have one winner."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from service import audit, clock, db
from service.actor import everything
from service.db import Database
from service.errors import Conflict, HeartseaseError, Invalid, RuleBroken
from service.fhir import index_values
from service.register import people
from service.store import derive, integrity, judging, provenance, transaction, transaction_plan, write
from service.store.ownership import Ownership
from service.store.saved import Saved
from service.store.write import Writing
from tests import builders, bundles, tables

BY = everything("tests")


def change(database: Database, work: Callable[[Writing], Any]) -> Any:
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        return work(changes)


def put(database: Database, resource: dict[str, Any]) -> Saved:
    """What was saved, with all that its writer is to be told."""
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        saved = changes.update(judging.judged(resource))
    return changes.advised(saved)


def put_all(database: Database, *resources: dict[str, Any]) -> None:
    """Keeps them in one transaction."""
    change(database, lambda changes: [changes.update(judging.judged(resource)) for resource in resources])


def register(database: Database, number: str = builders.NHS_NUMBER) -> list[Saved]:
    plan = transaction_plan.understood(bundles.registration(number), base="http://127.0.0.1:8000/fhir/R4")
    return list(change(database, lambda changes: transaction.run(changes, plan)).saved.values())


LATE_STEPS = [
    (db, "insert_many"),
    (audit, "record"),
    (people, "save"),
    (people, "refresh_sharing"),
    (index_values, "rows"),
    (derive, "add"),
    (provenance, "automatic"),
    (integrity, "check_references"),
    (Ownership, "sees"),
]


@pytest.mark.parametrize(("where", "step"), LATE_STEPS, ids=[step for _, step in LATE_STEPS])
def test_a_registration_that_fails_at_a_late_step_leaves_all_tables_as_they_were(
    database: Database, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    register(database)
    before = tables.rows(database, names=_every_table())

    def breaks(*_: Any, **__: Any) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(where, step, breaks)
        with pytest.raises(OSError, match="disk"):
            register(database, builders.a_number(1))
    assert tables.rows(database, names=_every_table()) == before


@pytest.mark.parametrize("number", range(1, 40))
def test_a_registration_that_fails_at_any_statement_leaves_all_tables_as_they_were(
    database: Database, number: int
) -> None:
    before = tables.rows(database, names=_every_table())
    with tables.failing_at(number) as ran:
        try:
            register(database)
        except OSError:
            pass
        else:
            assert ran[0] < number
            return
    assert tables.rows(database, names=_every_table()) == before


def test_no_statement_of_a_registration_is_left_out_above(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[object] = []
    execute = Session.execute

    def counted(self: Session, *arguments: Any, **named: Any) -> Any:
        run.append(arguments)
        return execute(self, *arguments, **named)

    monkeypatch.setattr(Session, "execute", counted)
    register(database)
    assert 10 < len(run) < 40


def test_a_provenance_costs_a_create_no_statement_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, builders.patient(id="anna"))
    inserts: list[str] = []
    execute = Session.execute

    def noted(self: Session, statement: Any, *arguments: Any, **named: Any) -> Any:
        if getattr(statement, "is_insert", False):
            inserts.append(statement.table.name)
        return execute(self, statement, *arguments, **named)

    monkeypatch.setattr(Session, "execute", noted)
    change(database, lambda changes: changes.create(judging.judged(builders.condition())))
    assert sorted(inserts) == sorted(set(inserts))


def _every_table() -> list[str]:
    from sqlmodel import SQLModel

    return list(SQLModel.metadata.tables)


def test_a_record_cannot_be_moved_to_another_person(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.patient(builders.a_number(1), id="bert"))
    put(database, builders.condition(id="c"))
    with pytest.raises(RuleBroken, match="another person"):
        put(database, builders.condition(id="c", subject={"reference": "Patient/bert"}))


def test_a_record_needs_a_person_who_is_here(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        put(database, builders.condition(id="c"))
    assert refused.value.issues[0].expression == "Condition.subject.reference"


def test_two_people_cannot_have_one_nhs_number(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    with pytest.raises(Conflict) as refused:
        put(database, builders.patient(id="other"))
    assert refused.value.issues[0].expression == "Patient.identifier"
    assert builders.NHS_NUMBER not in refused.value.message


def test_a_registration_that_ended_makes_room_for_a_new_one(database: Database) -> None:
    put_all(database, *builders.minimum_record(id="first"))
    put(database, builders.ended_registration(id="first"))
    assert put(database, builders.registration(id="second")).version == 1


def test_a_practice_nobody_knows_is_kept_with_a_warning(database: Database) -> None:
    from service.register.organisations import Practice

    with database.transaction() as session:
        session.add(Practice(code="Y99001", name="Leek", as_of=clock.today()))
    known = put(database, builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001")))
    unknown = builders.patient(builders.a_number(1), id="bert", generalPractitioner=builders.at_practice("Y99009"))
    assert known.warnings == ()
    assert put(database, unknown).warnings[0].expression == "Patient.generalPractitioner"


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, all started together."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = works[place]()
        except HeartseaseError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_who_update_the_same_version_at_once_one_wins(database: Database) -> None:
    put(database, builders.organization(id="leek"))

    def update() -> Saved:
        body = builders.organization(id="leek", name="New")
        return change(database, lambda changes: changes.update(judging.judged(body), if_match=[1]))

    results = at_once(update, update)
    assert sorted(type(result).__name__ for result in results) == ["Saved", "VersionConflict"]


def test_the_same_registration_sent_twice_at_once_makes_one(database: Database) -> None:
    results = at_once(*(lambda: register(database) for _ in range(4)))
    assert [result for result in results if isinstance(result, HeartseaseError)] == []
    assert len({saved[0].id for saved in results}) == 1
    assert len(tables.rows(database, ["registration"])["registration"]) == 1


def test_of_two_registrations_of_one_person_at_once_one_wins(database: Database) -> None:
    *beside, _ = builders.minimum_record()
    put_all(database, *beside)
    results = at_once(
        lambda: put(database, builders.registration(id="first")),
        lambda: put(database, builders.registration(id="second")),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Saved"]


def test_of_two_active_plans_of_one_person_at_once_one_wins(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    results = at_once(
        lambda: put(database, builders.care_plan(id="first")),
        lambda: put(database, builders.care_plan(id="second")),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Saved"]


def test_a_second_active_plan_is_refused_on_the_care_plan(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.care_plan(id="first"))
    with pytest.raises(Conflict, match="active end of life care plan already") as refused:
        put(database, builders.care_plan(id="second"))
    assert refused.value.issues[0].expression == "CarePlan"
    put(database, builders.care_plan(id="first", status="revoked", period={"start": "2025-03-01", "end": "2025-06-01"}))
    assert put(database, builders.care_plan(id="second")).version == 1


def test_the_database_itself_keeps_a_second_active_plan_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.care_plan(id="first"))
    monkeypatch.setattr(integrity, "refuse_second_active", lambda *_: None)
    with pytest.raises(Conflict, match="active end of life care plan already"):
        put(database, builders.care_plan(id="second"))


def test_a_plan_of_another_kind_may_be_active_beside_an_end_of_life_plan(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.care_plan(id="plan"))
    assert put(database, builders.care_plan(id="other", category=[{"text": "Diabetes"}])).version == 1


def test_more_transactions_than_connections_wait_and_none_is_lost(database: Database) -> None:
    works = [
        (lambda number=number: register(database, builders.a_number(number))) for number in range(db.CONNECTIONS * 2)
    ]
    results = at_once(*works)
    assert [result for result in results if isinstance(result, HeartseaseError)] == []


def test_an_episode_of_another_kind_may_be_active_beside_a_registration(database: Database) -> None:
    put_all(database, *builders.minimum_record())
    other = builders.registration(id="other", type=[{"text": "Community nursing"}])
    assert put(database, other).version == 1


def both_ways(database: Database, *entries: Any) -> list[Callable[[], Any]]:
    """Two transactions of the same entries, in opposite order."""

    def sent(*listed: Any) -> Any:
        plan = transaction_plan.understood(bundles.transaction(*listed), base="http://127.0.0.1:8000/fhir/R4")
        return change(database, lambda changes: transaction.run(changes, plan))

    return [lambda: sent(*entries), lambda: sent(*reversed(entries))]


def wish(observation_id: str | None, name: str) -> dict[str, Any]:
    return builders.place_of_death(id=observation_id, subject=builders.reference(f"Patient/{name}"))


def plan_for(*observation_ids: str) -> dict[str, Any]:
    references = [builders.reference(f"Observation/{one}") for one in observation_ids]
    return judging.judged(builders.care_plan(status="draft", supportingInfo=references))


@pytest.mark.parametrize("case", ["the same resources", "the same people", "what others refer to"])
def test_nobody_waits_in_a_circle(database: Database, case: str) -> None:
    """A circle would end with 503 for one of them, after a second in which nothing moves."""
    for number, name in enumerate(("anna", "bert")):
        put(database, builders.patient(builders.a_number(number), id=name))
        put(database, wish(f"of-{name}", name))
    put(database, wish("another", "anna"))
    updates = [bundles.request("PUT", f"Observation/of-{name}", wish(f"of-{name}", name)) for name in ("anna", "bert")]
    creates = [bundles.request("POST", "Observation", wish(None, name)) for name in ("anna", "bert")]
    works = {
        "the same resources": both_ways(database, *updates),
        "the same people": both_ways(database, *creates),
        "what others refer to": [
            lambda: put(database, wish("of-anna", "anna")),
            lambda: put(database, wish("another", "anna")),
            lambda: change(database, lambda changes: changes.create(plan_for("of-anna", "another"))),
            lambda: change(database, lambda changes: changes.create(plan_for("another", "of-anna"))),
        ],
    }[case]
    results = [result for _ in range(8) for result in at_once(*works)]
    assert [result for result in results if isinstance(result, HeartseaseError)] == []


def test_what_is_deleted_while_it_is_referred_to_leaves_no_reference_behind(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    for _ in range(5):
        put(database, wish("of-anna", "anna"))
        made, _ = results = at_once(
            lambda: change(database, lambda changes: changes.create(plan_for("of-anna"))),
            lambda: change(database, lambda changes: changes.delete("Observation", "of-anna")),
        )
        assert sorted(type(result).__name__ for result in results) in (["Conflict", "Saved"], ["Invalid", "Saved"])
        if isinstance(made, Saved):
            plan_id = made.id
            change(database, lambda changes, plan_id=plan_id: changes.delete("CarePlan", plan_id))
