from datetime import date

import pytest

from tests import builders
from tests.fhir.reading import broken, refusals, rows, unfit


def test_a_plan_shows_when_it_was_created_and_when_it_falls_due():
    plan = builders.care_plan(
        created="2025-05-03",
        author={"display": "Dr A Brook"},
        extension=builders.review_on("2025-06-01"),
        title="My plan",
    )
    [item] = rows(plan, "summary_item")
    assert item["narrative"] == (
        "My plan. Recorded by Dr A Brook on 3 May 2025; last confirmed 3 May 2025; review due 1 June 2025"
    )
    assert item["review_on"] == date(2025, 6, 1)


@pytest.mark.parametrize("status", ["draft", "revoked", "completed", "unknown"])
def test_a_plan_that_does_not_stand_is_not_shown(status):
    assert rows(builders.care_plan(status=status), "summary_item") == []


def test_an_end_of_life_plan_is_one_of_the_register():
    plan = builders.care_plan(created="2025-05-03", extension=builders.review_on("2025-06-01"))
    assert rows(plan, "plan") == [
        {"status": "active", "created_on": date(2025, 5, 3), "review_on": date(2025, 6, 1)},
    ]


@pytest.mark.parametrize("changes", [{"category": None}, {"status": "entered-in-error"}])
def test_another_plan_and_a_mistake_are_no_end_of_life_plan(changes):
    assert rows(builders.care_plan(**changes), "plan") == []


def test_an_end_of_life_plan_without_a_start_is_refused():
    assert unfit(builders.care_plan(period=None)) == ["CarePlan.period"]
    assert unfit(builders.care_plan(period={"end": "2025-03-01"})) == ["CarePlan.period.start"]


@pytest.mark.parametrize("status", ["completed", "revoked"])
def test_a_plan_that_is_over_without_an_end_is_refused(status):
    assert unfit(builders.care_plan(status=status)) == ["CarePlan"]


def test_a_plan_that_ends_before_it_starts_is_refused():
    period = {"start": "2025-03-01", "end": "2025-02-28"}
    assert refusals(builders.care_plan(period=period)) == broken("CarePlan.period.end")


def test_a_plan_of_another_kind_needs_no_dates():
    assert unfit(builders.care_plan(category=None, period=None)) == []


def test_a_plan_that_is_marked_as_a_mistake_needs_no_dates():
    assert unfit(builders.care_plan(status="entered-in-error", period=None, created=None)) == []


@pytest.mark.parametrize("element", ["created", "author"])
def test_a_plan_says_when_and_by_whom_it_was_made(element):
    assert unfit(builders.care_plan(**{element: None})) == [f"CarePlan.{element}"]


def test_a_plan_is_a_plan_and_no_proposal():
    assert unfit(builders.care_plan(intent="proposal")) == ["CarePlan.intent"]
