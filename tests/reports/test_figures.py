from fractions import Fraction

import pytest

from service.reports import figures
from service.reports.disclosure import HIDDEN
from service.reports.measure import Figures


@pytest.mark.parametrize(
    ("target", "numerator", "denominator", "short"),
    [
        (figures.HALF_PERCENT, 1543, 771_500, 3858 - 1543),
        (figures.EXPECTED, 1543, 771_500, 6375 - 1543),
        (figures.HALF_PERCENT, 7, 1400, 0),
        (figures.HALF_PERCENT, 6, 1400, 1),
        (figures.HALF_PERCENT, 6, 1401, 2),
        (figures.HALF_PERCENT, 500, 1400, 0),
    ],
)
def test_what_is_short_of_a_target_is_exact_and_never_negative(target, numerator, denominator, short):
    assert figures.short(target, numerator, denominator) == short


def test_the_expected_share_is_three_quarters_of_the_deaths_of_a_year():
    assert Fraction(6_375, 771_500) == figures.EXPECTED


def test_a_hidden_count_hides_every_figure_made_of_it():
    made = figures.of(HIDDEN, 5_000, list_of="2023-03-01", baseline=0.002)
    assert made == Figures(HIDDEN, 5_000, "2023-03-01", *[HIDDEN] * 6)


def test_an_empty_list_has_no_share():
    assert figures.of(0, 0, list_of="2023-03-01", baseline=0.002).rate is None


def test_the_baseline_itself_is_once_the_baseline():
    made = figures.of(1543, 771_500, list_of="2023-03-01", baseline=0.002)
    assert (made.rate, made.low, made.high, made.ratio) == (0.002, 0.0019, 0.0021, 1.0)
