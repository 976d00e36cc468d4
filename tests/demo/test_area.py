import re
from collections import Counter

import pytest

from service.demo import area


@pytest.fixture(scope="module")
def practices():
    return area.practices()


def test_the_area_has_126_practices_with_codes_of_the_right_shape_each_once(practices):
    codes = {practice.code for practice in practices}

    assert len(practices) == len(codes) == 126
    assert all(re.fullmatch(r"[A-Z][0-9]{5}", code) for code in codes)
    assert len({practice.name for practice in practices}) == 126


def test_four_ccgs_hold_24_networks_and_no_network_lies_in_two(practices):
    homes = {(practice.network, practice.ccg.code) for practice in practices}

    assert len({ccg for _, ccg in homes}) == 4
    assert len(homes) == len({network for network, _ in homes}) == 24


def test_771_500_people_are_registered_on_the_day_of_the_baseline(practices):
    latest = max(on for _, on, _ in area.list_sizes(practices) if on <= area.START)

    assert sum(people for _, on, people in area.list_sizes(practices) if on == latest) == 771_500


def test_every_practice_has_a_list_for_every_month_to_the_end(practices):
    months = Counter(code for code, _, _ in area.list_sizes(practices))

    assert set(months.values()) == {37}
    assert area.first_days()[-1] == area.END.replace(day=1)


def test_1_543_people_are_to_be_on_the_register_at_the_baseline(practices):
    assert sum(practice.on_register for practice in practices) == 1_543


def test_8_500_people_die_in_each_year_from_april_to_march(practices):
    counts = area.death_counts(practices, 8_500, {})

    assert Counter(_year(month) for _, month in counts for _ in range(counts[_, month])) == {
        2023: 8_500,
        2024: 8_500,
        2025: 8_500,
    }


def _year(month):
    return month.year if month.month > 3 else month.year - 1


def test_no_month_of_a_practice_has_fewer_deaths_than_on_its_register(practices):
    month = area.first_days()[5]
    crowded = {(practices[0].code, month): 60}

    counts = area.death_counts(practices, 8_500, crowded)

    assert counts[practices[0].code, month] >= 60
    assert sum(counts.values()) == 3 * 8_500


def test_shares_add_up_to_the_total_whatever_the_weights():
    assert area.shared_out(10, [1, 1, 1]) == [4, 3, 3]


def test_the_same_area_is_invented_every_time(practices):
    assert area.practices() == practices
