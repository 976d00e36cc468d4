from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.register import preferences


@pytest.mark.parametrize(
    ("confirmed", "due"),
    [
        ("2025-05-03", "2025-08-03"),
        ("2025-11-30", "2026-02-28"),
        ("2023-11-30", "2024-02-29"),
        ("2025-10-31", "2026-01-31"),
    ],
)
def test_a_review_is_due_three_months_later(confirmed, due):
    assert preferences.review_due(date.fromisoformat(confirmed)) == date.fromisoformat(due)


@given(st.dates())
def test_every_day_has_a_day_of_review(confirmed):
    assert preferences.review_due(confirmed) > confirmed or confirmed >= date(9999, 10, 1)
