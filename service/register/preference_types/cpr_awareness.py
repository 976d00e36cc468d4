"""Who was told of the CPR decision, where that was after the decision was recorded (SCCI1580 item 48)."""

from service.register import codes, resuscitation
from service.register.preference_type import PreferenceType

CPR_AWARENESS = PreferenceType(
    name="cpr-awareness",
    title="Who knows of the CPR decision",
    code=codes.local("cpr-awareness", "Who knows of the CPR decision", "SCCI1580 item 48 codes the answers only"),
    section="cpr",
    components=resuscitation.AWARENESS,
    answered_by_components=True,
)
