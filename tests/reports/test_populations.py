"""Who is asked about, and what is known of each: one row a person, whatever was written of them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from service.reports import populations
from tests.reports.lives import (
    CARE_HOME,
    DIED_ON,
    HOME,
    HOSPICE,
    HOSPITAL,
    USUAL_RESIDENCE,
    Said,
    lived,
)

MARCH = {"first": date(2023, 3, 1), "last": date(2023, 3, 31)}
EARLIER = date(2023, 1, 10)


def deaths(area, **days):
    rows = populations.DEATHS.rows(0)
    with area.database.reading() as session:
        return [each._mapping for each in session.execute(select(rows), {**MARCH, **days})]


def death(area, **life):
    lived(area, died_on=DIED_ON, **life)
    [found] = deaths(area)
    return found


def on_register(area, *days):
    rows = populations.ON_REGISTER.rows(len(days))
    asked = {f"day_{at}": day for at, day in enumerate(days)}
    with area.database.reading() as session:
        return [each._mapping for each in session.execute(select(rows), asked)]


def test_a_death_belongs_to_the_month_and_to_the_practice_of_that_day(area):
    moved = [("Z99001", date(2015, 1, 1), DIED_ON), ("Z99002", DIED_ON, None)]
    found = death(area, practice="Z99004", spells=moved)
    assert (found["practice_code"], found["period"], found["on"]) == ("Z99002", date(2023, 3, 1), DIED_ON)


def test_who_died_with_no_practice_is_counted_at_none(area):
    assert death(area, spells=[])["practice_code"] == ""


def test_both_ends_of_the_period_belong_to_it(area):
    for day in ("2023-02-28", "2023-03-01", "2023-03-31", "2023-04-01"):
        lived(area, died_on=date.fromisoformat(day))
    assert sorted(str(each["on"]) for each in deaths(area)) == ["2023-03-01", "2023-03-31"]


def test_time_on_the_register_runs_through_a_change_of_practice(area):
    moved = [(date(2022, 1, 1), date(2022, 6, 1)), (date(2022, 6, 1), None)]
    found = death(area, stays=moved)
    assert (found["registered_on"], found["lead_days"]) == (date(2022, 1, 1), 443)


def test_time_on_the_register_starts_anew_after_a_gap(area):
    found = death(area, stays=[(date(2022, 1, 1), date(2022, 6, 1)), (date(2023, 3, 1), None)])
    assert (found["registered_on"], found["lead_days"]) == (date(2023, 3, 1), 19)


@pytest.mark.parametrize(
    "stays",
    [
        [],
        [(date(2022, 1, 1), DIED_ON - timedelta(days=1))],
        [(DIED_ON, DIED_ON + timedelta(days=1))],
    ],
    ids=["never", "off the register two days before", "registered on the day of death"],
)
def test_who_was_not_on_the_register_on_the_eve_of_death_has_no_time_on_it(area, stays):
    found = death(area, stays=stays)
    assert (found["registered_on"], found["lead_days"]) == (None, None)


def test_the_preference_in_force_is_the_latest_by_the_end_of_the_day_of_death(area):
    said = [Said(EARLIER, HOME), Said(DIED_ON, HOSPICE, second=CARE_HOME), Said(DIED_ON + timedelta(days=1), HOSPITAL)]
    found = death(area, said=said)
    assert (found["wish"], found["wished"], found["second"]) == ("specific", HOSPICE, CARE_HOME)


def test_who_became_undecided_no_longer_prefers_what_they_preferred_before(area):
    found = death(area, said=[Said(EARLIER, HOME), Said(DIED_ON, no_answer="undecided")])
    assert (found["wish"], found["wished"]) == ("undecided", "")


def test_not_being_asked_again_takes_no_earlier_answer_away(area):
    assert death(area, said=[Said(EARLIER, HOME), Said(DIED_ON, no_answer="not-asked")])["wished"] == HOME


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([], "nothing-recorded"),
        ([Said(EARLIER, HOME, status="preliminary")], "nothing-recorded"),
        ([Said(EARLIER, answer="by the sea")], "not-comparable"),
        ([Said(EARLIER, no_answer="not-asked")], "not-asked"),
        ([Said(EARLIER, no_answer="declined")], "declined"),
    ],
    ids=["nothing", "a draft", "words", "not asked", "declined"],
)
def test_what_is_missing_says_why(area, said, state):
    assert death(area, said=said)["wish"] == state


def test_a_preference_is_as_old_as_what_it_confirms(area):
    confirmed = [Said(EARLIER, HOSPICE), Said(date(2023, 2, 1), HOME), Said(DIED_ON, HOME, confirms=True)]
    found = death(area, said=confirmed)
    assert (found["wished"], found["wish_days"], found["first_wish_days"]) == (HOME, 47, 69)


def test_the_first_preference_is_the_first_in_which_a_place_was_named(area):
    assert death(area, said=[Said(EARLIER, no_answer="undecided"), Said(DIED_ON, HOME)])["first_wish_days"] == 0


def test_nobody_who_named_no_place_has_a_first_preference(area):
    assert death(area, said=[Said(EARLIER, no_answer="undecided")])["first_wish_days"] is None


@pytest.mark.parametrize(("lives_in", "place"), [("care-home", CARE_HOME), ("private", HOME), ("", USUAL_RESIDENCE)])
def test_usual_residence_is_where_somebody_lives_if_that_is_known(area, lives_in, place):
    said = [Said(EARLIER, USUAL_RESIDENCE)]
    found = death(area, said=said, place=USUAL_RESIDENCE, traits={"residence": lives_in} if lives_in else {})
    assert (found["wished"], found["place"]) == (place, place)


@pytest.mark.parametrize(
    ("recorded", "state"),
    [
        ({}, "nothing-recorded"),
        ({"place_no_answer": "unknown"}, "unknown"),
        ({"place": ""}, "not-comparable"),
        ({"place": HOSPITAL}, "specific"),
    ],
    ids=["nothing", "not known", "found dead in bed", "in hospital"],
)
def test_the_place_of_death_counts_whenever_it_was_recorded(area, recorded, state):
    assert death(area, **recorded)["ending"] == state


def test_a_reason_why_the_preference_was_not_met_is_kept_by_its_code(area):
    assert death(area, variance="no-bed")["variance"] == "no-bed"


def test_somebody_is_on_the_register_from_the_first_day_to_the_last_before_they_leave_or_die(area):
    lived(area, stays=[(date(2023, 1, 10), date(2023, 1, 20))])
    days = [date(2023, 1, day) for day in (9, 10, 19, 20)]
    assert [each["on"] for each in on_register(area, *days)] == days[1:3]


def test_on_a_day_of_the_past_counts_what_was_preferred_then(area):
    lived(area, said=[Said(EARLIER, HOME), Said(date(2023, 2, 1), no_answer="undecided")])
    days = [date(2023, 1, 9), EARLIER, date(2023, 2, 1)]
    assert [each["wish"] for each in on_register(area, *days)] == ["nothing-recorded", "specific", "undecided"]


def test_one_row_a_person_whatever_was_written_of_them(area):
    many = [Said(EARLIER, HOME), Said(EARLIER, HOSPICE), Said(EARLIER, HOME)]
    lived(area, said=many, died_on=DIED_ON, place=HOME, traits={"residence": "private"})
    assert len(deaths(area)) == 1
    assert len(on_register(area, EARLIER)) == 1


def test_what_is_not_asked_for_is_not_joined(area):
    rows = populations.DEATHS.rows(0)
    wanted = populations.used(rows, [func.count().filter(rows.c.lead_days >= 28)])
    assert wanted == {"lead_days"}
    statement = str(select(populations.DEATHS.rows(0, wanted)))
    assert "JOIN stay" in statement
    assert "preference" not in statement
