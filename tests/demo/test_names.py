from itertools import islice
from random import Random

from service.demo import names
from service.register import nhs_number


def test_no_number_comes_twice():
    numbers = list(islice(names.nhs_numbers(), 50_000))

    assert len(set(numbers)) == 50_000


def test_the_numbers_are_valid_and_of_the_999_range():
    assert all(
        nhs_number.is_valid(number) and number.startswith("999") for number in islice(names.nhs_numbers(), 9_000)
    )


def test_postcodes_are_of_the_pseudo_range():
    assert names.postcode(Random(1)).startswith("ZZ99 ")


def test_somebody_in_a_care_home_lives_at_its_address():
    assert names.street_address(Random(1), care_home=True)[0].endswith("Care Home")
