from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir import sortable_numbers

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**20), max_value=10**20)


@given(NUMBERS, NUMBERS)
def test_text_sorts_as_the_numbers_do(one: Decimal, other: Decimal) -> None:
    first, second = sortable_numbers.sortable(one), sortable_numbers.sortable(other)
    assert (first < second) == (one < other)
    assert (first == second) == (one == other)


@given(NUMBERS)
def test_every_number_stands_between_the_open_ends(value: Decimal) -> None:
    assert sortable_numbers.LOWEST < sortable_numbers.sortable(value) < sortable_numbers.HIGHEST


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("100", "99.5", "100.5"), ("100.00", "99.995", "100.005"), ("1e2", "50", "150"), ("-5", "-5.5", "-4.5")],
)
def test_a_number_is_as_exact_as_it_was_written(text: str, low: str, high: str) -> None:
    assert sortable_numbers.precision_range(Decimal(text)) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("text", ["", "1e1000000000", "1e-999", "NaN", "inf", " 1", "1_0", "1" * 200, "0e-400", "٣"])
def test_what_is_no_number_or_beyond_any_use_is_none(text: str) -> None:
    assert sortable_numbers.number(text) is None
