"""What makes life harder for the person day by day (SCCI1580 item 28). A Condition may say the same of each.

Several may hold: each is then a component of one Observation, so that the list is never half updated.
"""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

_ITEM = "SCCI1580 item 28"
_IMPAIRMENTS = (
    snomed("15188001", "Hearing loss", _ITEM),
    snomed("397540003", "Visual impairment", _ITEM),
    snomed("288579009", "Difficulty communicating", _ITEM),
    snomed("386806002", "Impaired cognition", _ITEM),
    snomed("325541000000106", "Unable to summon help in emergency", _ITEM),
    snomed("914271000000103", "Impaired ability to recognise safety risks", _ITEM),
)

DISABILITIES = PreferenceType(
    name="disabilities",
    title="Disabilities",
    code=codes.local("disability", "Disability", "SCCI1580 item 28 codes the answers, not the question"),
    section="diagnoses",
    items=("28",),
    answers=(
        *(Answer(code) for code in _IMPAIRMENTS),
        Answer(snomed("703154009", "Patient reports no current disability", _ITEM)),
        Answer(snomed("750691000000106", "No known disability", _ITEM)),
    ),
    components=tuple(Component(code, code.display, item="28", is_statement=True) for code in _IMPAIRMENTS),
    answered_by_components=True,
)
