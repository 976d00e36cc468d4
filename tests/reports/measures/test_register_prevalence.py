from datetime import date

import pytest

from service import db
from service.errors import Unreadable
from service.register.organisations import AreaSetting
from service.reports.disclosure_profile import HIDDEN
from service.reports.measures import register_prevalence
from service.reports.report import Figure, Report
from tests.reports import reading
from tests.reports.invented import LISTED_ON, ON, Area

PROFILE = "under-5"  # which rounds nothing


def report(area: Area, on: date | None = ON, *areas: str, months: int = 0, **asked) -> Report:
    return reading.report(area.database, "identification", *areas, on=on, months=months, profile=PROFILE, **asked)


def figures(made: Report) -> dict[str, Figure]:
    return {row.code or "all": row.figures[-1] for row in made.rows}


def people(area: Area, practice: str = "Z99001", on: date = ON) -> object:
    return figures(report(area, on))[practice].count


def test_every_level_has_its_own_count_over_its_own_list(area):
    area.register("Z99001", 10)
    area.register("Z99002", 20)
    area.register("Z99003", 30)
    area.register("Z99004", 40)
    found = figures(report(area))
    assert {code: (each.count, each.of) for code, each in found.items()} == {
        "all": (100, 50_000),
        "Q99": (100, 50_000),
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
    assert (found.value, found.low, found.high) == (0.002, 0.0013, 0.00309)
    # 0.5% of 10,000 is 50; 0.75 x 8,500 / 771,500 of it is 82.6
    assert dict(found.more) == {"times-baseline": 1.0, "short-of-half-percent": 30, "short-of-expected": 63}


def test_what_an_area_is_short_of_is_its_own_and_not_the_sum_of_its_practices(area):
    area.register("Z99001", 60)
    area.register("Z99002", 8)
    found = figures(report(area))
    short = {code: dict(found[code].more)["short-of-half-percent"] for code in ("U99001", "Z99001", "Z99002")}
    assert short == {"U99001": 32, "Z99001": 0, "Z99002": 42}


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
    assert figures(made)["all"].count == 9
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
    made = report(area)
    assert figures(made)["all"].of == 11_000
    assert made.sources == ("Registered lists of 31 March 2023",)


def test_small_counts_and_all_that_is_made_of_them_are_hidden_and_their_list_is_not(area):
    area.register("Z99001", 4)
    area.register("Z99002", 30)
    found = figures(report(area))["Z99001"]
    assert (found.count, found.of, found.value, found.low, found.high) == (HIDDEN, 10_000, HIDDEN, HIDDEN, HIDDEN)
    assert {number for _, number in found.more} == {HIDDEN}


def test_by_the_rule_of_nhs_digital_counts_are_rounded_to_five_and_lists_are_not(area):
    area.register("Z99001", 7)
    area.register("Z99002", 33)
    area.register("Z99003", 41)
    area.register("Z99004", 52)
    made = reading.report(area.database, "identification", on=ON, months=0)
    assert reading.counts(made, "on-register") == {
        "all": 135,
        "Q99": 135,
        "99A": 80,
        "99B": 50,
        "U99001": 40,
        "U99002": 40,
        "U99003": 50,
        "Z99001": HIDDEN,
        "Z99002": HIDDEN,
        "Z99003": 40,
        "Z99004": 50,
        "Z99005": 0,
    }
    assert reading.figure(made, "99A", "on-register").of == 30_000
    assert made.notes[:2] == (
        "* hides 1 to 7 people, or a figure that would give so few away.",
        (
            "Counts are rounded to the nearest 5, so parts need not add up. Shares and intervals are of these: of 200 "
            "people a share may be 2 points off, of 20 people 20."
        ),
    )


def test_a_hidden_practice_cannot_be_worked_out_from_its_network(area):
    area.register("Z99001", 3)
    area.register("Z99002", 30)
    area.register("Z99003", 40)
    found = figures(report(area))
    assert found["U99001"].count == 33
    assert found["Z99002"].count is HIDDEN


def test_asking_for_one_network_shows_no_more_than_asking_for_all(area):
    area.register("Z99003", 4)
    area.register("Z99001", 30)
    area.register("Z99002", 40)
    area.register("Z99004", 50)
    everything = figures(report(area))
    for code in ("99A", "99B", "U99001", "U99002", "U99003"):
        found = figures(report(area, ON, code))
        assert found.pop("all").count == everything[code].count
        assert {name: everything[name] for name in found} == found


def test_an_area_has_the_practices_of_all_its_codes_once(area):
    area.register("Z99001", 30)
    area.register("Z99004", 40)
    made = report(area, ON, "99a", "U99001", "Z99004")
    assert figures(made)["all"].of == 40_000
    assert made.practices == 4


def test_a_network_that_reaches_beyond_the_area_is_counted_whole_and_says_so(area):
    area.register("Z99001", 30)
    made = report(area, ON, "Z99001")
    assert figures(made)["U99001"].of == 20_000
    assert "Network U99001 also has practices outside the area asked for; its row counts all of them." in made.notes


def test_a_code_that_nobody_knows_is_refused_with_the_areas_that_are_known(area):
    with pytest.raises(Unreadable, match=r"“XXX”.*99A, 99B"):
        report(area, ON, "99A", "XXX")


def test_the_trend_has_every_month_end_from_the_first_with_people_and_ends_with_the_day(area):
    area.list_sizes(date(2022, 1, 1), {"Z99001": 9_000, "Z99002": 9_000})
    area.register("Z99001", 10, started_on=date(2023, 1, 15))
    area.register("Z99002", 10, started_on=date(2023, 3, 2))
    made = report(area, date(2023, 3, 15), months=12)
    points = [(each.last, each.figures[-1].count, each.figures[-1].of) for each in made.trend]
    assert points == [
        (date(2023, 1, 31), 10, 18_000),
        (date(2023, 2, 28), 10, 18_000),
        (date(2023, 3, 15), 20, 50_000),
    ]
    assert made.trend[-1].figures == made.rows[0].figures


def test_a_day_with_nobody_on_the_register_is_told_in_words_and_not_in_zeros(area):
    made = report(area)
    assert (made.rows, made.trend) == ((), ())
    assert made.notes == (
        "Nobody was counted on 31 March 2023: there is nothing to report, which is not the same as none.",
    )


def test_a_day_before_any_list_is_told_in_words(area):
    area.register("Z99001", 10, started_on=date(2020, 1, 1))
    made = report(area, date(2021, 1, 31))
    assert made.rows == ()
    assert made.notes[0] == "There is no list size at or before 31 January 2021, so there is nothing to compare with."


def test_an_empty_database_is_told_in_words(database):
    made = reading.report(database, "identification", on=ON)
    assert len(made.notes) == 2


def test_a_practice_that_asks_for_itself_sees_its_own_small_number_and_no_other_row(area):
    area.register("Z99001", 3)
    area.register("Z99002", 30)
    made = report(area, own="Z99001", months=1)
    assert reading.counts(made, "on-register") == {"Z99001": 3}
    assert [point.figures[-1].count for point in made.trend] == [3, 3]
    assert (made.profile, made.areas) == ("own", ("Z99001",))


@pytest.mark.parametrize(
    ("target", "count", "of", "short"),
    [
        (register_prevalence.HALF_PERCENT, 1543, 771_500, 3858 - 1543),
        (register_prevalence.EXPECTED, 1543, 771_500, 6375 - 1543),
        (register_prevalence.HALF_PERCENT, 7, 1400, 0),
        (register_prevalence.HALF_PERCENT, 6, 1400, 1),
        (register_prevalence.HALF_PERCENT, 6, 1401, 2),
        (register_prevalence.HALF_PERCENT, 500, 1400, 0),
    ],
)
def test_what_is_short_of_a_target_is_exact_and_never_negative(target, count, of, short):
    assert register_prevalence.short(target, count, of) == short


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
    assert (found.count, found.of, found.value) == (9, 5, None)
    assert {number for _, number in found.more} == {None}
