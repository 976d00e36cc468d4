from datetime import date, timedelta

import pytest

from service.reports.statistics import run_chart, spc_rules
from service.reports.statistics.run_chart import Assurance, Observed, Rule, Step, Variation

FIRST = date(2020, 1, 31)


def chart(counts, of=1000, **given):
    sizes = of if isinstance(of, list) else [of] * len(counts)
    days = (FIRST + timedelta(days=30 * at) for at in range(len(counts)))
    return run_chart.p_chart([Observed(*each) for each in zip(days, counts, sizes, strict=True)], **given)


def signals(drawn):
    return {at: set(dot.signals) for at, dot in enumerate(drawn.dots) if dot.signals}


def test_the_limits_of_equal_denominators_are_the_published_ones():
    # Montgomery, Introduction to Statistical Quality Control, table 7.1: thirty samples of fifty cans of orange juice
    cans = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
    drawn = chart(cans, of=50)
    found = [round(each, 4) for each in (drawn.dots[0].centre, drawn.dots[0].low, drawn.dots[0].high)]
    assert found == [0.2313, 0.0524, 0.4102]
    # samples 15 and 23 are the two that plot above the upper limit
    assert [at + 1 for at, found in signals(drawn).items() if Rule.OUTSIDE in found] == [15, 23]


def test_the_limits_follow_the_denominator_of_each_point():
    # Pyzdek and Keller, The Handbook for Quality Management, table 9.6: bruised peaches, crates of 250, pairs of 500
    first = [47, 42, 55, 51, 46, 61, 39, 44, 41, 51, 88, 101, 101, 40, 48, 47, 50, 48, 57, 45, 43, 105, 98, 100, 96]
    drawn = chart(first, of=[250] * 10 + [500] * 3 + [250] * 8 + [500] * 4)
    assert drawn.phases[0].centre == pytest.approx(0.193)
    assert (round(drawn.dots[0].low, 3), round(drawn.dots[0].high, 3)) == (0.118, 0.268)
    assert (round(drawn.dots[10].low, 3), round(drawn.dots[10].high, 3)) == (0.140, 0.246)
    assert drawn.variation is Variation.COMMON_CAUSE


@pytest.mark.parametrize(
    ("sides", "in_a_shift"),
    [
        # the cases of NHSRplotthedots, the reference implementation of Making Data Count, here for the whole run
        ([1] * 6, ""),
        ([1] * 6 + [-1], ""),
        ([1] * 8 + [-1], "########."),
        ([-1] * 8 + [1], "########."),
        ([-1] + [1] * 8 + [-1], ".########."),
        ([1] * 6 + [0] + [1] * 6, ""),
    ],
)
def test_seven_points_on_one_side_are_a_shift(sides, in_a_shift):
    assert shown(spc_rules.shifts(sides)) == (in_a_shift or "." * len(sides))


@pytest.mark.parametrize(
    ("values", "in_a_trend"),
    [
        # likewise
        ([1, 2, 3, 4, 5, 6], "......"),
        ([1, 2, 3, 3, 4, 5, 6], "......."),
        ([1, 2, 3, 4, 5, 6, 7], "#######"),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], ".#######."),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], ".#######."),
    ],
)
def test_seven_points_each_further_than_the_last_are_a_trend(values, in_a_trend):
    assert shown(spc_rules.trends(values)) == in_a_trend


@pytest.mark.parametrize(
    ("near", "sides", "found"),
    [
        # likewise
        ([1, 0, 1], [1, 1, 1], "#.#"),
        ([0, 1, 1], [-1, -1, -1], ".##"),
        ([0, 0, 1, 0, 1, 0, 0], [1] * 7, "..#.#.."),
        ([1, 0, 0, 1], [1] * 4, "...."),
        ([1, 0, 0, 1, 1], [1] * 5, "...##"),
        ([1, 0, 1], [1, -1, 1], "..."),
    ],
)
def test_two_of_three_points_near_one_limit_are_a_signal(near, sides, found):
    assert shown(spc_rules.near_limits(sides, [bool(each) for each in near])) == found


def shown(flags):
    return "".join(".#"[flag] for flag in flags)


def test_points_that_are_all_alike_show_nothing_special():
    drawn = chart([7] * 24, of=2301)
    assert signals(drawn) == {}
    assert drawn.variation is Variation.COMMON_CAUSE


@pytest.mark.parametrize(
    ("better", "variation"),
    [
        ("higher", Variation.IMPROVEMENT_HIGH),
        ("lower", Variation.CONCERN_HIGH),
        ("", Variation.NEUTRAL_HIGH),
    ],
)
def test_the_icon_says_which_way_the_last_point_went_and_whether_it_is_good(better, variation):
    drawn = chart([100, 103, 98, 101, 99, 102, 100, 97, 101, 99, 100, 170], better=better)
    assert signals(drawn)[11] == {Rule.OUTSIDE}
    assert drawn.variation is variation


def test_a_trend_alone_says_its_own_direction_though_its_points_are_still_above_the_centre():
    drawn = chart([90] * 5 + [117, 115, 113, 111, 109, 107, 105], better="higher")
    assert drawn.dots[-1].share > drawn.dots[-1].centre
    assert Rule.TREND in drawn.dots[-1].signals
    assert drawn.variation is Variation.IMPROVEMENT_HIGH  # also a shift above the centre
    falling = chart([90, 80, 90, 80, 118, 114, 110, 106, 102, 98, 94], better="higher")
    assert falling.dots[-1].signals == (Rule.TREND,)
    assert falling.variation is Variation.CONCERN_LOW


@pytest.mark.parametrize(
    ("target", "better", "assurance"),
    [
        (0.05, "higher", Assurance.PASS),
        (0.30, "higher", Assurance.FAIL),
        (0.10, "higher", Assurance.HIT_OR_MISS),
        (0.05, "lower", Assurance.FAIL),
        (0.30, "lower", Assurance.PASS),
        (0.30, "", Assurance.NONE),
        (None, "higher", Assurance.NONE),
    ],
)
def test_whether_a_target_will_be_met_is_told_by_the_limits(target, better, assurance):
    assert chart([100] * 12, target=target, better=better).assurance is assurance


def test_a_step_begins_a_phase_with_limits_and_a_note_of_its_own():
    step = Step(FIRST + timedelta(days=30 * 12), "Searches began at all practices")
    drawn = chart([100, 101, 99] * 4 + [200, 201, 199] * 4, steps=[step, Step(date(1999, 1, 1), "before all of it")])
    assert [(phase.centre, phase.points, phase.note, phase.is_provisional) for phase in drawn.phases[1:]] == [
        (0.2, 12, "Searches began at all practices", False)
    ]
    assert signals(drawn) == {}
    assert signals(chart([100, 101, 99] * 4 + [200, 201, 199] * 4)) != {}


def test_a_gap_ends_a_run_and_has_no_signals():
    drawn = chart([90] * 6 + [None] + [90] * 6 + [110] * 12)
    assert drawn.dots[6].share is None
    assert all(at >= 13 for at in signals(drawn))


def test_without_points_there_is_no_icon():
    assert chart([]).variation is Variation.NONE
    assert chart([None, None]).variation is Variation.NONE
    with pytest.raises(ValueError, match="0 <= count <= of"):
        chart([3], of=2)
