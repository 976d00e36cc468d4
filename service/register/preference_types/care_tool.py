"""The end of life care tool in use: Gold Standards Framework, Preferred Priorities for Care, another (item 33)."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_ITEM = "SCCI1580 item 33"

CARE_TOOL = PreferenceType(
    name="care-tool",
    title="End of life care tool in use",
    code=codes.local(
        "care-tool", "End of life care tool in use", "SCCI1580 item 33 codes the answers, not the question"
    ),
    section="status",
    items=("33",),
    answers=(
        Answer(snomed("414937009", "On gold standards palliative care framework", _ITEM)),
        Answer(snomed("785091000000102", "Preferred priorities for care document completed", _ITEM)),
    ),
)
