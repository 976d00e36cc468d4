"""M8, why people did not die where they had wished to."""

from datetime import date

from tests.reports.invented import ON
from tests.reports.lives import DIED_ON, HOME, HOSPICE, HOSPITAL, Said, lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"
WISHED = [Said(date(2023, 1, 10), HOME, second=HOSPICE)]


def dies(area, people=1, place=HOSPITAL, **life):
    lived(area, PRACTICE, people, said=WISHED, died_on=DIED_ON, place=place, **life)


def of(area, part):
    found = figure(report(area.database, "variance-reasons", on=ON, own=PRACTICE), PRACTICE, part)
    return found.count, found.of


def test_a_reason_is_a_share_of_the_deaths_that_were_not_in_the_first_choice(area):
    dies(area, 3, variance="no-bed")
    dies(area, 1, variance="sudden-death")
    dies(area, 5, place=HOME)
    assert (of(area, "no-bed"), of(area, "sudden-death")) == ((3, 4), (1, 4))


def test_the_second_choice_was_not_the_first(area):
    dies(area, 2, place=HOSPICE, variance="family-request")
    assert of(area, "family-request") == (2, 2)


def test_not_knowing_the_reason_is_not_the_same_as_not_saying_it(area):
    dies(area, 1, variance="variance-unknown")
    dies(area, 2)
    assert (of(area, "variance-unknown"), of(area, "no-reason")) == ((1, 3), (2, 3))


def test_a_reason_in_a_code_of_somebody_else_is_another_one(area):
    dies(area, 1, variance="ran-out-of-time")
    assert of(area, "another-reason") == (1, 1)


def test_a_reason_is_not_counted_where_the_first_choice_was_met(area):
    dies(area, 1, place=HOME, variance="changed-mind")
    dies(area, 1)
    assert of(area, "changed-mind") == (0, 1)
