import pytest

from service.reports import gaps
from service.reports.disclosure_profile import HIDDEN
from service.reports.figures import share
from service.reports.report import Figure


def told(figure):
    return dict(figure.more)


def test_a_gap_is_to_everybody_else_in_the_area_with_newcombes_interval():
    # Newcombe 1998, table II: 56 of 70 against 48 of 80, here the rest of 104 of 150
    found = told(gaps.gap(share("met", 56, 70), share("met", 104, 150)))
    assert found == {"share-of-the-rest": 0.6, "gap": 0.2, "gap-low": 0.05243, "gap-high": 0.33387}


def test_of_two_groups_each_is_the_rest_of_the_other_whatever_rounding_left_of_the_whole():
    women, men, whole = share("met", 180, 215), share("met", 190, 225), share("met", 375, 435)
    first, second = told(gaps.gap(women, whole, [men])), told(gaps.gap(men, whole, [women]))
    assert (first["share-of-the-rest"], first["gap"]) == (men.value, -second["gap"])
    hidden = Figure("met", HIDDEN, 10, HIDDEN, HIDDEN, HIDDEN)
    assert told(gaps.gap(women, whole, [men, hidden]))["share-of-the-rest"] == round(195 / 220, 5)


@pytest.mark.parametrize(
    ("group", "whole"),
    [
        (Figure("met", HIDDEN, 70, HIDDEN, HIDDEN, HIDDEN), share("met", 104, 150)),
        (share("met", 56, 70), Figure("met", HIDDEN, 150, HIDDEN, HIDDEN, HIDDEN)),
    ],
)
def test_where_either_is_hidden_so_is_the_gap(group, whole):
    assert set(told(gaps.gap(group, whole)).values()) == {HIDDEN}


@pytest.mark.parametrize(
    ("group", "whole"),
    [
        (share("met", 10, 20), share("met", 10, 20)),  # nobody else
        (share("met", 15, 20), share("met", 10, 40)),  # as rounding may leave them
        (Figure("asked", 10), share("asked", 20, 40)),  # no list of this group
    ],
)
def test_without_a_rest_to_compare_with_there_is_no_gap(group, whole):
    assert gaps.gap(group, whole) == group


def test_the_slope_is_over_the_fifths_of_practices_from_the_most_deprived():
    fifths = [share("met", count, 100) for count in (30, 40, 50, 60, 70)]
    found = told(gaps.slope(share("met", 250, 500), fifths))
    assert found["slope"] == 0.5
    assert found["slope-low"] < 0.5 < found["slope-high"]


def test_one_hidden_fifth_hides_the_slope():
    fifths = [share("met", 30, 100), Figure("met", HIDDEN, 100, HIDDEN, HIDDEN, HIDDEN)]
    assert set(told(gaps.slope(share("met", 250, 500), fifths)).values()) == {HIDDEN}


def test_an_empty_fifth_does_not_stand_in_the_way():
    fifths = [share("met", 30, 100), Figure("met", 0, 0), share("met", 50, 100)]
    assert told(gaps.slope(share("met", 80, 200), fifths))["slope"] == 0.4
