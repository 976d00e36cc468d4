"""CarePlan: the hub of a person's end of life care plan; it lists the other resources and repeats none of them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from service import db
from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient, in_order
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes, preferences
from service.register.models import Plan

PLAN: Final = db.table(Plan)

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-care-plan"
_STANDING: Final = ("active", "on-hold")


def _rules(plan: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(plan, "subject")
    yield from in_order(plan)


def _profiles(plan: Body) -> Iterable[str]:
    """A mistake may be marked as one, whatever else is wrong with it."""
    return [PROFILE] if _is_end_of_life_plan(plan) and plan.get("status") != "entered-in-error" else []


def _is_end_of_life_plan(plan: Body) -> bool:
    wanted = codes.END_OF_LIFE_CARE_PLAN
    return elements.any_has_code(elements.all_of(plan, "category"), wanted.system, wanted.code)


def _register_rows(plan: Body, at: datetime) -> Iterable[RegisterRow]:
    """Plans of other kinds are kept and shown, but are no end of life care plan."""
    rows = narrative.rows([_line(plan, at)]) if plan.get("status") in _STANDING else []
    if _is_end_of_life_plan(plan) and plan.get("status") != "entered-in-error":
        rows.append((PLAN, _plan(plan, at)))
    return rows


def _plan(plan: Body, at: datetime) -> dict[str, Any]:
    return {
        "status": elements.text_at(plan, "status"),
        "created_on": elements.day(_created(plan)),
        "review_on": _review_on(plan, at),
    }


def _review_on(plan: Body, at: datetime) -> date:
    """As planned, else as the register proposes (SCCI1580 requirement 19)."""
    return narrative.review_date(plan) or preferences.review_due(elements.day(_created(plan)) or at.date())


def _created(plan: Body) -> str:
    return elements.text_at(plan, "created") or elements.text_at(plan, "period", "start")


def _line(plan: Body, at: datetime) -> Line:
    """Record creation and planned review (SCCI1580 items 2 and 3)."""
    created = _created(plan)
    held = "on hold" if plan.get("status") == "on-hold" else ""
    return Line(
        section="consent",
        what=narrative.sentence(elements.text_at(plan, "title") or _category(plan), held),
        by=elements.display_of(plan.get("author")),
        effective_at=elements.instant(created) or at,
        recorded_on=elements.day(created) or at.date(),
        confirmed_on=elements.day(created),
        review_on=_review_on(plan, at),
    )


def _category(plan: Body) -> str:
    return elements.text_of(elements.first(plan, "category")) or "Care plan"


CARE_PLAN = ResourceType(
    name="CarePlan",
    person="subject",
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    in_part=InPart(
        words=frozenset(
            [
                "category",
                "activity.detail.code",
                "activity.detail.productCodeableConcept",
                "activity.detail.scheduledString",
            ]
        )
    ),
)
