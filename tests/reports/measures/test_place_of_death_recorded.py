"""M5, whether it is on record where people would prefer to die, and if not, why not: on the register, and at death."""

from datetime import date

import pytest

from tests.reports.invented import ON
from tests.reports.lives import DIED_ON, HOME, HOSPITAL, Said, lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"
EARLIER = date(2023, 1, 10)
STATES = {
    "recorded": [Said(EARLIER, HOME)],
    "undecided": [Said(EARLIER, HOME), Said(date(2023, 2, 1), no_answer="undecided")],
    "declined": [Said(EARLIER, no_answer="declined")],
    "unable": [Said(EARLIER, no_answer="unable")],
    "not-appropriate": [Said(EARLIER, no_answer="not-appropriate")],
    "not-asked": [Said(EARLIER, no_answer="not-asked")],
    "unknown": [Said(EARLIER, no_answer="unknown")],
    "not-comparable": [Said(EARLIER, answer="by the sea")],
    "nothing-recorded": [],
}


def states(made):
    return {part: figure(made, PRACTICE, part).count for part in STATES}


@pytest.mark.parametrize("state", STATES)
def test_everybody_on_the_register_is_in_one_state(area, state):
    lived(area, PRACTICE, 2, said=STATES[state])
    found = states(report(area.database, "place-of-death-recorded", on=ON, own=PRACTICE))
    assert found == {**dict.fromkeys(STATES, 0), state: 2}


@pytest.mark.parametrize("state", STATES)
def test_everybody_who_died_on_the_register_is_in_one_state(area, state):
    lived(area, PRACTICE, 2, said=STATES[state], died_on=DIED_ON)
    found = states(report(area.database, "place-of-death-recorded-at-death", on=ON, own=PRACTICE))
    assert found == {**dict.fromkeys(STATES, 0), state: 2}


def test_on_a_day_of_the_past_counts_what_was_on_record_then(area):
    lived(area, PRACTICE, said=STATES["recorded"])
    made = report(area.database, "place-of-death-recorded", on=date(2023, 1, 9), own=PRACTICE)
    assert (figure(made, PRACTICE, "recorded").count, figure(made, PRACTICE, "nothing-recorded").count) == (0, 1)


def test_who_died_off_the_register_is_not_asked_about(area):
    lived(area, PRACTICE, stays=[(date(2020, 1, 1), date(2023, 1, 1))], died_on=DIED_ON)
    lived(area, PRACTICE, died_on=DIED_ON, place=HOSPITAL)
    made = report(area.database, "place-of-death-recorded-at-death", on=ON, own=PRACTICE)
    assert figure(made, PRACTICE, "died-on-register").count == 1


def test_how_often_the_actual_place_was_recorded_is_told_as_well(area):
    lived(area, PRACTICE, 3, died_on=DIED_ON, place=HOSPITAL)
    lived(area, PRACTICE, 1, died_on=DIED_ON)
    made = report(area.database, "place-of-death-recorded-at-death", on=ON, own=PRACTICE)
    assert figure(made, PRACTICE, "actual-place-recorded").value == 0.75
