"""Whether there is a main carer (SCCI1580 item 16, the coded part). Who that is says a RelatedPerson."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_ITEM = "SCCI1580 item 16"

CARER = PreferenceType(
    name="carer",
    title="Main carer",
    code=codes.local("main-carer", "Main carer", "SCCI1580 item 16 codes the answers, not the question"),
    section="people",
    items=("16",),
    answers=(
        Answer(snomed("184156005", "Has a carer", _ITEM)),
        Answer(snomed("414041006", "Does not have a carer", _ITEM)),
    ),
    tells_where=True,
)
