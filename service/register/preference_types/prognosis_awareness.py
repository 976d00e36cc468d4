"""Whether the person knows the prognosis, or wishes to. Not an SCCI1580 item (EoL National Minimum Dataset 2.2)."""

from service.register import codes
from service.register.preference_type import Answer, PreferenceType

PROGNOSIS_AWARENESS = PreferenceType(
    name="prognosis-awareness",
    title="Awareness of the prognosis",
    code=codes.local("awareness-of-prognosis", "The person's awareness of the prognosis"),
    section="diagnoses",
    answers=(
        Answer(codes.local("aware-of-prognosis", "Aware of the prognosis")),
        Answer(codes.local("not-aware-of-prognosis", "Not aware of the prognosis")),
        Answer(codes.local("wishes-not-to-know-prognosis", "Wishes not to know the prognosis")),
    ),
)
