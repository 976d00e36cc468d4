"""Primary diagnoses in four groups and "other": those by which end-of-life care differs most.

SNOMED CT has no ranges, so of it the codes are known that case-finding lists and this register name; of ICD-10 whole
blocks. Which block belongs to which group is ours, after the causes of death that studies of palliative care need count
(cancer; heart, lung, kidney and liver disease; dementia and frailty; diseases of the nervous system and stroke).
"""

from collections.abc import Iterable
from typing import Final

from service.register import codes
from service.register.codes import Code, snomed

CANCER, ORGAN_FAILURE, DEMENTIA_FRAILTY = "cancer", "organ-failure", "dementia-frailty"
NEUROLOGICAL, OTHER = "neurological", "other"

GROUPS: Final = {
    CANCER: "Cancer",
    ORGAN_FAILURE: "Organ failure",
    DEMENTIA_FRAILTY: "Dementia or frailty",
    NEUROLOGICAL: "Neurological",
    OTHER: "Other diagnosis",
}

_LISTED: Final = "NHSD refset, by OpenSAFELY codelists"
_FRAILTY: Final = "ncl-icb-analytics frailty diagnoses"
_PUBLIC: Final = "public code lists on GitHub"
_MEMORY: Final = "from memory"

KNOWN: Final[dict[str, tuple[Code, ...]]] = {
    CANCER: (
        snomed("363346000", "Malignant neoplastic disease", _PUBLIC, "medium"),
        snomed("128462008", "Metastatic malignant neoplasm", f"{_LISTED}: C19CAN_COD"),
        snomed("363349007", "Malignant tumour of stomach", f"{_LISTED}: C19CAN_COD"),
        snomed("363358000", "Malignant tumour of lung", f"{_LISTED}: C19CAN_COD"),
        snomed("363418001", "Malignant tumour of pancreas", f"{_LISTED}: C19CAN_COD"),
    ),
    ORGAN_FAILURE: (
        snomed("84114007", "Heart failure", f"{_LISTED}: HF_COD"),
        snomed("314206003", "Refractory heart failure", f"{_LISTED}: HF_COD"),
        snomed("13645005", "Chronic obstructive pulmonary disease", f"{_LISTED}: COPD_COD"),
        snomed("135836000", "End stage chronic obstructive airways disease", f"{_LISTED}: COPD_COD"),
        snomed("313299006", "Severe chronic obstructive pulmonary disease", f"{_LISTED}: COPD_COD"),
        snomed("293991000000106", "Very severe chronic obstructive pulmonary disease", f"{_LISTED}: COPD_COD"),
        snomed("700250006", "Idiopathic pulmonary fibrosis", _PUBLIC, "medium"),
        snomed("431857002", "Chronic kidney disease stage 4", f"{_LISTED}: CKD_COD"),
        snomed("433146000", "Chronic kidney disease stage 5", f"{_LISTED}: CKD_COD"),
        snomed("714152005", "Chronic kidney disease stage 5 on dialysis", f"{_LISTED}: CKD_COD"),
        snomed("19943007", "Cirrhosis of liver", _PUBLIC, "medium"),
        snomed("328383001", "Chronic liver disease", _PUBLIC, "medium"),
    ),
    DEMENTIA_FRAILTY: (
        snomed("52448006", "Dementia", f"{_LISTED}: DEM_COD"),
        snomed("26929004", "Alzheimer's disease", f"{_LISTED}: DEM_COD"),
        snomed("429998004", "Vascular dementia", f"{_LISTED}: DEM_COD"),
        snomed("80098002", "Diffuse Lewy body disease", f"{_LISTED}: DEM_COD"),
        snomed("248279007", "Frailty", _FRAILTY),
        snomed("404904002", "Frail elderly", _FRAILTY),
        snomed("925791000000100", "Mild frailty", _FRAILTY),
        snomed("925831000000107", "Moderate frailty", _FRAILTY),
        snomed("925861000000102", "Severe frailty", _FRAILTY),
    ),
    NEUROLOGICAL: (
        snomed("49049000", "Parkinson's disease", _PUBLIC, "medium"),
        snomed("37340000", "Motor neurone disease", _MEMORY, "UNVERIFIED"),
        snomed("24700007", "Multiple sclerosis", _PUBLIC, "medium"),
        snomed("230690007", "Cerebrovascular accident", "HL7 fhir-pacio-adi"),
    ),
}

_BLOCKS: Final = (
    ("C00", "C97", CANCER),
    ("I110", "I110", ORGAN_FAILURE),
    ("I130", "I139", ORGAN_FAILURE),
    ("I42", "I43", ORGAN_FAILURE),
    ("I50", "I50", ORGAN_FAILURE),
    ("J40", "J47", ORGAN_FAILURE),
    ("J84", "J84", ORGAN_FAILURE),
    ("J96", "J96", ORGAN_FAILURE),
    ("K70", "K77", ORGAN_FAILURE),
    ("N17", "N19", ORGAN_FAILURE),
    ("F00", "F03", DEMENTIA_FRAILTY),
    ("G30", "G31", DEMENTIA_FRAILTY),
    ("R54", "R54", DEMENTIA_FRAILTY),
    ("G10", "G12", NEUROLOGICAL),
    ("G20", "G23", NEUROLOGICAL),
    ("G35", "G37", NEUROLOGICAL),
    ("G90", "G90", NEUROLOGICAL),
    ("I60", "I69", NEUROLOGICAL),
)
"""The first and the last code of each block of ICD-10, without the dot."""

_BY_CODE: Final = {code.key: group for group, of_group in KNOWN.items() for code in of_group}


def group_of(codings: Iterable[tuple[str, str]]) -> str:
    """The group that one of these (system, code) pairs tells; "other" where something else was said, empty if nothing.

    The local code of a sender says something too: only words alone say nothing that could be compared.
    """
    listed = [each for each in codings if each[1]]
    known = (_BY_CODE.get(each) or (_of_block(each[1]) if each[0] in codes.ICD_10 else "") for each in listed)
    return next(filter(None, known), OTHER if listed else "")


def _of_block(code: str) -> str:
    bare = code.strip().upper().replace(".", "")
    return next((group for first, last, group in _BLOCKS if first <= bare[: len(first)] <= last), "")
