"""Whether cardiopulmonary resuscitation is to be attempted (SCCI1580 items 44 to 48).

A clinical decision, not a Consent. Closed: one of the two codes, or a reason why there is none; a text alone would
leave the person at the bedside to guess.
"""

from service.register import codes, resuscitation
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

CPR_DECISION = PreferenceType(
    name="cpr-decision",
    title="CPR decision",
    code=snomed("304251008", "Resuscitation status", "SCCI1580 item 44"),
    section="cpr",
    items=("44",),
    date_item="45",
    review_item="46",
    answers=(Answer(codes.FOR_CPR), Answer(codes.NOT_FOR_CPR)),
    closed=True,
    is_decision=True,
    components=(
        *resuscitation.AWARENESS,
        Component(codes.local("mental-capacity", "Mental capacity for this decision"), "Capacity for this decision"),
        Component(codes.local("decision-reason", "Reason for the decision"), "Reason"),
        Component(
            codes.local("form-location", "Where the form is kept", "SCCI1580 item 47; no code found"),
            "Form kept",
            item="47",
            tells_where=True,
        ),
    ),
)
