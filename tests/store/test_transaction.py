"""Transactions: what one costs, what is left when it fails, and who wins when two come at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from service import clock
from service.actor import everything
from service.db import Database
from service.errors import HeartseaseError
from service.store import transaction, transaction_plan, write
from service.store.transaction import Outcome
from tests import builders, bundles, tables
from tests.bundles import request

BY = everything("tests")
BASE = "http://127.0.0.1:8000/fhir/R4"


def carried_out(database: Database, sent: dict[str, Any]) -> Outcome:
    plan = transaction_plan.understood(sent, base=BASE)
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        return transaction.run(changes, plan)


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What each of several returned or was refused with, all started together."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = work()
        except HeartseaseError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def known(**changes: Any) -> dict[str, Any]:
    return builders.practitioner(identifier=[{"system": bundles.SENDER, "value": "1"}], **changes)


CONDITION = f"identifier={bundles.SENDER}|1"


def test_two_identical_registrations_at_once_make_one(database: Database) -> None:
    results = at_once(4, lambda: carried_out(database, bundles.registration()))
    assert all(isinstance(result, Outcome) for result in results), results
    changes = sorted({saved.change for saved in result.saved.values() if saved}.pop() for result in results)
    assert changes == ["create", "none", "none", "none"]
    assert len(tables.rows(database, ["registration"])["registration"]) == 1
    assert len(tables.rows(database, ["person"])["person"]) == 1


def test_two_identical_conditional_updates_at_once_make_one_resource(database: Database) -> None:
    put = bundles.transaction(request("PUT", f"Practitioner?{CONDITION}", known()))
    results = at_once(4, lambda: carried_out(database, put))
    assert all(isinstance(result, Outcome) for result in results), results
    found = {saved.id for result in results for saved in result.saved.values() if saved}
    assert len(found) == 1


def test_conditional_creates_and_updates_under_one_condition_at_once_make_one_resource(database: Database) -> None:
    both = iter(
        [
            bundles.transaction(request("PUT", f"Practitioner?{CONDITION}", known())),
            bundles.transaction(request("POST", "Practitioner", known(), ifNoneExist=CONDITION)),
        ]
    )
    results = at_once(2, lambda: carried_out(database, next(both)))
    assert len({saved.id for result in results for saved in result.saved.values() if saved}) == 1


def test_a_registration_asks_for_all_its_conditions_in_one_statement(database: Database) -> None:
    """Twelve conditions and twelve conditional references cost one statement, as do twelve new resources and stays."""
    nurse = carried_out(database, bundles.transaction(bundles.entry(known(), "nurse")))
    assert [saved.change for saved in nurse.saved.values() if saved] == ["create"]
    sent = bundles.registration()
    sent["entry"][1]["resource"]["careManager"] = {"reference": f"Practitioner?{CONDITION}"}
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    carried_out(database, sent)
    event.remove(database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "AS place" in statement]) == 1
    assert len(asked) <= 31


@pytest.mark.parametrize("last", range(3))
def test_whatever_fails_last_nothing_is_left_behind(database: Database, last: int) -> None:
    carried_out(database, bundles.registration())
    before = tables.rows(database)
    sent = bundles.registration(builders.a_number(1))
    sent["entry"].append(
        [
            request("DELETE", "Organization/none"),
            request("PUT", "Organization/x", builders.organization(id="x"), ifMatch='W/"3"'),
            request("POST", "Patient", builders.patient(builders.NHS_NUMBER)),
        ][last]
    )
    with pytest.raises(HeartseaseError) as refused:
        carried_out(database, sent)
    assert refused.value.issues[0].expression.startswith("Bundle.entry[12]")
    assert tables.rows(database) == before
