"""M7, as somebody would check it who knows the people: where they wished to die, and where they did."""

from datetime import date, timedelta

import pytest

from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Period
from tests.reports.lives import CARE_HOME, DIED_ON, HOME, HOSPICE, HOSPITAL, USUAL_RESIDENCE, Said, lived
from tests.reports.reading import figure, report

NAME = "place-of-death-achieved"
PRACTICE = "Z99001"
IN_JANUARY = date(2023, 1, 10)
STATES = (
    *("place-not-known", "residence-not-known", "undecided", "declined", "unable", "not-appropriate", "not-asked"),
    *("unknown", "not-comparable", "nothing-recorded"),
)


def wished(place=HOME, *, second="", on=IN_JANUARY):
    return [Said(on, place, second=second)]


def dies(area, people=1, practice=PRACTICE, **life):
    lived(area, practice, people, died_on=DIED_ON, **life)


def made(area, **asked):
    """The year to March 2023, as the practice reads it of itself: nothing is hidden."""
    return report(area.database, NAME, on=date(2023, 3, 31), **{"own": PRACTICE, **asked})


def count(area, part):
    return figure(made(area), PRACTICE, part).count


def met(area):
    """How many died in their first choice, and of how many."""
    found = figure(made(area), PRACTICE, "first-choice")
    return found.count, found.of


def test_dying_where_they_wished_first_counts_as_met(area):
    dies(area, 3, said=wished(HOME), place=HOME)
    dies(area, 1, said=wished(HOME), place=HOSPITAL)
    assert met(area) == (3, 4)


def test_dying_in_the_second_choice_is_told_apart_from_the_first(area):
    dies(area, 2, said=wished(HOME, second=HOSPICE), place=HOME)
    dies(area, 1, said=wished(HOME, second=HOSPICE), place=HOSPICE)
    dies(area, 1, said=wished(HOME, second=HOSPICE), place=HOSPITAL)
    found = {part: count(area, part) for part in ("first-choice", "second-choice", "elsewhere", "first-or-second")}
    assert found == {"first-choice": 2, "second-choice": 1, "elsewhere": 1, "first-or-second": 3}


def test_what_counts_is_what_they_wished_when_they_died(area):
    dies(area, said=[*wished(HOME), Said(DIED_ON, HOSPICE)], place=HOSPICE)
    assert met(area) == (1, 1)


def test_what_was_written_down_after_the_death_is_no_wish(area):
    dies(area, said=[*wished(HOME), Said(DIED_ON + timedelta(days=1), HOSPITAL)], place=HOSPITAL)
    assert met(area) == (0, 1)


@pytest.mark.parametrize(("lives_in", "place"), [("private", HOME), ("care-home", CARE_HOME)])
def test_usual_residence_is_met_where_they_lived(area, lives_in, place):
    dies(area, said=wished(USUAL_RESIDENCE), place=place, traits={"residence": lives_in})
    assert met(area) == (1, 1)


def test_a_care_home_is_not_met_for_who_lived_in_their_own_home(area):
    dies(area, said=wished(USUAL_RESIDENCE), place=CARE_HOME, traits={"residence": "private"})
    assert met(area) == (0, 1)


def test_usual_residence_of_no_known_kind_is_met_by_itself_and_not_by_a_hospital(area):
    dies(area, 2, said=wished(USUAL_RESIDENCE), place=USUAL_RESIDENCE)
    dies(area, 1, said=wished(USUAL_RESIDENCE), place=HOSPITAL)
    assert met(area) == (2, 3)


def test_whether_a_usual_residence_of_no_known_kind_was_a_home_is_not_guessed(area):
    dies(area, said=wished(USUAL_RESIDENCE), place=HOME)
    dies(area, said=wished(CARE_HOME), place=USUAL_RESIDENCE)
    assert (count(area, "compared"), count(area, "residence-not-known")) == (0, 2)


