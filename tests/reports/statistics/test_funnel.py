from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.reports.statistics import funnel
from service.reports.statistics.chi_squared import above
from service.reports.statistics.funnel import Place, Position

# Deaths after heart operations of infants at twelve hospitals: WinBUGS Examples volume I, "Surgical".
OPERATIONS = (47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360)
DEATHS = (0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24)
SURGICAL = [Place(*each) for each in zip("ABCDEFGHIJKL", ["Hospital"] * 12, DEATHS, OPERATIONS, strict=True)]
TARGET = 208 / 2814


def test_by_chance_alone_hospital_h_is_above_the_998_limit_e_below_and_k_above_the_95_limits():
    # tails in whole numbers: H 0.00029, E 0.0233, K 0.0149; B 0.0256 and A 0.0271 are within
    found = {place.code: funnel.position(place.count, place.of, TARGET) for place in SURGICAL}
    assert {code: where for code, where in found.items() if where is not Position.WITHIN} == {
        "H": Position.ABOVE_998,
        "E": Position.BELOW_95,
        "K": Position.ABOVE_95,
    }


def test_winsorised_phi_is_the_mean_square_of_scores_with_a_tenth_at_each_end_pulled_in():
    # Spiegelhalter 2005, A.3. Of twelve hospitals one at each end: H counts with the score of K, E with that of A
    score = {
        place.code: (place.count - place.of * TARGET) / sqrt(place.of * TARGET * (1 - TARGET)) for place in SURGICAL
    }
    score |= {"H": score["K"], min(score, key=score.get): sorted(score.values())[1]}
    spread = funnel.dispersion(SURGICAL, TARGET)
    assert spread.phi == pytest.approx(sum(each**2 for each in score.values()) / 12)
    assert (round(spread.phi, 3), round(spread.p, 4), spread.is_over) == (2.383, 0.0045, True)


def test_where_places_differ_more_than_by_chance_the_limits_are_further_away():
    drawn = funnel.of(SURGICAL)
    assert drawn.target == pytest.approx(TARGET)
    assert [dot.code for dot in drawn.dots if dot.position is not Position.WITHIN] == ["H"]
    assert [dot.position for dot in drawn.dots if dot.code == "H"] == [Position.ABOVE_95]
    assert any("1.5 times further from the target" in note for note in drawn.notes)
    at_810 = drawn.lines[-1]
    narrow = funnel.limits(810, TARGET)
    assert at_810.of == 810
    assert (at_810.high_95 - TARGET) / (narrow.high_95 - TARGET) == pytest.approx(sqrt(drawn.dispersion.phi))


def test_few_outlying_places_do_not_widen_the_limits_that_they_are_outside_of():
    alike = [Place(str(at), "", 50 + at % 3, 5000) for at in range(40)]
    drawn = funnel.of([*alike, Place("low", "", 10, 5000)])
    assert not drawn.dispersion.is_over
    assert [dot.code for dot in drawn.dots if dot.position is Position.BELOW_998] == ["low"]


@settings(max_examples=60)
@given(of=st.integers(1, 3000), per_mille=st.integers(1, 999), part=st.floats(0, 1), stretch=st.floats(1, 4))
def test_a_place_lies_on_the_side_of_the_drawn_limits_that_its_exact_tail_says(of, per_mille, part, stretch):
    count, target = round(of * part), per_mille / 1000
    drawn = funnel.limits(of, target, stretch=stretch)
    where = funnel.position(count, of, target, stretch=stretch)
    share, hair = count / of, 1e-9
    if share > drawn.high_95 + hair:
        assert where in (Position.ABOVE_95, Position.ABOVE_998)
    elif share < drawn.low_95 - hair:
        assert where in (Position.BELOW_95, Position.BELOW_998)
    elif drawn.low_95 + hair < share < drawn.high_95 - hair:
        assert where is Position.WITHIN
    if drawn.low_998 + hair < share < drawn.high_998 - hair:
        assert where not in (Position.ABOVE_998, Position.BELOW_998)


@pytest.mark.parametrize("places", [[], [Place("Z99001", "", 0, 900)], [Place("Z99001", "", 9, 9)]])
def test_where_the_target_is_nobody_or_everybody_there_are_no_limits(places):
    drawn = funnel.of(places)
    assert drawn.lines == ()
    assert all(dot.position is Position.WITHIN for dot in drawn.dots)


def test_what_is_no_proportion_has_no_place():
    with pytest.raises(ValueError, match="0 <= count <= of"):
        funnel.of([Place("Z99001", "", 9, 8)])


@pytest.mark.parametrize(
    ("value", "freedom", "p"),
    [
        # Abramowitz and Stegun, table 26.8: percentage points of chi squared
        (3.84146, 1, 0.05),
        (18.3070, 10, 0.05),
        (4.86518, 10, 0.9),
        (124.342, 100, 0.05),
        (149.449, 100, 0.001),
    ],
)
def test_the_tail_of_chi_squared_is_the_tabled_one(value, freedom, p):
    assert above(value, freedom) == pytest.approx(p, rel=2e-4)
