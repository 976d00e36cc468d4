import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.web.charts import axes


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 1e7), st.integers(3, 8))
def test_steps_are_round_few_and_reach_around_what_they_measure(high, about):
    steps = axes.rounded_steps(0, high, about)
    assert steps[0] == 0
    assert steps[-1] >= high * 0.999
    assert len(steps) <= 2 * about + 2
    assert f"{steps[1]:.0e}"[0] in "125"


@pytest.mark.parametrize(
    ("high", "labels"),
    [
        (0.0041, ["0.0%", "0.1%", "0.2%", "0.3%", "0.4%", "0.5%"]),
        (0.9, ["0%", "20%", "40%", "60%", "80%", "100%"]),
        (0.019, ["0.0%", "0.5%", "1.0%", "1.5%", "2.0%"]),
    ],
)
def test_shares_are_written_with_as_many_decimals_as_tell_them_apart(high, labels):
    steps = axes.rounded_steps(0, high)
    assert [axes.percents(steps)(step) for step in steps] == labels


def test_what_lies_beyond_a_scale_lies_at_its_end():
    scale = axes.Scale(0, 10, 100, 0)
    assert [scale.at(value) for value in (-1, 0, 5, 10, 11)] == [100, 100, 50, 0, 0]
