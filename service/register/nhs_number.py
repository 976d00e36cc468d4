"""NHS numbers: the primary identifier of a person (SCCI1580 item 9, mandatory)."""

import re
from typing import Final

from nhs_number.validate import is_valid as _check_digit_is_valid

SYSTEM: Final = "https://fhir.nhs.uk/Id/nhs-number"

_TEN_DIGITS = re.compile(r"[0-9]{10}")
_LIKELY = re.compile(r"(?<![0-9])[0-9](?:[\s\-\u2010-\u2014]?[0-9]){9}(?![0-9])")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2014]+")


def is_valid(text: str) -> bool:
    """Ten ASCII digits with a modulus 11 check digit, and not ten times the same digit, which is always a filler.

    The library alone would let spaces and hyphens through; what is stored and compared has none.
    """
    return bool(_TEN_DIGITS.fullmatch(text)) and len(set(text)) > 1 and bool(_check_digit_is_valid(text))


def normalised(text: str) -> str:
    """The number as people write it, "999 123 4567", without its separators. For searches only: a record has none."""
    return _SEPARATORS.sub("", text)


def is_named_in(text: str) -> bool:
    """Whether an NHS number stands in a text, in whatever way it is written."""
    return SYSTEM in text or any(is_valid(normalised(found)) for found in _LIKELY.findall(text))


def displayed(number: str) -> str:
    """`999 123 4567` (NHS CUI display of the NHS number)."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


STATUSES: Final = {
    "01": "present and verified",
    "02": "present, not traced",
    "03": "to be traced",
    "04": "traced without one match",
    "05": "trace to be resolved",
    "06": "trace in progress",
    "07": "not present, no trace needed",
    "08": "trace postponed",
}
"""How far a number was traced (SCCI1580 item 10; NHS Data Dictionary NHS NUMBER STATUS INDICATOR CODE)."""
