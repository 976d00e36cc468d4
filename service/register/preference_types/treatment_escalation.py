"""Which treatments to give and which not: a treatment escalation plan or ReSPECT form.

Each component is one intervention and what was decided on it. One Observation is one plan as issued, so that a plan is
never half updated. Not an SCCI1580 item (EoL National Minimum Dataset 2.2, advance treatment preferences).
"""

from service.register import codes
from service.register.codes import Code, snomed
from service.register.preference_type import Answer, Component, PreferenceType

_DECIDED = (
    Answer(codes.local("for", "For")),
    Answer(codes.local("not-for", "Not for")),
    Answer(codes.local("conditional", "In some circumstances")),
)


def _treatment(code: Code, title: str) -> Component:
    """Closed: words that go with the decision, such as the circumstances, stand in its `text`."""
    return Component(code, title, _DECIDED, closed=True)


TREATMENT_ESCALATION = PreferenceType(
    name="treatment-escalation",
    title="Treatment escalation plan",
    code=codes.TREATMENT_ESCALATION_PLAN,
    section="treatment-escalation",
    answered_by_components=True,
    is_decision=True,
    components=(
        _treatment(codes.INTENSIVE_CARE, "Intensive care"),
        _treatment(codes.VENTILATION, "Ventilation"),
        _treatment(codes.HOSPITAL_ADMISSION, "Hospital admission"),
        _treatment(snomed("281789004", "Antibiotic therapy", "IKNL PZP-FHIR-R4", "medium"), "Antibiotics"),
    ),
)
