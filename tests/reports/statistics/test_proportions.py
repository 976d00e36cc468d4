import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reports.statistics import newcombe, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 1998;17:857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # the baseline of Staffordshire: 0.190% to 0.210%
        (1543, 771500, 0.0019, 0.0021),
    ],
)
def test_the_interval_is_the_one_that_was_published(count, of, low, high):
    assert tuple(round(bound, 4) for bound in wilson(count, of)) == (low, high)


@given(st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_contains_the_proportion_and_stays_between_none_and_all(pair):
    count, of = pair
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1


@pytest.mark.parametrize(("count", "of"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_has_no_interval(count, of):
    with pytest.raises(ValueError, match="proportion"):
        wilson(count, of)


@pytest.mark.parametrize(
    ("count", "of", "other", "other_of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 1998;17:873-890, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_the_one_that_was_published(count, of, other, other_of, low, high):
    found = newcombe(count, of, other, other_of)
    assert found.value == pytest.approx(count / of - other / other_of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
