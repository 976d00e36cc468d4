"""The agenda of the three-monthly meeting: everybody on the register, with what the team goes through of each."""

import html
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, and_, case, func, select

from service import db, expressions
from service.fhir import narrative
from service.register.models import Plan
from service.reports import caseload
from service.reports.caseload import ON, PERSON, REGISTRATION
from service.reports.worklist import Cell, Column, Worklist
from service.store.models import Resource

_RESOURCE, _PLAN = db.table(Resource), db.table(Plan)
_LINE, _REFUSAL = narrative.SUMMARY_ITEM.alias("diagnosis"), narrative.SUMMARY_ITEM.alias("refusal")
_KINDS = (
    "gsf-stage",
    "prognosis",
    "functional-status",
    "place-of-death",
    "cpr-decision",
    "anticipatory-medicines",
    "carer",
)
_DIAGNOSED = and_(
    _RESOURCE.c.resource_type == expressions.constant("Condition"),
    _RESOURCE.c.id == func.replace(REGISTRATION.c.diagnosis, "Condition/", ""),
)
_IS_THEIRS = and_(_PLAN.c.person_pk == PERSON.c.pk, _PLAN.c.status == expressions.constant("active"))
_HAS_REFUSED = (
    select(_REFUSAL.c.person_pk)
    .where(_REFUSAL.c.person_pk == PERSON.c.pk, _REFUSAL.c.section == expressions.constant("advance-decision"))
    .correlate(PERSON)
    .exists()
)
_SOON = {"D": 0, "days": 0, "C": 1, "weeks": 1, "B": 2, "months": 2, "stage-2": 3, "stage-1": 4, "A": 4, "year": 4}
_GROUP = func.coalesce(
    func.nullif(caseload.answer("gsf-stage").c.answer_group, ""), caseload.answer("prognosis").c.answer_group, ""
)
_TURN = case(*((expressions.constant(group) == _GROUP, rank) for group, rank in _SOON.items()), else_=5)
"""The stage, or else the prognosis; who has neither, or more than a year, comes last."""


def _diagnosis(row: Row[Any]) -> Cell:
    """The words of the line that the summary has for it, without who recorded it."""
    what, _, _ = html.unescape(row.diagnosis or "").partition(". Recorded")
    return what.removeprefix("Diagnosis: ") or "not named"


def _sharing(row: Row[Any]) -> Cell:
    return row.sharing or "not recorded"


MDT = Worklist(
    name="mdt",
    title="Three-monthly meeting",
    sentence="Everybody on the register, for the meeting of the team. Those expected to die soonest come first, then "
    "those whose review is due first.",
    columns=(
        *caseload.IDENTITY,
        Column("On the register since", attrgetter("started_on")),
        Column("Diagnosis", _diagnosis),
        Column("GSF stage", caseload.in_words("gsf-stage")),
        Column("Prognosis", caseload.in_words("prognosis")),
        Column("AKPS", caseload.in_words("functional-status")),
        Column("Preferred place of death", caseload.in_words("place-of-death")),
        Column("Said on", caseload.said_on("place-of-death")),
        Column("Second choice", caseload.second_in_words("place-of-death")),
        Column("CPR decision", caseload.in_words("cpr-decision")),
        Column("Advance decision", lambda row: "yes" if row.has_refused else "none recorded"),
        Column("Anticipatory medicines", caseload.in_words("anticipatory-medicines")),
        Column("Main carer", caseload.in_words("carer", missing="see the record")),
        Column("Sharing", _sharing),
        Column("Review due on", lambda row: row.review_on or "no plan"),
        Column("Overdue", lambda row: "overdue" if row.is_overdue else ""),
    ),
    statement=select(
        *caseload.who(),
        PERSON.c.sharing,
        REGISTRATION.c.started_on,
        _LINE.c.narrative.label("diagnosis"),
        *(column for kind in _KINDS for column in caseload.said(kind)),
        _HAS_REFUSED.label("has_refused"),
        _PLAN.c.review_on,
        func.coalesce(_PLAN.c.review_on <= ON, True).label("is_overdue"),
    )
    .select_from(
        caseload.with_answers(caseload.on_the_register(), *_KINDS)
        .outerjoin(_PLAN, _IS_THEIRS)
        .outerjoin(_RESOURCE, _DIAGNOSED)
        .outerjoin(_LINE, _LINE.c.resource_pk == _RESOURCE.c.pk)
    )
    .where(caseload.of_practice())
    .order_by(
        _TURN,
        func.coalesce(_PLAN.c.review_on, REGISTRATION.c.started_on),
        PERSON.c.name,
        PERSON.c.pk,
    ),
)
