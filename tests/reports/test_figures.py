from collections import Counter

from service.reports import figures
from service.reports.disclosure_profile import HIDDEN
from service.reports.part import Part
from service.reports.report import Figure

WHOLE, MET, MISSING = Part(code="all", title=""), Part(code="met", title="", of="all"), Part(code="missing", title="")
EITHER = Part(code="either", title="", of="all", sum_of=("met", "missing"))


def made(*parts: Part, lasting=(), is_exact=True, **numbers) -> list[Figure]:
    found = figures.of(parts, lambda part: numbers[part.code], Counter(lasting), is_small=False, is_exact=is_exact)
    return list(found)


def test_a_hidden_count_hides_every_figure_made_of_it():
    assert made(WHOLE, MET, all=5_000, met=HIDDEN)[1] == Figure("met", HIDDEN, 5_000, HIDDEN, HIDDEN, HIDDEN)
    assert made(WHOLE, MET, all=HIDDEN, met=20)[1] == Figure("met", 20, HIDDEN, HIDDEN, HIDDEN, HIDDEN)


def test_what_is_added_up_from_a_hidden_count_is_hidden():
    assert made(WHOLE, MET, MISSING, EITHER, all=90, met=30, missing=HIDDEN)[-1].count is HIDDEN
    assert made(WHOLE, MET, MISSING, EITHER, all=90, met=30, missing=15)[-1].value == 0.5


def test_nobody_has_no_share():
    assert made(WHOLE, MET, all=0, met=0)[1] == Figure("met", 0, 0)


def test_of_fewer_than_enough_people_there_is_no_share():
    assert figures.share("met", 20, 29, least=30).value is None


def test_days_are_told_by_their_median_and_quartiles():
    lasting = Part(code="days", title="", days=lambda rows: rows.c.days)
    assert made(lasting, lasting=[10] * 3 + [20] * 6 + [60] * 3, days=12) == [Figure("days", 12, None, 20, 15, 40)]


def test_half_a_day_does_not_say_that_a_rounded_count_is_even():
    lasting = Part(code="days", title="", days=lambda rows: rows.c.days)
    assert made(lasting, lasting=[10] * 4 + [21] * 4, days=10, is_exact=False) == [Figure("days", 10, None, 15, 10, 21)]
