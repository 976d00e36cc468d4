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

TREATMENT_ESCALATION = PreferenceType(
    name="treatment-escalation",
    title="Treatment escalation plan",
    code=codes.TREATMENT_ESCALATION_PLAN,
    section="treatment-escalation",
    answered_by_components=True,
    components=(
        Component(codes.INTENSIVE_CARE, "Intensive care", _DECIDED),
        Component(codes.VENTILATION, "Ventilation", _DECIDED),
        Component(codes.HOSPITAL_ADMISSION, "Hospital admission", _DECIDED),
        Component(snomed("281789004", "Antibiotic therapy", "IKNL PZP-FHIR-R4", "medium"), "Antibiotics", _DECIDED),
    ),
)
