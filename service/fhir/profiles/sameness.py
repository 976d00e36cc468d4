"""Whether a value is the fixed one, or holds the pattern, of an element (R4, ElementDefinition.fixed and .pattern)."""

from decimal import Decimal
from typing import Any

from service.fhir import dates


def is_fixed(value: Any, fixed: Any) -> bool:
    """Exactly as it is fixed: nothing more, nothing less. Numbers are compared as numbers."""
    if isinstance(fixed, dict):
        return (
            isinstance(value, dict)
            and value.keys() == fixed.keys()
            and all(is_fixed(value[name], one) for name, one in fixed.items())
        )
    if isinstance(fixed, list):
        return (
            isinstance(value, list)
            and len(value) == len(fixed)
            and all(is_fixed(one, other) for one, other in zip(value, fixed, strict=True))
        )
    return _is_same(value, fixed)


def holds_pattern(value: Any, pattern: Any) -> bool:
    """At least what the pattern says. Of a list, each of the pattern's is matched by any of the value's."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and holds_pattern(value[name], one) for name, one in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(holds_pattern(each, one) for each in value) for one in pattern)
    return _is_same(value, pattern)


def is_below(value: Any, limit: Any) -> bool | None:
    """Whether a number or a date comes before another; None where the two cannot be compared, as a year with a day."""
    if isinstance(value, str) and isinstance(limit, str):
        return _is_before(value, limit)
    if _is_number(value) and _is_number(limit):
        return Decimal(str(value)) < Decimal(str(limit))
    return None


def _is_before(value: str, limit: str) -> bool | None:
    try:
        (starts, ends), (first, _) = dates.interval(value), dates.interval(limit)
    except ValueError:
        return None
    if ends <= first:
        return True
    return False if starts >= first else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_same(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if _is_number(value) and _is_number(other):
        return Decimal(str(value)) == Decimal(str(other))
    return bool(value == other)
