"""M10, whether the plans of people on the register are reviewed in time: at most three months apart."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause

from service.expressions import days_between
from service.reports.measure import Measure
from service.reports.part import Condition, Part
from service.reports.populations import ON_REGISTER

THREE_MONTHS: Final = 92
"""Days: no three months are longer."""


def _has_a_plan(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.plan_pk.is_not(None)


def _in_time(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.plan_review_on > rows.c.on


def _overdue_for(days: int) -> Condition:
    return lambda rows: days_between(rows.c.plan_review_on, rows.c.on) >= days


def _too_far_ahead(rows: FromClause) -> ColumnElement[bool]:
    return days_between(rows.c.on, rows.c.plan_review_on) > THREE_MONTHS


def _overdue(code: str, title: str, days: int, within: str = "") -> Part:
    return Part(
        code=code,
        title=title,
        counts=_overdue_for(days),
        of="active-plan",
        within=within,
        apart=not within,
        at_practice=not within,
        better="lower",
    )


MEASURE = Measure(
    number="M10",
    name="review-timeliness",
    title="Review timeliness: active plans whose review is not overdue",
    sentence="How many plans of people on the end-of-life care register are within their review date, which is at most "
    "three months after the last review, and how long the others are overdue.",
    rationale="SCCI1580 requirements 19 and 20: a review is planned for each plan, three months ahead where nobody "
    "says otherwise, and people are told when it is overdue.",
    population=ON_REGISTER,
    parts=(
        Part(code="active-plan", title="On the register with an active plan", counts=_has_a_plan, at_practice=True),
        Part(
            code="in-time",
            title="Review not overdue",
            counts=_in_time,
            of="active-plan",
            apart=True,
            at_practice=True,
            better="higher",
        ),
        Part(
            code="too-far-ahead",
            title="Review planned for more than three months ahead",
            counts=_too_far_ahead,
            of="active-plan",
            within="in-time",
            better="lower",
        ),
        _overdue("overdue", "Review overdue", 0),
        _overdue("overdue-28", "Review overdue for 28 days or more", 28, "overdue"),
        _overdue("overdue-90", "Review overdue for 90 days or more", 90, "overdue-28"),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=("People who died on or before the day", "Plans that are drafts, on hold, completed or revoked"),
    notes=(
        "A review is overdue from the day on which it is due, as planned or three months after the plan was made.",
        "Who planned a review for more than three months ahead is in time by that date; they are told apart.",
    ),
    is_current=True,
)
