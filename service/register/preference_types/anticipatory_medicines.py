"""Medicines put in place ahead of need, and where they are kept (SCCI1580 items 31 and 32)."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

_ITEM = "SCCI1580 item 31"

ANTICIPATORY_MEDICINES = PreferenceType(
    name="anticipatory-medicines",
    title="Anticipatory medicines",
    code=codes.local("anticipatory-medicines", "Anticipatory medicines"),
    section="anticipatory-medicines",
    items=("31",),
    answers=(
        Answer(snomed("376201000000102", "Just-in-case box issued", _ITEM)),
        Answer(snomed("871021000000106", "Prescribed", _ITEM)),
    ),
    components=(
        Component(
            codes.local("medicines-location", "Where the medicines are kept", "SCCI1580 item 32; no code found"),
            "Kept",
            item="32",
            tells_where=True,
        ),
    ),
)
