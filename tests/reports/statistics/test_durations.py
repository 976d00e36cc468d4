import statistics
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.reports.statistics.durations import Quartiles, quartiles


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        # worked by hand after definition 2 of Hyndman and Fan (1996), which R gives as quantile(x, type = 2)
        ({6: 1, 7: 1, 15: 1, 36: 1, 39: 1, 40: 1, 41: 1, 42: 1, 43: 1, 47: 1, 49: 1}, (15, 40, 43)),
        ({7: 1, 15: 1, 36: 1, 39: 1, 40: 1, 41: 1}, (15, 37.5, 40)),
        ({31: 1}, (31, 31, 31)),
        ({0: 3, 8: 1}, (0, 0, 4)),
        ({1: 0, 5: 2}, (5, 5, 5)),
    ],
)
def test_the_median_lies_between_its_quartiles(people, expected):
    assert quartiles(people) == Quartiles(*expected)


def test_nobody_has_no_median():
    for nobody in ({}, {3: 0}):
        with pytest.raises(ValueError, match="Nobody"):
            quartiles(nobody)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_median_is_the_common_one(days):
    assert quartiles(Counter(days)).median == statistics.median(days)
