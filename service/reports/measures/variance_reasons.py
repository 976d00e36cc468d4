"""M8, why people did not die where they had wished to, as far as somebody said so. For learning, not for blame."""

from typing import Final

from sqlalchemy import and_, or_

from service.expressions import constant
from service.register.preference_types.variance_reason import VARIANCE_REASON
from service.reports.measure import Measure
from service.reports.part import Condition, Part
from service.reports.places_of_death import both, not_met
from service.reports.populations import DEATHS

_REASONS: Final = {answer.code.code: answer.code.display for answer in VARIANCE_REASON.answers}


def _is(reason: str) -> Condition:
    return lambda rows: rows.c.variance == constant(reason)


def _another() -> Condition:
    """A reason in a code that is none of ours."""
    return lambda rows: and_(
        rows.c.variance != constant(""), ~or_(*(rows.c.variance == constant(reason) for reason in _REASONS))
    )


def _reason(code: str, title: str, counts: Condition) -> Part:
    return Part(code=code, title=title, counts=both(not_met, counts), of="not-met", apart=True)


MEASURE = Measure(
    number="M8",
    name="variance-reasons",
    title="Variance reasons: why the first choice of place was not met, over deaths in which it was not",
    sentence="Why people did not die in the place of their first choice: how many deaths have a coded reason, and "
    "which.",
    rationale="Coordinate My Care asked for one; its list was not published, so the reasons are this register's.",
    population=DEATHS,
    parts=(
        Part(code="not-met", title="Died elsewhere than in the first choice", counts=not_met, trend=True),
        *(_reason(code, title, _is(code)) for code, title in _REASONS.items()),
        _reason("another-reason", "Another coded reason", _another()),
        _reason("no-reason", "No coded reason recorded", _is("")),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "Deaths in the first choice, in the second choice only as far as the first was not met",
        "Deaths of which the preferred or the actual place is not known",
    ),
    notes=(
        "The reason is a judgement by whoever recorded it, after the death.",
        "Where few reasons are recorded, those that are say little of the others.",
    ),
)
