"""What the summary says of what is missing."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from service.fhir import completeness
from service.register import items, registrations


@dataclass
class Line:
    kind: str = ""
    recorded: str = ""
    last_updated: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


REGISTERED = Line(registrations.STANDS, "2:present,4:present,26:present")


def state(lines: list[Line], number: int) -> str:
    return dict(completeness.states(lines))[number]


def test_an_item_is_present_missing_or_says_why_there_is_no_answer() -> None:
    lines = [REGISTERED, Line("", "12:declined,8:present"), Line("", "29:not-appropriate")]
    assert [state(lines, number) for number in (8, 12, 29, 30)] == ["present", "declined", "not-appropriate", "missing"]


def test_an_answer_outweighs_a_reason_why_another_resource_has_none() -> None:
    said = [Line("", "16:declined"), Line("", "16:present")]
    assert state(said, 16) == state(said[::-1], 16) == items.PRESENT


def test_every_mandatory_and_required_item_is_told_of() -> None:
    assert [number for number, _ in completeness.states([])] == [
        *(1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 19, 20, 26, 28, 29, 30, 59)
    ]


@pytest.mark.parametrize(("kind", "said"), [("", items.NOT_DUE), ("death", items.MISSING)])
def test_the_date_of_death_is_missing_only_of_who_has_died(kind: str, said: str) -> None:
    assert state([Line(kind)], items.DATE_OF_DEATH) == said


@pytest.mark.parametrize(
    ("lines", "is_missing"),
    [
        ([REGISTERED], True),
        ([REGISTERED, Line("place-of-death", "36:not-asked")], True),
        ([REGISTERED, Line("place-of-death", "36:declined")], False),
        ([REGISTERED, Line("place-of-death", "36:present,40:present")], False),
        ([REGISTERED, Line("death", "59:present")], False),
        ([Line(registrations.ENDED)], False),
    ],
)
def test_a_place_of_death_that_nobody_asked_for_is_missing(lines: list[Line], is_missing: bool) -> None:
    assert completeness.is_place_of_death_missing(lines) is is_missing


def test_what_is_missing_is_said_first_and_what_is_there_last() -> None:
    section = completeness.section([REGISTERED, Line("", "12:declined")])
    said = section["text"]["div"].split("<li>")[1:]
    assert [line.partition(":")[0] for line in said] == ["Missing", "Not due", "Declined to discuss it", "Present"]
    assert "Usual address (mandatory)" in said[2]


def test_when_the_record_was_last_amended_is_told() -> None:
    newer = Line("", "", datetime(2026, 3, 3, 0, 5, 9, tzinfo=UTC))
    section = completeness.section([REGISTERED, newer, REGISTERED])
    assert "<p>Last amended 3 March 2026, 00:05:09 UTC</p>" in section["text"]["div"]


def test_each_item_is_told_for_machines_too() -> None:
    section = completeness.section([REGISTERED])
    assert completeness.extension(26, "present") in section["extension"]
    assert completeness.extension(30, "missing") == {
        "url": completeness.ITEM_STATE,
        "extension": [
            {"url": "item", "valuePositiveInt": 30},
            {"url": "demand", "valueCode": "required"},
            {"url": "state", "valueCode": "missing"},
        ],
    }
