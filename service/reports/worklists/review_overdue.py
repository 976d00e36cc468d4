"""Whose plan is due for review, or has no plan that could be reviewed (SCCI1580 requirements 19 and 20).

Due is what the summary marks as overdue: from the day of the review on. Without a plan the three months run from the
registration.
"""

from operator import attrgetter

from sqlalchemy import func, or_, select

from service import db, expressions
from service.register.models import Plan
from service.reports import caseload
from service.reports.caseload import ON, PERSON, REGISTRATION
from service.reports.worklist import Column, Worklist

_PLAN = db.table(Plan)
_IS_THEIRS = (_PLAN.c.person_pk == PERSON.c.pk) & (_PLAN.c.status == expressions.constant("active"))
_DUE_ON = func.coalesce(_PLAN.c.review_on, REGISTRATION.c.started_on)

REVIEW_OVERDUE = Worklist(
    name="review-overdue",
    title="Review overdue",
    sentence="On the register, and the review of the plan is due, or there is no plan. Go through it with the person, "
    "confirm or change what it says, and set the next date. The longest overdue come first.",
    columns=(
        *caseload.IDENTITY,
        Column("On the register since", attrgetter("started_on")),
        Column("Plan made on", attrgetter("created_on")),
        Column("Review due on", lambda row: row.review_on or "no plan to review"),
    ),
    statement=select(*caseload.who(), REGISTRATION.c.started_on, _PLAN.c.created_on, _PLAN.c.review_on)
    .select_from(caseload.on_the_register().outerjoin(_PLAN, _IS_THEIRS))
    .where(caseload.of_practice(), or_(_PLAN.c.review_on.is_(None), _PLAN.c.review_on <= ON))
    .order_by(_DUE_ON, PERSON.c.name, PERSON.c.pk),
)
