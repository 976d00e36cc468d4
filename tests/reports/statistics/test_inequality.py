import pytest

from service.reports.statistics import wilson
from service.reports.statistics.inequality import Group, slope, slope_of_shares


def test_the_slope_is_the_published_one():
    # dceasimR, calc_sii: five quintiles of equal size, healthy life expectancy 60 to 72: SII 15
    assert slope([Group(0.2, value, 0.0) for value in (60, 63, 66, 69, 72)]).value == pytest.approx(15)


def test_groups_of_unequal_size_lie_at_the_middle_of_their_part_of_the_population():
    # Area 1 of the example of phe_sii (PHEindicatormethods); here by weighted least squares, as its text describes
    people = [7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534]
    values = [75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 84.2, 80.6, 86.3]
    everyone, upto, ranks = sum(people), 0, []
    for each in people:
        ranks.append((upto + each / 2) / everyone)
        upto += each
    mean_rank = sum(w * x for w, x in zip(people, ranks, strict=True)) / everyone
    mean_value = sum(w * y for w, y in zip(people, values, strict=True)) / everyone
    above = sum(w * (x - mean_rank) * (y - mean_value) for w, x, y in zip(people, ranks, values, strict=True))
    below = sum(w * (x - mean_rank) ** 2 for w, x in zip(people, ranks, strict=True))
    found = slope([Group(*each, 1.6) for each in zip(people, values, strict=True)])
    assert found.value == pytest.approx(above / below)
    assert found.low < found.value < found.high


def test_the_interval_of_a_slope_over_shares_comes_from_the_wilson_intervals_of_the_groups():
    counts = [(30, 100), (40, 100), (50, 100), (60, 100), (70, 100)]
    found = slope_of_shares(counts)
    errors = [(high - low) / (2 * 1.959964) for low, high in (wilson(*each) for each in counts)]
    # ranks 0.1 to 0.9 pull with -1, -0.5, 0, 0.5 and 1
    half = 1.959964 * sum((pull * error) ** 2 for pull, error in zip((-1, -0.5, 0, 0.5, 1), errors, strict=True)) ** 0.5
    assert found.value == pytest.approx(0.5)
    assert found.high - found.value == pytest.approx(half, rel=1e-5)


def test_one_group_has_no_slope():
    assert slope_of_shares([(3, 10), (0, 0)]) is None
