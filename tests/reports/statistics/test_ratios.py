import pytest

from service.reports.statistics import byar, observed_over_expected


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        # exact Poisson limits, Pearson and Hartley, Biometrika Tables volume I, table 40
        (10, 4.80, 18.39),
        (15, 8.40, 24.74),
        (20, 12.22, 30.89),
        (30, 20.24, 42.83),
        (50, 37.11, 65.92),
    ],
)
def test_byars_interval_is_within_a_fifth_of_a_percent_of_the_exact_one_from_ten_upwards(count, low, high):
    # as Public Health England's technical guide to confidence intervals (2018, appendix 1) has it of Byar's method
    # (and a little for the two decimals of the table)
    assert byar(count) == pytest.approx((low, high), rel=0.003)


def test_byars_interval_keeps_its_values():
    assert byar(65) == pytest.approx((50.163188, 82.849139), abs=1e-6)
    assert byar(0) == pytest.approx((0, 3.668012), abs=1e-6)


def test_a_ratio_has_the_interval_that_was_published():
    # Biological Effects of Low Level Exposures to Chemicals and Radiation (1992), table 7.5: 30 cases, 15.21 expected
    ratio = observed_over_expected(30, 15.21)
    assert (round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)) == (1.97, 1.33, 2.82)


def test_what_is_no_count_has_no_interval():
    with pytest.raises(ValueError, match="zero or more"):
        byar(-1)
    with pytest.raises(ValueError, match="above zero"):
        observed_over_expected(3, 0)
