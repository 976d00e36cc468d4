import pytest

from service.register import places


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("10", "10"),
        ("20", "20"),
        ("21", "20"),
        ("22", "20"),
        ("30", "30"),
        ("40", "40"),
        ("41", "40"),
        ("42", "40"),
        ("50", "50"),
    ],
)
def test_a_place_is_compared_at_its_roll_up_level(code, group):
    assert places.group_of(code) == group


@pytest.mark.parametrize("code", ["", "2", "11", "60", "home"])
def test_a_code_that_the_data_dictionary_does_not_hold_has_no_group(code):
    assert places.group_of(code) == ""


def test_every_preferred_place_has_a_group_or_says_why_there_is_no_answer():
    groups = {"10", "20", "30", "40", "50", places.USUAL_RESIDENCE}
    assert all((answer.group in groups) != bool(answer.no_answer) for answer in places.PREFERRED)


def test_the_usual_residence_is_no_private_residence_until_it_is_known():
    usual = next(answer for answer in places.PREFERRED if answer.code.code == "819211000000102")
    assert usual.group == places.USUAL_RESIDENCE
