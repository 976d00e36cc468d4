from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.reports.statistics import binomial


def exactly_at_most(count, of, share):
    """In whole numbers and fractions, without any rounding."""
    return sum(comb(of, each) * share**each * (1 - share) ** (of - each) for each in range(count + 1))


@pytest.mark.parametrize(
    ("count", "of", "share", "expected"),
    [
        # Neave, Statistics Tables (1978), table 1.1: cumulative binomial probabilities
        (1, 20, 0.25, 0.0243),
        (9, 20, 0.25, 0.9861),
        (2, 10, 0.5, 0.0547),
        (0, 15, 0.1, 0.2059),
        (3, 15, 0.1, 0.9444),
    ],
)
def test_the_lower_tail_is_the_tabled_one(count, of, share, expected):
    assert round(binomial.at_most(count, of, share), 4) == expected
    assert round(binomial.at_least(count + 1, of, share), 4) == pytest.approx(1 - expected)


def test_the_tails_of_the_extreme_practices_are_exact():
    # M83700, 3 of 5,092 and M83012, 148 of 8,006 of QOF 2020-21, against 4,547 of 799,660
    target = Fraction(4547, 799660)
    assert binomial.at_most(3, 5092, float(target)) == pytest.approx(float(exactly_at_most(3, 5092, target)), rel=1e-8)
    assert binomial.at_least(148, 8006, float(target)) == pytest.approx(
        float(1 - exactly_at_most(147, 8006, target)), rel=1e-8
    )


def test_the_lower_limit_is_the_interpolated_one_of_spiegelhalter():
    # Statistics in Medicine 2005;24:1185, appendix A.1.1: r is the smallest count with P(R <= r) > p, and the limit
    # r - (P(R <= r) - p) / (P(R <= r) - P(R <= r - 1)); here P(R <= 1) = 0.0243 and P(R <= 2) = 0.0913
    assert binomial.lowest(20, 0.25, 0.025) == pytest.approx(
        2 - (0.0912604 - 0.025) / (0.0912604 - 0.0243126), abs=1e-5
    )


def test_the_upper_limit_mirrors_the_lower_one():
    assert binomial.highest(20, 0.75, 0.025) == 20 - binomial.lowest(20, 0.25, 0.025)


def test_where_nobody_at_all_is_no_signal_the_lower_limit_is_zero():
    assert binomial.lowest(500, 0.002, 0.025) == 0
    assert binomial.highest(3, 0.9, 0.025) == 3


@settings(max_examples=40)
@given(of=st.integers(1, 400), per_mille=st.integers(1, 999), tail=st.sampled_from([0.025, 0.001]))
def test_chance_alone_lies_outside_a_limit_with_at_most_its_tail(of, per_mille, tail):
    # the property that defines the first of the three methods of Manktelow and Seaton, PLoS ONE 2012;7:e45723
    share = per_mille / 1000
    low, high = binomial.lowest(of, share, tail), binomial.highest(of, share, tail)
    ways = [comb(of, count) * share**count * (1 - share) ** (of - count) for count in range(of + 1)]
    assert sum(way for count, way in enumerate(ways) if count < low - 1e-9) <= tail * (1 + 1e-6)
    assert sum(way for count, way in enumerate(ways) if count > high + 1e-9) <= tail * (1 + 1e-6)
