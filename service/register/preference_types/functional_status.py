"""What someone can still do: the Australia-modified Karnofsky score, 100 to 0 in tens (SCCI1580 item 29)."""

from service.register.codes import snomed
from service.register.preference_type import Number, PreferenceType

_EPACCS = "SCCI1580 item 29"

FUNCTIONAL_STATUS = PreferenceType(
    name="functional-status",
    title="Functional status (AKPS)",
    code=snomed("901671000000100", "Australia-modified Karnofsky performance status score", _EPACCS, "medium"),
    other_codes=(
        snomed("901361000000101", "Australia-modified Karnofsky performance status scale", _EPACCS, "medium"),
        snomed("901541000000107", "Assessment using Australia-modified Karnofsky scale", _EPACCS, "medium"),
    ),
    section="diagnoses",
    items=("29",),
    number=Number(0, 100, step=10),
)
