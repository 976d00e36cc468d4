from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from service.demo import area, spells
from service.demo.spells import Spell, is_on


@pytest.fixture(scope="module")
def every():
    return spells.spells(area.practices())


def test_exactly_the_baseline_is_on_the_register_on_its_day(every):
    assert sum(is_on(spell, area.START) for spell in every) == 1_543


def test_identification_almost_doubles_in_three_years_and_stays_below_half_a_per_cent(every):
    at_the_end = sum(is_on(spell, area.END) for spell in every)

    assert 1.9 * 1_543 < at_the_end < 0.005 * 771_500


def test_growth_is_uneven_between_practices(every):
    first, last = (
        Counter(spell.practice.code for spell in every if is_on(spell, day)) for day in (area.START, area.END)
    )
    factors = [last[code] / first[code] for code in first if first[code] >= 8]

    assert max(factors) > 2.5
    assert min(factors) < 1.1


def test_every_spell_that_ended_says_why_and_ended_within_the_story(every):
    ended = [spell for spell in every if spell.ended_on]

    assert all(spell.started_on <= spell.ended_on <= area.END and spell.end_reason for spell in ended)
    assert {spell.end_reason for spell in ended} == {"died", "moved", "withdrew", "no-longer-indicated"}


def test_the_last_day_is_on_the_register_unless_it_is_the_day_of_death():
    day = date(2024, 5, 1)
    spell = Spell(area.practices()[0], date(2024, 1, 1), day, "moved")

    assert is_on(spell, day)
    assert not is_on(replace(spell, end_reason="died"), day)
