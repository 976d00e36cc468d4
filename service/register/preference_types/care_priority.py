"""What care is to put first, from sustaining life to comfort: the scale or the boxes of a ReSPECT form.

Not an SCCI1580 item (EoL National Minimum Dataset 2.2). Forms differ in how far their scale goes, and a number without
its scale could be read the wrong way round: so a number needs the component that says which scale it stands on.
"""

from service.register import codes
from service.register.preference_type import Answer, Component, Number, PreferenceType

SCALE = Component(
    codes.local("care-priority-scale", "Scale of the care priority"),
    "Scale",
    (
        Answer(codes.local("comfort-of-10", "0 (sustain life) to 10 (comfort)"), "10"),
        Answer(codes.local("comfort-of-100", "0 (sustain life) to 100 (comfort)"), "100"),
    ),
)

CARE_PRIORITY = PreferenceType(
    name="care-priority",
    title="Priority of care",
    code=codes.local("care-priority", "Priority of care"),
    section="treatment-escalation",
    answers=(
        Answer(codes.local("sustain-life", "Sustaining life first")),
        Answer(codes.local("balance", "A balance of sustaining life and comfort")),
        Answer(codes.local("comfort", "Comfort first")),
    ),
    number=Number(0, 100, scale=SCALE),
    components=(SCALE, Component(codes.local("care-priority-words", "What matters in this"), "In words")),
    answered_by_components=True,
)
