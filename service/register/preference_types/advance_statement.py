"""Requests and preferences that a person set down for later (SCCI1580 item 35). Not binding, unlike an ADRT."""

from service.register.codes import snomed
from service.register.preference_type import PreferenceType

ADVANCE_STATEMENT = PreferenceType(
    name="advance-statement",
    title="Advance statement",
    code=snomed("816281000000101", "Has advance statement (Mental Capacity Act 2005)", "SCCI1580 item 35"),
    section="what-matters",
    items=("35",),
    repeats=True,
    # Making one needs no answer: the code itself says that there is an advance statement.
    needs_answer_or_reason=False,
)
