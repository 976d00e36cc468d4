"""Each kind of picture, drawn from invented figures."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from service.reports.statistics import funnel as funnels
from service.reports.statistics import run_chart as run_charts
from service.reports.statistics.run_chart import Observed, Step
from service.web.charts import bars, flow, funnel, lead_time, run_chart
from service.web.charts.axes import Frame
from service.web.charts.bars import Group
from service.web.charts.flow import Band
from service.web.charts.funnel import Line
from service.web.charts.lead_time import Reached
from tests.web import drawn

FRAME = Frame("invented", "Title <b>", "Text & more")
PLACES = [funnels.Place(f"Z9900{at}", f"Surgery {at}", count, 10_000) for at, count in enumerate((50, 55, 45, 120, 5))]


def a_funnel(**given):
    found = funnels.of([*PLACES, *(funnels.Place(f"Y{at}", "Other", 25, 5_000 + at) for at in range(40))])
    return funnel.draw(FRAME, found, across="List", up="Share", baseline=Line(0.002, "baseline: 0.2%"), **given)


def observed(shares, start=2022):
    days = [date(start + at // 12, at % 12 + 1, 28) for at in range(len(shares))]
    return [
        Observed(day, None if share is None else round(share * 1000), 1000)
        for day, share in zip(days, shares, strict=True)
    ]


def a_run_chart(shares, steps=(), **given):
    chart = run_charts.p_chart(observed(shares), steps=steps, better="higher")
    said = [f"{dot.on}: {dot.share}" for dot in chart.dots]
    months = run_chart.months(chart, said, [f"{dot.on:%b %Y}" for dot in chart.dots])
    return run_chart.draw(FRAME, months, up="Share", steps=steps, **given)


def some_bars():
    groups = [
        Group("Most deprived", "20.0% (15.0% to 26.0%)", "words", 0.2, 0.15, 0.26),
        Group("Not recorded, for one reason or for another or none", "hidden", "words", None),
    ]
    return bars.draw(FRAME, groups, across="Share", spread="95% interval", all_of=0.22, all_text="all: 22.0%")


def a_curve():
    reached = [Reached(days, share, share - 0.02, share + 0.02, f"{days}") for days, share in
               ((1, 0.4), (28, 0.3), (90, 0.2), (365, 0.05))]  # fmt: skip
    return lead_time.draw(FRAME, reached, up="Share")


def a_flow(hidden=None):
    bands = [Band("Home", "First choice", 60, "a"), Band("Home", "Neither", hidden, "b"),
             Band("Undecided", "Nothing to compare", 40, "c")]  # fmt: skip
    return flow.draw(FRAME, bands, {name: "1" for band in bands for name in (band.begin, band.end)})


EACH = [a_funnel(), a_run_chart([0.3] * 13), some_bars(), a_curve(), a_flow()]


@pytest.mark.parametrize("picture", EACH, ids=lambda picture: type(picture).__name__)
def test_a_picture_is_told_to_whoever_cannot_see_it_and_needs_no_style(picture):
    element = drawn.svg(picture)
    assert element.get("role") == "img"
    ids = {each.get("id"): each.text for each in element if each.get("id")}
    assert [ids[name] for name in element.get("aria-labelledby").split()] == ["Title <b>", "Text & more"]
    assert not [each for each in element.iter() if {"style", "class", "onclick"} & set(each.keys())]
    assert len(drawn.titles(element)) > 1


@pytest.mark.parametrize("picture", EACH, ids=lambda picture: type(picture).__name__)
def test_every_mark_of_a_legend_is_one_that_can_be_drawn(picture):
    html = drawn.templating.file(picture.template, picture=picture)
    marks = re.findall(r'<svg aria-hidden="true"[^>]*>(.*?)</svg>', html, re.DOTALL)
    assert len(marks) == len(picture.frame.keys) > 0
    assert all(mark.strip() for mark in marks)


def test_places_beyond_the_limits_have_another_shape_and_their_name():
    marks = {mark.words.partition(":")[0]: mark for mark in a_funnel().marks}
    assert marks["Surgery 0 (Z99000)"].kind == "within"
    assert (marks["Surgery 3 (Z99003)"].kind, marks["Surgery 3 (Z99003)"].label) == ("above-998", "Z99003")
    assert (marks["Surgery 4 (Z99004)"].kind, marks["Surgery 4 (Z99004)"].label) == ("below-998", "Z99004")
    assert "120 of 10,000, 1.20%, above the 99.8% limit" in marks["Surgery 3 (Z99003)"].words


def test_names_in_a_funnel_do_not_cover_each_other():
    places = [funnels.Place(f"Z{at:05}", "Alike", 400 + at, 10_000) for at in range(20)]
    others = [funnels.Place(f"Y{at:05}", "Other", 50, 10_000) for at in range(80)]
    picture = funnel.draw(FRAME, funnels.of([*places, *others], target=0.005), across="List", up="Share")
    assert sum(bool(mark.label) for mark in picture.marks) <= 3


def test_a_hidden_month_breaks_the_line_and_not_the_mean():
    picture = a_run_chart([0.3, 0.31, None, 0.29, 0.3, 0.31])
    assert len(picture.lines) == 2
    assert len(picture.means) == 1
    assert len(picture.marks) == 5


def test_a_step_has_its_note_and_a_mean_of_its_own():
    shares = [0.3] * 12 + [0.5] * 12
    picture = a_run_chart(shares, steps=(Step(date(2023, 1, 1), "New template"),))
    assert len(picture.means) == 2
    assert "New template" in drawn.texts(drawn.svg(picture))


def test_signals_have_shapes_of_their_own_and_labels_do_not_crowd():
    picture = a_run_chart([0.3, 0.3, 0.31, 0.29] * 9 + [0.45])
    assert [mark.kind for mark in picture.marks][-1] == "improvement"
    assert len(picture.frame.across.ticks) <= run_chart.LABELS_AT_MOST
    assert picture.frame.across.ticks[-1].label == "Jan 2025"


def test_a_share_has_no_axis_above_all():
    assert a_run_chart([0.9, 0.95, 1.0] * 4).frame.up.ticks[-1].label == "100%"


def test_a_group_that_is_hidden_has_no_bar_and_says_so():
    shown, hidden = some_bars().bars
    assert shown.width > 0
    assert (hidden.width, hidden.low_x, hidden.figures) == (None, None, "hidden")


def test_bars_that_end_alike_are_equally_long_whatever_their_number():
    one, other = (Group(name, "", "", 0.2) for name in "ab")
    picture = bars.draw(FRAME, [one, replace(other, value=0.2)], across="Days", spread="")
    assert len({bar.width for bar in picture.bars}) == 1


def test_time_runs_to_death_and_the_last_weeks_can_be_seen():
    marks = a_curve().marks
    assert [mark.words for mark in marks] == ["365", "90", "28", "1"]
    gaps = [later.x - earlier.x for earlier, later in pairwise(marks)]
    assert all(gap > 40 for gap in gaps)


def test_a_hidden_band_is_as_thick_whatever_it_hides():
    drawn_bands = a_flow().bands
    assert [band.is_hidden for band in drawn_bands] == [False, True, False]
    assert a_flow(hidden=20).bands[1].path != drawn_bands[1].path
    assert drawn_bands[1].path.count("v5.0C") == 1


def test_the_ends_of_a_flow_are_as_high_as_its_beginnings():
    picture = a_flow(hidden=20)
    assert sum(stop.height for stop in picture.begins) == pytest.approx(sum(stop.height for stop in picture.ends), 0.01)
