"""The stage of the Gold Standards Framework, as a team colours its list. Not an SCCI1580 item.

Two scales are in use: the prognostic indicator (A blue, B green, C yellow, D red) and the older supportive care stages,
of which three say the same as B, C and D. C is yellow in SNOMED CT, where many a local form says amber.
"""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_COD = "NHSD refset PALCARE_COD"
_STAGE = "GSF supportive care stage"

GSF_STAGE = PreferenceType(
    name="gsf-stage",
    title="Gold Standards Framework stage",
    code=codes.local("gsf-stage", "Gold Standards Framework stage", "SNOMED CT codes of the stages only were found"),
    section="diagnoses",
    answers=(
        Answer(
            snomed("845701000000104", "GSF prognostic indicator A (blue): a year or more", "EOLC example"),
            "A",
        ),
        Answer(snomed("845721000000108", "GSF prognostic indicator B (green): months", _COD), "B"),
        Answer(codes.GSF_C_YELLOW, "C"),
        Answer(snomed("845771000000107", "GSF prognostic indicator D (red): days", _COD), "D"),
        Answer(snomed("518901000000101", f"{_STAGE} 1: advancing disease", _COD), "stage-1"),
        Answer(snomed("518941000000103", f"{_STAGE} 2: increasing decline", _COD), "stage-2"),
        Answer(snomed("754401000000106", f"{_STAGE} 3, category B: months", _COD), "B"),
        Answer(snomed("519041000000106", f"{_STAGE} 3, category C: weeks", _COD), "C"),
        Answer(snomed("519061000000107", f"{_STAGE} 3, category D: days", _COD), "D"),
    ),
)
