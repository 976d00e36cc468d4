from datetime import date

import pytest

from service.config import Settings
from service.reports import baseline_card
from service.reports.baseline_card import Against
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Asked, Figure
from tests.reports import reading
from tests.reports.invented import ON
from tests.reports.lives import all_deaths, lived

PRACTICES = ("Z99001", "Z99002", "Z99003", "Z99004", "Z99005")


def card(area, *areas, **settings):
    with area.database.reading() as session:
        return baseline_card.card(session, Asked(on=ON, areas=areas), Settings(**settings))


@reading.ON_SQLITE
def test_the_card_sets_the_register_beside_who_was_found_before_death(area):
    for practice in PRACTICES:
        lived(area, practice, 20)
    for started_on, people in ((date(2021, 1, 1), 20), (date(2022, 12, 1), 20), (date(2023, 3, 10), 10)):
        lived(area, "Z99001", people, stays=[(started_on, None)], died_on=date(2023, 3, 20))
    all_deaths(area, {("Z99001", date(2023, 3, 1)): 100, ("Z99002", date(2022, 4, 1)): 100})
    made = card(area)
    assert (made.today.count, made.today.of, made.today.value) == (100, 50_000, 0.002)
    assert made.against is Against.NOT_CLEAR
    # 0.5% of 50,000 is 250, and 0.75 x 8,500 / 771,500 of it is 413.2
    assert (made.short_of_half_percent, made.short_of_expected) == (150, 314)
    assert (made.first, made.last, made.deaths, made.ratio) == (date(2022, 4, 1), ON, 200, 0.5)
    assert [(each.days, each.figure.count, each.figure.value) for each in made.identified] == [
        (1, 50, 0.25),
        (28, 40, 0.2),
        (90, 40, 0.2),
        (365, 20, 0.1),
    ]


@reading.ON_SQLITE
def test_the_published_share_is_given_as_it_was_published_and_without_an_interval(area):
    lived(area, "Z99001", 20)
    lived(area, "Z99001", 20, died_on=date(2023, 3, 20))
    all_deaths(area, {("Z99001", date(2023, 3, 1)): 200})
    said = list(card(area).sentences())
    assert "20 (10.0%, 6.6% to 14.9%) for 1 or more" in said[-2]  # Wilson's, by hand
    assert said[0].startswith("Baseline: 0.2% of 771,500, about 1,543 people, rounded as published, so without an")
    assert said[-1] == baseline_card.WHY
    assert "of 771,500, about" not in next(card(area, baseline_people=0).sentences())


@reading.ON_SQLITE
def test_what_is_hidden_stays_hidden_on_the_card(area):
    lived(area, "Z99001", 5)
    lived(area, "Z99001", 3, died_on=date(2023, 3, 20))
    all_deaths(area, {("Z99001", date(2023, 3, 1)): 4})
    made = card(area)
    assert (made.today.count, made.short_of_half_percent, made.deaths, made.ratio) == (HIDDEN,) * 4
    assert made.against is Against.NOT_KNOWN
    assert not any("5 on the register" in said or ": 4 deaths" in said for said in made.sentences())


@reading.ON_SQLITE
def test_an_area_without_anybody_has_a_card_that_says_so(area):
    made = card(area, "99B")
    assert (made.today, made.deaths, made.identified) == (None, None, ())
    assert any("Nobody was counted" in note for note in made.notes)
    assert len(list(made.sentences())) == 3


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.00201, 0.003, Against.ABOVE),
        (0.001, 0.00199, Against.BELOW),
        (0.002, 0.003, Against.NOT_CLEAR),
        (HIDDEN, HIDDEN, Against.NOT_KNOWN),
    ],
)
def test_the_interval_clears_the_baseline_or_holds_it(low, high, expected):
    assert baseline_card.against(Figure("on-register", 9, 9, 1.0, low, high), 0.002) is expected
