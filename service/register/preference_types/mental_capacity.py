"""Whether the person can take decisions on their care (Mental Capacity Act 2005). Not an SCCI1580 item.

Capacity is for one decision at one time: the component says for which. A capacity that was assessed for the CPR
decision stands in that decision.
"""

from service.register import codes
from service.register.preference_type import Answer, Component, PreferenceType

MENTAL_CAPACITY = PreferenceType(
    name="mental-capacity",
    title="Mental capacity",
    code=codes.local("capacity-assessment", "Assessment of mental capacity"),
    section="what-matters",
    answers=(
        Answer(codes.local("has-capacity", "Has capacity for this decision")),
        Answer(codes.local("lacks-capacity", "Lacks capacity for this decision")),
        Answer(codes.local("fluctuating-capacity", "Capacity fluctuates")),
    ),
    # Capacity for one decision says nothing of another: each assessment is shown with its decision and its date.
    repeats=True,
    components=(Component(codes.local("capacity-decision", "For which decision"), "For"),),
)
