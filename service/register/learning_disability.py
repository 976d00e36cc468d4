"""Learning disability: the codes of a Condition, or of an Observation, that say so.

Nobody records of a person that they have none, so there is no such answer: who has no code is "not recorded".
"""

from collections.abc import Iterable
from typing import Final

from service.register import codes
from service.register.codes import snomed

YES: Final = "yes"

INTELLECTUAL_DISABILITY: Final = snomed(
    "110359009", "Intellectual disability", "public code lists on GitHub; the root of its hierarchy"
)
CODES: Final = (
    INTELLECTUAL_DISABILITY,
    snomed("416075005", "On learning disability register", "Endeavour Discovery dataset SQL"),
    snomed("984661000000105", "Mild learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
    snomed("984671000000103", "Moderate learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
    snomed("984681000000101", "Severe learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
    snomed("508171000000105", "Severe learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
    snomed("931001000000105", "Significant learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
    snomed("889211000000104", "Profound learning disability", "Endeavour Discovery SQL; terms inferred", "low"),
)
_KEYS: Final = frozenset(code.key for code in CODES)
_BLOCK: Final = ("F70", "F79")
"""Of ICD-10."""


def is_said_by(codings: Iterable[tuple[str, str]]) -> bool:
    """Whether one of these (system, code) pairs says so."""
    return any(each in _KEYS or (each[0] in codes.ICD_10 and _in_block(each[1])) for each in codings)


def _in_block(code: str) -> bool:
    first, last = _BLOCK
    return first <= code.strip().upper()[: len(first)] <= last
