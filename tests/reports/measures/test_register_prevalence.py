from datetime import date

import pytest

from service import db
from service.config import Settings
from service.errors import Unreadable
from service.register.organisations import AreaSetting
from service.reports import measure
from service.reports.disclosure import HIDDEN
from service.reports.measure import Asked, Figures, Report
from service.reports.measures.register_prevalence import month_ends
from tests.reports.invented import LISTED_ON, ON, Area


def report(area: Area, on: date | None = ON, *areas: str, months: int = 0) -> Report:
    with area.database.reading() as session:
        asked = Asked(on=on, areas=areas, months=months)
        return measure.named("identification").evaluate(session, asked, Settings())


def figures(made: Report) -> dict[str, Figures]:
    return {row.code or "all": row.figures for row in made.rows}


def people(area: Area, practice: str = "Z99001", on: date = ON) -> object:
    return figures(report(area, on))[practice].numerator


def test_every_level_has_its_own_count_over_its_own_list(area):
    area.register("Z99001", 10)
    area.register("Z99002", 20)
    area.register("Z99003", 30)
    area.register("Z99004", 40)
    found = figures(report(area))
    assert {code: (each.numerator, each.denominator) for code, each in found.items()} == {
        "all": (100, 50_000),
        "99A": (60, 30_000),
        "99B": (40, 20_000),
        "U99001": (30, 20_000),
        "U99002": (30, 10_000),
        "U99003": (40, 20_000),
        "Z99001": (10, 10_000),
        "Z99002": (20, 10_000),
        "Z99003": (30, 10_000),
        "Z99004": (40, 10_000),
        "Z99005": (0, 10_000),
    }


def test_a_share_comes_with_its_interval_its_ratio_and_what_it_is_short_of(area):
    area.register("Z99001", 20)
    found = figures(report(area))["Z99001"]
    assert (found.rate, found.low, found.high, found.ratio) == (0.002, 0.0013, 0.00309, 1.0)
    # 0.5% of 10,000 is 50; 0.75 x 8,500 / 771,500 of it is 82.6
    assert (found.short_of_half_percent, found.short_of_expected) == (30, 63)


def test_what_an_area_is_short_of_is_its_own_and_not_the_sum_of_its_practices(area):
    area.register("Z99001", 60)
    area.register("Z99002", 8)
    found = figures(report(area))
    assert found["U99001"].short_of_half_percent == 32
    assert (found["Z99001"].short_of_half_percent, found["Z99002"].short_of_half_percent) == (0, 42)


@pytest.mark.parametrize(
    ("spell", "counted"),
    [
        ({"started_on": ON}, 9),
        ({"started_on": date(2023, 4, 1)}, 0),
        ({"started_on": None}, 0),
        ({"ended_on": ON, "status": "finished"}, 9),
        ({"ended_on": date(2023, 3, 30), "status": "finished"}, 0),
        ({"status": "onhold"}, 9),
        ({"status": "waitlist"}, 9),
        ({"status": "planned"}, 0),
        ({"status": "cancelled"}, 0),
        ({"status": "entered-in-error"}, 0),
        ({"died_on": ON}, 0),
        ({"died_on": date(2023, 4, 1)}, 9),
    ],
)
def test_on_the_register_is_a_period_that_covers_the_day_of_someone_alive(area, spell, counted):
    area.register("Z99004", 9)
    area.register("Z99001", 9, **spell)
    assert people(area) == counted


def test_a_person_with_two_registrations_counts_once(area):
    area.register("Z99001", 9, times=2)
    assert people(area) == 9


def test_people_count_at_the_practice_of_that_day_and_not_at_that_of_today(area):
    moved = [("Z99001", date(2015, 1, 1), ON), ("Z99002", ON, None)]
    area.register("Z99002", 9, spells=moved)
    area.register("Z99004", 9)
    assert people(area, "Z99001", date(2023, 3, 30)) == 9
    assert people(area, "Z99001", ON) == 0
    assert people(area, "Z99002", ON) == 9


def test_someone_whose_practice_is_on_no_list_is_named_apart_and_in_no_row(area):
    area.register("Z99001", 9)
    area.register("Y99999", 8)
    area.register("", 4, spells=[])
    made = report(area)
    assert made.practice_not_known == 12
    assert figures(made)["all"].numerator == 9
    assert made.notes[0].startswith("Practice not known: 12.")


def test_a_small_number_of_people_whose_practice_is_not_known_is_hidden(area):
    area.register("Z99001", 9)
    area.register("", 3, spells=[])
    made = report(area)
    assert made.practice_not_known is HIDDEN
    assert made.notes[0].startswith("Practice not known: *.")


def test_the_list_is_the_latest_extract_at_or_before_the_day_for_all_practices(area):
    area.register("Z99001", 9)
    area.list_sizes(date(2023, 3, 31), {"Z99001": 11_000})
    area.list_sizes(date(2023, 4, 1), {"Z99001": 12_000})
    found = figures(report(area))
    assert (found["all"].denominator, found["all"].list_of) == (11_000, "2023-03-31")


