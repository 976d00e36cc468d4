"""What the person decided on giving organs and tissue (SCCI1580 item 58). Not the NHS Organ Donor Register itself."""

from service.register import codes
from service.register.codes import LOINC, Code
from service.register.preference_type import Answer, PreferenceType

ORGAN_DONATION = PreferenceType(
    name="organ-donation",
    title="Organ donation",
    code=codes.local("organ-donation", "Organ and tissue donation"),
    other_codes=(Code("75781-5", LOINC, "Thoughts on organ and tissue donation", "HL7 PACIO", "medium"),),
    section="what-matters",
    items=("58",),
    answers=(
        Answer(codes.local("wishes-to-donate", "Wishes to donate")),
        Answer(codes.local("wishes-to-donate-some", "Wishes to donate some organs or tissue")),
        Answer(codes.local("does-not-wish-to-donate", "Does not wish to donate")),
    ),
)
