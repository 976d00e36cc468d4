from service.register import deaths, places

GROUPS = {"10", "20", "30", "40", "50", places.USUAL_RESIDENCE}


def test_every_finding_belongs_to_a_known_group_or_to_none():
    assert {answer.group for answer in deaths.PLACES} <= {*GROUPS, ""}


def test_american_codes_are_not_among_the_places():
    assert not {answer.code.code for answer in deaths.ACTUAL} & {
        "440081000124100",
        "440071000124103",
        "450381000124100",
    }