def test_small_counts_and_all_that_is_made_of_them_are_hidden_and_their_list_is_not(area):
    area.register("Z99001", 7)
    area.register("Z99002", 30)
    found = figures(report(area))["Z99001"]
    assert found == Figures(HIDDEN, 10_000, "2023-03-01", *[HIDDEN] * 6)


def test_a_hidden_practice_cannot_be_worked_out_from_its_network(area):
    area.register("Z99001", 5)
    area.register("Z99002", 30)
    area.register("Z99003", 40)
    found = figures(report(area))
    assert found["U99001"].numerator == 35
    assert found["Z99002"].numerator is HIDDEN


def test_asking_for_one_network_shows_no_more_than_asking_for_all(area):
    area.register("Z99003", 5)
    area.register("Z99001", 30)
    area.register("Z99002", 40)
    area.register("Z99004", 50)
    everything = figures(report(area))
    for code in ("99A", "99B", "U99001", "U99002", "U99003"):
        found = figures(report(area, ON, code))
        assert found.pop("all").numerator == everything[code].numerator
        assert {name: everything[name] for name in found} == found


def test_an_area_has_the_practices_of_all_its_codes_once(area):
    area.register("Z99001", 30)
    area.register("Z99004", 40)
    made = report(area, ON, "99a", "U99001", "Z99004")
    assert figures(made)["all"].denominator == 40_000
    assert made.practices == 4


def test_a_network_that_reaches_beyond_the_area_is_counted_whole_and_says_so(area):
    area.register("Z99001", 30)
    made = report(area, ON, "Z99001")
    assert figures(made)["U99001"].denominator == 20_000
    assert "Network U99001 also has practices outside the area asked for; its row counts all of them." in made.notes


def test_a_code_that_nobody_knows_is_refused_with_the_areas_that_are_known(area):
    with pytest.raises(Unreadable, match=r"“XXX”.*99A, 99B"):
        report(area, ON, "99A", "XXX")


def test_the_trend_has_every_month_end_from_the_first_with_people_and_ends_with_the_day(area):
    area.list_sizes(date(2022, 1, 1), {"Z99001": 9_000, "Z99002": 9_000})
    area.register("Z99001", 10, started_on=date(2023, 1, 15))
    area.register("Z99002", 10, started_on=date(2023, 3, 2))
    made = report(area, date(2023, 3, 15), months=12)
    points = [(each.on, each.figures.numerator, each.figures.denominator) for each in made.trend]
    assert points == [
        (date(2023, 1, 31), 10, 18_000),
        (date(2023, 2, 28), 10, 18_000),
        (date(2023, 3, 15), 20, 50_000),
    ]
    assert made.trend[-1].figures == made.rows[0].figures


def test_thirty_six_months_end_on_the_day_and_begin_three_years_before():
    days = month_ends(date(2026, 3, 31), 36)
    assert (days[0], days[-2], days[-1], len(days)) == (date(2023, 3, 31), date(2026, 2, 28), date(2026, 3, 31), 37)


def test_a_day_with_nobody_on_the_register_is_told_in_words_and_not_in_zeros(area):
    made = report(area)
    assert (made.rows, made.trend) == ((), ())
    assert made.notes == ("Nobody was on the register on 31 March 2023.",)


def test_a_day_before_any_list_is_told_in_words(area):
    area.register("Z99001", 10, started_on=date(2020, 1, 1))
    made = report(area, date(2021, 1, 31))
    assert made.rows == ()
    assert made.notes[0] == "There is no list size at or before 31 January 2021, so there is nothing to compare with."
    assert made.practice_not_known == 10


def test_an_empty_database_is_told_in_words(database):
    with database.reading() as session:
        made = measure.named("identification").evaluate(session, Asked(on=ON), Settings())
    assert len(made.notes) == 2


def test_practices_under_the_baseline_are_counted_among_those_that_are_shown(area):
    area.register("Z99001", 19)
    area.register("Z99002", 20)
    area.register("Z99003", 8)
    assert report(area).below_baseline == 4


def test_reports_stand_at_the_day_of_the_area(area):
    area.register("Z99001", 10)
    with area.database.transaction() as session:
        rows = [{"name": "stands_on", "value": LISTED_ON.isoformat()}]
        db.insert_many(session, {db.table(AreaSetting): rows})
    assert report(area, None).on == LISTED_ON


def test_a_list_shorter_than_its_register_gives_counts_and_no_share(area):
    area.list_sizes(date(2023, 3, 15), {"Z99001": 5, "Z99002": 10_000})
    area.register("Z99001", 9)
    found = figures(report(area))["Z99001"]
    assert (found.numerator, found.denominator, found.rate, found.ratio) == (9, 5, None, None)
