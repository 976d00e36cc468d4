"""Whether cardiopulmonary resuscitation is to be attempted (SCCI1580 items 44 to 48).

A clinical decision, not a Consent. Closed: one of the two codes, or a reason why there is none; a text alone would
leave the person at the bedside to guess.
"""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

_ITEM = "SCCI1580 item 44"

CPR_DECISION = PreferenceType(
    name="cpr-decision",
    title="CPR decision",
    code=snomed("304251008", "Resuscitation status", _ITEM),
    section="cpr",
    answers=(
        Answer(snomed("450475007", "For attempted CPR", _ITEM)),
        Answer(snomed("450476008", "Not for attempted CPR", _ITEM)),
    ),
    closed=True,
    components=(
        Component(
            snomed("845151000000104", "Not aware of do not attempt CPR decision", "SCCI1580 item 48"),
            "The person is not aware of the decision",
        ),
        Component(
            snomed("975291000000108", "Family member informed of CPR decision", "EOLC example", "medium"),
            "Family informed of the decision",
        ),
        Component(codes.local("mental-capacity", "Mental capacity for this decision"), "Capacity for this decision"),
        Component(codes.local("decision-reason", "Reason for the decision"), "Reason"),
        Component(
            codes.local("form-location", "Where the form is kept", "SCCI1580 item 47; no code found"), "Form kept"
        ),
    ),
)
