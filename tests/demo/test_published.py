from collections import Counter

from service import db
from service.demo import area, published
from service.demo.area import END
from service.register.organisations import Deprivation, LifeTable, ListByAge


def test_lists_by_age_add_up_to_the_lists(full_story):
    listed = {(code, on): patients for code, on, patients in area.list_sizes(full_story.practices)}
    by_age = Counter()
    for row in published.rows(full_story.practices, "invented")[db.table(ListByAge)]:
        by_age[row["practice_code"], row["on"]] += row["patients"]

    assert len(by_age) == 2 * len(full_story.practices)
    assert {key: listed[key] for key in by_age} == by_age


def test_as_many_deaths_are_expected_as_there_are(full_story):
    """By five years of age, at the rate of the middle of each."""
    rows = published.rows(full_story.practices, "invented")
    rate = {(row["sex"], row["age"]): row["rate"] for row in rows[db.table(LifeTable)]}
    last = max(row["on"] for row in rows[db.table(ListByAge)])
    listed = [row for row in rows[db.table(ListByAge)] if row["on"] == last]
    expected = sum(row["patients"] * rate[row["sex"], row["age"] + 2] for row in listed)

    assert last < END
    assert 0.95 < expected / full_story.scale.deaths_a_year < 1.05


def test_practices_differ_in_deprivation(full_story):
    scores = [row["score"] for row in published.rows(full_story.practices, "invented")[db.table(Deprivation)]]

    assert len(scores) == len(full_story.practices)
    assert min(scores) < 10 < 40 < max(scores)
