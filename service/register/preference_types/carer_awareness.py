"""Whether the main carer, or a relative, knows the prognosis (SCCI1580 item 18). `focus` may say who that is."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_ITEM = "SCCI1580 item 18"

CARER_AWARENESS = PreferenceType(
    name="carer-awareness",
    title="Carer's awareness of the prognosis",
    code=codes.local(
        "carer-awareness-of-prognosis",
        "Carer's awareness of the prognosis",
        "SCCI1580 item 18 codes the answers, not the question",
    ),
    section="diagnoses",
    items=("18",),
    answers=(
        Answer(snomed("473301001", "Carer aware of prognosis", _ITEM)),
        Answer(snomed("711951000000105", "Carer not aware of prognosis", _ITEM)),
        Answer(snomed("751961000000104", "Relative aware of prognosis", _ITEM)),
        Answer(snomed("760101000000101", "Relative not aware of prognosis", _ITEM)),
    ),
)
