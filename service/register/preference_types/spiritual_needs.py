"""Faith, culture, and what they ask of those who care, before death and after it (SCCI1580 item 58)."""

from service.register import codes
from service.register.codes import LOINC, Code
from service.register.preference_type import Component, PreferenceType

SPIRITUAL_NEEDS = PreferenceType(
    name="spiritual-needs",
    title="Spiritual and cultural needs",
    code=codes.local("spiritual-needs", "Spiritual and cultural needs"),
    other_codes=(Code("81364-2", LOINC, "Religious or cultural beliefs", "HL7 PACIO", "medium"),),
    section="what-matters",
    items=("58",),
    components=(
        Component(
            Code("81365-9", LOINC, "Religious or cultural contact to notify", "HL7 PACIO", "medium"),
            "To notify",
            tells_where=True,
        ),
    ),
)
