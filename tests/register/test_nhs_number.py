import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.register import nhs_number
from tests import builders

numbers = st.integers(0, 400).map(builders.a_number)


@given(numbers)
def test_ten_digits_with_their_check_digit_are_an_nhs_number(number):
    assert nhs_number.is_valid(number)


@given(numbers, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, by):
    wrong = str((int(number[place]) + by) % 10)
    assert not nhs_number.is_valid(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.integers(0, 8))
def test_two_neighbouring_digits_in_the_wrong_order_are_always_noticed(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not nhs_number.is_valid(swapped)


@given(st.text(max_size=14))
def test_no_text_makes_it_fail_and_only_ten_ascii_digits_pass(text):
    assert not nhs_number.is_valid(text) or (len(text) == 10 and text.isascii() and text.isdigit())


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_times_the_same_digit_is_a_filler_and_no_number(digit):
    assert not nhs_number.is_valid(digit * 10)


@pytest.mark.parametrize(
    "text", ["", "999000001", "99900000180", "999 000 0018", "999-000-0018", " 9990000018", "9990000018\n"]
)
def test_anything_but_exactly_ten_digits_is_refused(text):
    assert not nhs_number.is_valid(text)


@pytest.mark.parametrize("text", ["٩٩٩٠٠٠٠٠١٨", "９９９００００018", "999000001８"])
def test_digits_of_other_scripts_are_refused(text):
    assert not nhs_number.is_valid(text)


@pytest.mark.parametrize(
    "text", ["999 000 0018", "999-000-0018", " 9990000018 ", "999\u00a0000\u20110018", "999\u20130000018"]
)
def test_a_search_may_write_the_number_as_people_do(text):
    assert nhs_number.normalised(text) == "9990000018"


def test_a_search_for_something_else_stays_something_else():
    assert nhs_number.normalised("999 000 001X") == "999000001X"
