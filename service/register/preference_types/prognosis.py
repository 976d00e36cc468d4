"""How long someone is likely to live (SCCI1580 item 34): a clinician's estimate, coded when it is."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_PALCARE_COD = "NHSD refset PALCARE_COD"

PROGNOSIS = PreferenceType(
    name="prognosis",
    title="Likely prognosis",
    code=codes.local("prognosis", "Likely prognosis", "SCCI1580 item 34 codes the answers, not the question"),
    section="diagnoses",
    items=("34",),
    answers=(
        Answer(snomed("511401000000102", "Last days of life", _PALCARE_COD), "days"),
        Answer(snomed("955231000000109", "Last weeks of life", _PALCARE_COD), "weeks"),
        Answer(snomed("968211000000101", "Last months of life", _PALCARE_COD), "months"),
        Answer(snomed("767503006", "About one year", _PALCARE_COD), "year"),
        Answer(snomed("1413121000000106", "More than one year", _PALCARE_COD), "more-than-a-year"),
    ),
    performers=codes.MAY_GIVE_A_PROGNOSIS,
)
