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
    """Due today or later; a plan without a date never came to be reviewed."""
    return rows.c.plan_review_on >= rows.c.on


def _overdue(days: int) -> Condition:
    return lambda rows: days_between(rows.c.plan_review_on, rows.c.on) >= days


def _too_far_ahead(rows: FromClause) -> ColumnElement[bool]:
    return days_between(rows.c.on, rows.c.plan_review_on) > THREE_MONTHS


MEASURE = Measure(
    number="M10",
    name="review-timeliness",
    title="Review timeliness: active plans whose review is not overdue",
    sentence="How many of the people on the end-of-life care register have an active plan, and how many of these "
    "plans are within their review date, which is at most three months after the last review.",
    rationale="SCCI1580 requirements 19 and 20: a review is planned for each plan, three months ahead where nobody "
    "says otherwise, and people are told when it is overdue.",
    population=ON_REGISTER,
    parts=(
        Part(code="on-register", title="On the register", at_practice=True),
        Part(
            code="active-plan",
            title="With an active plan",
            counts=_has_a_plan,
            of="on-register",
            at_practice=True,
            better="higher",
        ),
        Part(
            code="in-time",
            title="Review not overdue",
            counts=_in_time,
            of="active-plan",
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
        Part(
            code="overdue-28",
            title="Review overdue for 28 days or more",
            counts=_overdue(28),
            of="active-plan",
            better="lower",
        ),
        Part(
            code="overdue-90",
            title="Review overdue for 90 days or more",
            counts=_overdue(90),
            of="active-plan",
            within="overdue-28",
            better="lower",
        ),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=("People who died on or before the day", "Plans that are drafts, on hold, completed or revoked"),
    notes=(
        "A plan is in time until the day on which its review is due, as planned or three months after it was made.",
        "Who planned a review for more than three months ahead is in time by that date; they are told apart.",
    ),
    is_current=True,
)