@pytest.mark.parametrize(
    ("life", "state"),
    [
        ({"said": wished()}, "place-not-known"),
        ({"said": wished(), "place_no_answer": "unknown"}, "place-not-known"),
        ({"said": [Said(IN_JANUARY, no_answer="undecided")], "place": HOME}, "undecided"),
        ({"said": [Said(IN_JANUARY, no_answer="declined")], "place": HOME}, "declined"),
        ({"said": [Said(IN_JANUARY, no_answer="unable")], "place": HOME}, "unable"),
        ({"said": [Said(IN_JANUARY, no_answer="not-appropriate")], "place": HOME}, "not-appropriate"),
        ({"said": [Said(IN_JANUARY, no_answer="not-asked")], "place": HOME}, "not-asked"),
        ({"said": [Said(IN_JANUARY, no_answer="unknown")], "place": HOME}, "unknown"),
        ({"said": [Said(IN_JANUARY, answer="by the sea")], "place": HOME}, "not-comparable"),
        ({"said": [], "place": HOME}, "nothing-recorded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_is_told_apart_and_is_neither_met_nor_not(area, life, state):
    dies(area, 1, said=wished(), place=HOME)
    dies(area, 2, **life)
    report_of_practice = made(area)
    found = {each: figure(report_of_practice, PRACTICE, each).count for each in STATES}
    assert found == {**dict.fromkeys(STATES, 0), state: 2}
    assert figure(report_of_practice, PRACTICE, "first-choice").of == 1


def test_the_bounds_say_what_the_missing_could_change(area):
    dies(area, 6, said=wished(), place=HOME)
    dies(area, 2, said=wished(), place=HOSPITAL)
    dies(area, 1, said=wished())
    dies(area, 1, said=[], place=HOSPITAL)
    dies(area, 5, said=[Said(IN_JANUARY, no_answer="declined")], place=HOSPITAL)
    found = [figure(made(area), PRACTICE, part).value for part in ("if-missing-not-met", "if-missing-met")]
    assert found == [0.6, 0.8]


def test_a_wish_of_the_last_48_hours_is_counted_and_told_apart(area):
    dies(area, 1, said=wished(on=DIED_ON - timedelta(days=1)), place=HOME)
    dies(area, 1, said=wished(on=DIED_ON), place=HOSPICE)
    dies(area, 2, said=wished(on=DIED_ON - timedelta(days=2)), place=HOME)
    found = {part: figure(made(area), PRACTICE, part) for part in ("recorded-late", "first-choice-recorded-late")}
    assert {part: (each.count, each.of) for part, each in found.items()} == {
        "recorded-late": (2, 4),
        "first-choice-recorded-late": (1, 3),
    }


def test_confirming_a_wish_on_the_last_day_does_not_make_it_late(area):
    dies(area, said=[*wished(), Said(DIED_ON, HOME, confirms=True)], place=HOME)
    assert count(area, "recorded-late") == 0


def test_a_practice_has_a_share_of_thirty_deaths_and_not_of_fewer(area):
    dies(area, 18, said=wished(), place=HOME)
    dies(area, 8, said=wished(), place=HOSPITAL)
    few = figure(made(area, own=""), PRACTICE, "first-choice")
    assert (few.count, few.of, few.value) == (20, 25, None)
    dies(area, 4, said=wished(), place=HOSPITAL)
    assert figure(made(area, own=""), PRACTICE, "first-choice").value is not None


def test_three_years_are_pooled(area):
    dies(area, 8, said=wished(), place=HOME)
    lived(area, PRACTICE, 8, died_on=date(2020, 4, 1), said=[Said(date(2020, 3, 1), HOME)], place=HOME)
    lived(area, PRACTICE, 8, died_on=date(2020, 3, 31), said=[Said(date(2020, 3, 1), HOME)], place=HOME)
    assert figure(made(area, period=Period.THREE_YEARS), PRACTICE, "compared").count == 16


def test_people_count_at_the_practice_of_the_day_of_death(area):
    moved = [(PRACTICE, date(2015, 1, 1), DIED_ON), ("Z99002", DIED_ON, None)]
    dies(area, practice="Z99002", spells=moved, said=wished(), place=HOME)
    assert figure(made(area, own="Z99002"), "Z99002", "first-choice").count == 1


def test_who_came_late_or_elsewhere_is_hidden_and_not_how_many_wishes_were_met(area):
    """Few details must not cost the figure that the report is for."""
    for practice, elsewhere in (("Z99001", 12), ("Z99003", 11), ("Z99004", 13)):
        dies(area, 30, practice, said=wished(HOME), place=HOME)
        dies(area, elsewhere, practice, said=wished(HOME), place=HOSPITAL)
    dies(area, 2, "Z99001", said=wished(HOME, second=HOSPICE), place=HOSPICE)
    for practice in ("Z99001", "Z99004"):
        dies(area, 1, practice, said=wished(HOME, on=DIED_ON), place=HOSPITAL)
    found = report(area.database, NAME, on=date(2023, 3, 31))
    for place, met_there, not_met in (("99A", 60, 25), ("99B", 30, 15)):
        shown = [figure(found, place, part).count for part in ("first-choice", "not-first-choice")]
        assert shown == [met_there, not_met]
        assert figure(found, place, "not-first-choice-recorded-late").count is HIDDEN
