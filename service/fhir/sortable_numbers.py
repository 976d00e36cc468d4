"""Decimals as text that sorts as the numbers do, so that the search index holds numbers as it holds all else.

`6` and the exponent and the digits for what is above nought, `5` for nought, `4` and the complement of both for what is
below it. Exact up to 60 digits, which is more than any sender has.
"""

from decimal import Decimal, InvalidOperation, localcontext
from typing import Final

LOWEST: Final = "0"
HIGHEST: Final = "9"
"""The open ends of a range."""

MOST_DIGITS: Final = 60
LARGEST_EXPONENT: Final = 300
_SHIFT: Final = 5000
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")
_END: Final = "~"
"""Behind the digits of a number below nought: -1.25 comes before -1.2, so 1.2's end sorts after any digit."""

Range = tuple[Decimal, Decimal]


def number(text: str) -> Decimal | None:
    """The decimal that a text writes, or None: no infinity, no spaces, no exponent beyond 300."""
    if len(text) > 2 * MOST_DIGITS or not text or text.strip("0123456789+-.eE"):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if abs(found.adjusted()) <= LARGEST_EXPONENT and _exponent(found) >= -LARGEST_EXPONENT else None


def sortable(value: Decimal) -> str:
    """The number as text: of two numbers the smaller has the text that sorts first."""
    with localcontext(prec=MOST_DIGITS):
        value = +value
    if not value:
        return "5"
    digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
    written = f"{max(0, value.adjusted() + _SHIFT):04d}{digits}"
    return f"6{written}" if value > 0 else f"4{written.translate(_COMPLEMENT)}{_END}"


def precision_range(value: Decimal) -> Range:
    """What a number stands for at the precision in which it was written (R4, search, number): 100 is 99.5 to 100.5."""
    with localcontext(prec=MOST_DIGITS * 2):
        half = Decimal((0, (5,), _exponent(value) - 1))
        return value - half, value + half


def approximately(value: Decimal) -> Range:
    """A tenth to either side (R4, prefix ap)."""
    with localcontext(prec=MOST_DIGITS * 2):
        tenth = abs(value) / 10
        return value - tenth, value + tenth


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
