from datetime import date

import pytest

from service.errors import NotFound, Unreadable
from service.reports import measure


def test_an_unknown_report_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(NotFound, match="identification"):
        measure.named("nothing")


def asked(**given):
    defaults = {"on": "", "areas": (), "source": "register", "year": ""}
    return measure.asked(measure.named("identification"), **{**defaults, **given})


@pytest.mark.parametrize(
    "given",
    [
        {"on": "31/03/2023"},
        {"on": "2023-02-30"},
        {"on": "2023-3-1"},
        {"on": "20230331"},
        {"on": "2023-W10-1"},
        {"on": "0001-01-01"},
        {"on": "yesterday"},
        {"source": "elsewhere"},
        {"year": "2020-21"},
        {"source": "qof", "on": "2023-03-31"},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(given):
    with pytest.raises(Unreadable):
        asked(**given)


def test_areas_may_be_given_one_by_one_or_together():
    found = asked(areas=["05W", "05G,05V 04Y"], on="2023-03-31")
    assert found.areas == ("05W", "05G", "05V", "04Y")
    assert found.on == date(2023, 3, 31)
