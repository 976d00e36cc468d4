"""M10, whether plans are reviewed in time."""

from datetime import timedelta

import pytest

from service import clock
from tests.reports.lives import lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"


def due(area, days, people=1):
    lived(area, PRACTICE, people, plan_due=clock.today() + timedelta(days=days))


def of(area, part):
    found = figure(report(area.database, "review-timeliness", own=PRACTICE), PRACTICE, part)
    return found.count, found.of


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        (93, {"in-time", "too-far-ahead"}),
        (92, {"in-time"}),
        (1, {"in-time"}),
        (0, {"overdue"}),
        (-28, {"overdue", "overdue-28"}),
        (-90, {"overdue", "overdue-28", "overdue-90"}),
    ],
)
def test_a_review_is_overdue_from_the_day_on_which_it_is_due_as_in_the_summary(area, days, parts):
    due(area, days)
    told = ("in-time", "too-far-ahead", "overdue", "overdue-28", "overdue-90")
    assert {part for part in told if of(area, part) == (1, 1)} == parts


def test_who_has_no_active_plan_has_none_to_review(area):
    lived(area, PRACTICE, 3)
    due(area, 10)
    assert of(area, "in-time") == (1, 1)


def test_what_is_overdue_can_be_told_by_age(area):
    for born_on in ("1940-05-06", "1965-05-06"):
        lived(area, PRACTICE, 10, born_on=born_on, plan_due=clock.today() - timedelta(days=5))
    made = report(area.database, "review-timeliness", by="age-band")
    assert figure(made, "all", "overdue", "85 and over").count == 10
    assert figure(made, "all", "overdue", "Under 65").count == 10
