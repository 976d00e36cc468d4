"""Nobody comes on the register without the minimum record, and everything that is sent together counts."""

from typing import Any

import pytest

from service.db import Database
from service.errors import RuleBroken
from service.register import items
from tests import builders, tables
from tests.store.test_write import change, put

EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def missing(refused: pytest.ExceptionInfo[RuleBroken]) -> list[int]:
    """The numbers of the items that a refusal names."""
    titles = {item.title: item.number for item in items.MINIMUM}
    return [titles[issue.message.split(", ")[1].partition(": ")[0]] for issue in refused.value.issues]


def record(**changes: Any) -> list[dict[str, Any]]:
    """The minimum record, with the elements of resource types changed; None takes a resource away."""
    return [
        {**resource, **changes.get(resource["resourceType"], {})}
        for resource in builders.minimum_record()
        if changes.get(resource["resourceType"], {}) is not None
    ]


def send(database: Database, *resources: dict[str, Any]) -> None:
    change(database, lambda changes: [changes.update(resource) for resource in resources])


def test_the_minimum_record_is_enough(database: Database) -> None:
    send(database, *record())


def test_what_is_here_already_counts(database: Database) -> None:
    *before, registration = record()
    for resource in before:
        put(database, resource)
    put(database, registration)


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({"Consent": None}, [1]),
        ({"Observation": None}, [16]),
        ({"Patient": {"address": []}}, [12]),
        ({"Patient": {"generalPractitioner": []}, "Consent": None}, [1, 19, 20]),
    ],
)
def test_every_missing_item_is_named_on_the_registration(
    database: Database, changes: dict[str, Any], numbers: list[int]
) -> None:
    before = tables.rows(database)
    with pytest.raises(RuleBroken) as refused:
        send(database, *record(**changes))
    assert missing(refused) == numbers
    assert {issue.expression for issue in refused.value.issues} == {"EpisodeOfCare"}
    assert {issue.detail for issue in refused.value.issues} == {"minimum-record"}
    assert tables.rows(database) == before


def test_a_reason_why_an_item_is_not_known_counts(database: Database) -> None:
    said = [{"extension": [{"url": EXTENSION, "valueCode": "asked-declined"}]}]
    send(database, *record(Patient={"address": said}))
    rows = tables.rows(database, ["recorded_item"])["recorded_item"]
    assert len([row for row in rows if "'declined'" in row]) == 1


def test_an_active_registration_may_be_changed_without_being_judged_anew(database: Database) -> None:
    resources = record()
    send(database, *resources)
    change(database, lambda changes: changes.delete("Consent", "anna-sharing"))
    put(database, {**resources[-1], "careManager": {"display": "Dr Alex Brook"}})


def test_a_registration_that_was_on_hold_is_judged_when_it_becomes_active(database: Database) -> None:
    *_, registration = record()
    put(database, builders.patient(id="anna"))
    put(database, builders.condition(id="anna-diagnosis"))
    put(database, {**registration, "status": "onhold"})
    with pytest.raises(RuleBroken) as refused:
        put(database, registration)
    assert missing(refused) == [1, 16]


def test_an_offer_and_a_spell_that_is_over_need_no_minimum_record(database: Database) -> None:
    put(database, builders.patient(id="anna"))
    put(database, builders.registration(id="offer", status="planned"))
    put(database, builders.ended_registration(id="over"))
