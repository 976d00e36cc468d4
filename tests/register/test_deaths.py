import pytest

from service.register import deaths, places


def met(preferred, actual):
    return deaths.was_where_they_wished(preferred_group=preferred, actual_group=actual)


def test_dying_in_the_kind_of_place_they_chose_is_as_they_wished():
    assert met(places.HOSPICE, places.HOSPICE) is True


def test_dying_elsewhere_is_not():
    assert met(places.HOSPICE, places.HOSPITAL) is False


@pytest.mark.parametrize(("preferred", "actual"), [("", "10"), ("10", ""), ("", "")])
def test_an_unknown_place_is_neither_met_nor_missed(preferred, actual):
    assert met(preferred, actual) is None


@pytest.mark.parametrize(("preferred", "actual"), [("usual-residence", "20"), ("40", "usual-residence")])
def test_the_usual_residence_cannot_be_compared_with_a_kind_of_place(preferred, actual):
    assert met(preferred, actual) is None


def test_dying_where_they_lived_as_they_wished_is_as_they_wished():
    assert met("usual-residence", "usual-residence") is True


def test_every_finding_belongs_to_a_known_group_or_to_none():
    assert {answer.group for answer in deaths.PLACES} <= {*places.GROUPS, ""}


def test_american_codes_are_not_among_the_places():
    assert not {answer.code.code for answer in deaths.ACTUAL} & {
        "440081000124100",
        "440071000124103",
        "450381000124100",
    }
