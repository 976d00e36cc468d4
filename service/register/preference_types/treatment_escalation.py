"""Which treatments to give and which not: a treatment escalation plan or ReSPECT form.

Each component is one intervention and what was decided on it. One Observation is one plan as issued, so that a plan is
never half updated. Not an SCCI1580 item (EoL National Minimum Dataset 2.2, advance treatment preferences).
"""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

_DECIDED = (
    Answer(codes.local("for", "For")),
    Answer(codes.local("not-for", "Not for")),
    Answer(codes.local("conditional", "In some circumstances")),
)
_FROM = "IKNL PZP-FHIR-R4"

TREATMENT_ESCALATION = PreferenceType(
    name="treatment-escalation",
    title="Treatment escalation plan",
    code=snomed("735324008", "Treatment escalation plan", "NRL record types 1.1.1"),
    section="treatment-escalation",
    answered_by_components=True,
    components=(
        Component(snomed("305351004", "Admission to intensive care unit", _FROM, "medium"), "Intensive care", _DECIDED),
        Component(snomed("40617009", "Artificial respiration", _FROM, "medium"), "Ventilation", _DECIDED),
        Component(snomed("32485007", "Hospital admission", _FROM, "medium"), "Hospital admission", _DECIDED),
        Component(snomed("281789004", "Antibiotic therapy", _FROM, "medium"), "Antibiotics", _DECIDED),
    ),
)
