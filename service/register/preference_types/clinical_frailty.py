"""How frail someone is: the Clinical Frailty Scale, 1 to 9 (Rockwood). Not an SCCI1580 item; stands beside AKPS.

The levels are named here by their numbers and the words of SNOMED CT; the descriptions on the form are its owners'.
"""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Number, PreferenceType

_LEVELS = (
    ("1129331000000101", "very fit"),
    ("1129341000000105", "well"),
    ("1129351000000108", "managing well"),
    ("1129361000000106", "vulnerable"),
    ("1129371000000104", "mildly frail"),
    ("1129381000000102", "moderately frail"),
    ("1129391000000100", "severely frail"),
    ("1129401000000102", "very severely frail"),
    ("1129411000000100", "terminally ill"),
)

CLINICAL_FRAILTY = PreferenceType(
    name="clinical-frailty",
    title="Clinical Frailty Scale",
    code=codes.local(
        "clinical-frailty-scale", "Clinical Frailty Scale", "SNOMED CT codes of the levels only were found"
    ),
    section="diagnoses",
    answers=tuple(
        Answer(snomed(code, f"Level {level}: {words}", "ncl-icb-analytics Rockwood mapping"), str(level))
        for level, (code, words) in enumerate(_LEVELS, start=1)
    ),
    number=Number(1, 9),
)
