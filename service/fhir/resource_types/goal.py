"""Goal: what matters to the person, in their words, and what care is to bring about."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-goal"
_STANDING: Final = {
    "proposed": "Proposed, not yet agreed",
    "planned": "",
    "accepted": "",
    "active": "",
    "on-hold": "On hold",
}


def _rules(goal: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(goal, "subject")


def _profiles(goal: Body) -> Iterable[str]:
    """A mistake may be marked as one, whatever else is wrong with it."""
    return [PROFILE] if goal.get("lifecycleStatus") != "entered-in-error" else []


def _register_rows(goal: Body, at: datetime) -> Iterable[RegisterRow]:
    return narrative.rows([_line(goal, at)]) if elements.text_at(goal, "lifecycleStatus") in _STANDING else []


def _line(goal: Body, at: datetime) -> Line:
    """Dated by its status, which is the last that was said of it, else by its start."""
    said = goal.get("statusDate") or goal.get("startDate")
    return Line(
        section="what-matters",
        what=narrative.sentence(
            f"Goal: {elements.text_of(goal.get('description')) or 'not put in words'}",
            _STANDING[elements.text_at(goal, "lifecycleStatus")],
            _expressed_by(goal),
        ),
        effective_at=elements.instant(said) or at,
        recorded_on=at.date(),
        review_on=narrative.review_date(goal),
    )


def _expressed_by(goal: Body) -> str:
    """Whose goal it is: a person's own counts for more than one that was set for them."""
    whose = elements.reference_of(goal.get("expressedBy")) or ""
    name = elements.display_of(goal.get("expressedBy"))
    if whose.startswith("Patient/"):
        return "Expressed by the person"
    return f"Expressed by {name}" if name else ""


GOAL = ResourceType(
    name="Goal",
    person="subject",
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(
        words=frozenset(
            [
                "category",
                "priority",
                "target.measure",
                "target.detailCodeableConcept",
                "outcomeCode",
            ]
        )
    ),
)
