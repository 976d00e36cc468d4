import pytest

from service import db
from service.config import Settings
from service.errors import Unreadable
from service.register.organisations import Deprivation
from service.reports import evaluation, measure
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Asked
from tests.reports.invented import ON
from tests.reports.lives import DIED_ON, HOME, HOSPITAL, Said, lived

WISH = [Said(DIED_ON.replace(day=1), HOME)]


def report(area, name="equity", **asked):
    with area.database.reading() as session:
        return evaluation.evaluate(session, measure.named(name), Asked(on=ON, **asked), Settings())


def figures(made, code="99A", group=""):
    rows = [row for row in made.rows if (row.code, row.group) == (code, group)]
    return {each.part: each for row in rows for each in row.figures}


def scored(area):
    scores = {"Z99001": 60, "Z99002": 50, "Z99003": 40, "Z99004": 30, "Z99005": 20}
    table = db.table(Deprivation)
    with area.database.transaction() as session:
        rows = [{"practice_code": code, "year": 2019, "score": score} for code, score in scores.items()]
        empty = {column.name: "" for column in table.columns if not column.nullable}
        db.insert_many(session, {table: [{**empty, **row} for row in rows]})


def died(area, practice, gender, *, met, not_met):
    for place, people in ((HOME, met), (HOSPITAL, not_met)):
        lived(area, practice, people, gender=gender, said=WISH, died_on=DIED_ON, place=place)


def test_each_group_is_beside_the_rest_of_its_area(area):
    died(area, "Z99001", "female", met=60, not_met=20)
    died(area, "Z99002", "male", met=20, not_met=30)
    made = report(area, by="sex")
    code = "place-of-death-achieved-first-choice"
    women = figures(made, group="Female")[code]
    assert (women.count, women.of, women.value) == (60, 80, 0.75)
    told = dict(women.more)
    # Wilson: 0.64515 to 0.83194 of 60 in 80, 0.27608 to 0.53819 of 20 in 50; by method 10 of Newcombe (1998)
    assert told == {"share-of-the-rest": 0.4, "gap": 0.35, "gap-low": 0.17654, "gap-high": 0.49856}
    assert figures(made)[code].count == 80
    assert {row.level.value for row in made.rows} == {"all", "icb", "sub-icb"}


def test_a_list_that_cannot_be_split_makes_no_share_and_no_gap(area):
    lived(area, "Z99001", 30)
    made = report(area, by="sex")
    on_register = figures(made, group="Female")["identification-on-register"]
    assert (on_register.count, on_register.value, on_register.more) == (30, None, ())
    assert any("no share is made" in note for note in made.notes)


def test_the_slope_runs_over_the_fifths_of_practices(area):
    scored(area)
    for practice, people in (("Z99001", 10), ("Z99002", 20), ("Z99003", 30), ("Z99004", 40), ("Z99005", 50)):
        lived(area, practice, people)
    told = dict(figures(report(area, by="deprivation"), code="")["identification-on-register"].more)
    # shares of 0.1% to 0.5% at ranks 0.1 to 0.9
    assert told["slope"] == 0.005
    assert told["slope-low"] > 0


def test_where_a_group_is_hidden_so_are_its_gap_and_the_slope(area):
    scored(area)
    for practice, people in (("Z99001", 3), ("Z99002", 20), ("Z99003", 30), ("Z99004", 40), ("Z99005", 50)):
        lived(area, practice, people)
    made = report(area, by="deprivation")
    first = figures(made, code="", group="1, most deprived fifth of practices")["identification-on-register"]
    assert first.count is HIDDEN
    assert set(dict(first.more).values()) == {HIDDEN}
    assert dict(figures(made, code="")["identification-on-register"].more)["slope"] is HIDDEN


def test_no_figure_says_more_than_the_reports_it_is_made_of(area):
    died(area, "Z99001", "female", met=60, not_met=3)
    died(area, "Z99002", "male", met=12, not_met=30)
    made, split = report(area, by="sex"), report(area, "place-of-death-achieved", by="sex")
    for group in ("Female", "Male", "Other"):
        whole = figures(made, group=group)
        for part, figure in figures(split, group=group).items():
            found = whole[f"place-of-death-achieved-{part}"]
            assert (found.count, found.of, found.value) == (figure.count, figure.of, figure.value)


def test_without_a_split_asked_for_every_split_is_told(area):
    died(area, "Z99001", "female", met=60, not_met=20)
    groups = {row.group for row in report(area).rows}
    assert {"", "Sex: Female", "Deprivation of the practice: No score loaded"} <= groups


def test_an_empty_register_says_so_and_has_no_rows(area):
    made = report(area, by="sex")
    assert made.rows == ()
    assert any("Nobody was counted" in note for note in made.notes)


def test_a_split_that_nobody_knows_is_refused(area):
    with pytest.raises(Unreadable, match="split by one of"):
        report(area, by="shoe-size")
