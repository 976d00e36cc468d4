"""Into which group each split puts somebody: everybody into one, and who nothing is known of into "not recorded"."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from service import db
from service.register.models import Registration, Trait
from service.register.organisations import Deprivation
from service.reports import populations, split
from tests.reports.invented import LONG_AGO, ON, PRACTICES
from tests.reports.lives import DIED_ON, lived
from tests.reports.reading import figure, report

ALL = ("age-band", "deprivation", "diagnosis-group", "ethnicity", "language", "learning-disability", "residence", "sex")


def group(area, by, *, of_deaths=False):
    """The group of the only person there is."""
    population = populations.DEATHS if of_deaths else populations.ON_REGISTER
    rows = population.rows(0 if of_deaths else 1)
    days = {"first": date(2023, 3, 1), "last": ON} if of_deaths else {"day_0": ON}
    with area.database.reading() as session:
        [found] = session.execute(select(split.named(by).value(rows)), days).scalars()
    return found


def insert(area, model, *rows):
    table = db.table(model)
    empty = {column.name: None if column.nullable else "" for column in table.columns}
    with area.database.transaction() as session:
        db.insert_many(session, {table: [{**empty, **row} for row in rows]})


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("of_deaths", [False, True], ids=["on the register", "deaths"])
def test_who_nothing_is_known_of_is_in_a_group_of_their_own(area, by, of_deaths):
    lived(area, "Z99001", born_on="", gender="", died_on=DIED_ON if of_deaths else None)
    assert group(area, by, of_deaths=of_deaths) == "not-recorded"
    assert "not-recorded" in split.named(by).groups


def test_there_are_no_other_splits():
    assert tuple(split.all_splits()) == ALL


@pytest.mark.parametrize(
    ("born_on", "band"),
    [
        ("1958-04-01", "under-65"),
        ("1958-03-31", "65-74"),
        ("1948-04-01", "65-74"),
        ("1948-03", "75-84"),
        ("1938-04", "75-84"),
        ("1938", "85-and-over"),
        ("1905-12-31", "85-and-over"),
    ],
)
def test_age_is_that_of_the_day_and_who_turns_it_in_a_month_or_year_has_turned_it(area, born_on, band):
    lived(area, "Z99001", born_on=born_on)
    assert group(area, "age-band") == band


def test_of_a_death_the_age_is_that_of_the_day_of_death(area):
    lived(area, "Z99001", born_on="1948-03-21", died_on=date(2023, 3, 20))
    assert group(area, "age-band", of_deaths=True) == "65-74"


@pytest.mark.parametrize(("gender", "sex"), [("female", "female"), ("other", "other"), ("unknown", "not-recorded")])
def test_sex_is_as_the_patient_says_it(area, gender, sex):
    lived(area, "Z99001", gender=gender)
    assert group(area, "sex") == sex


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("ethnicity", "asian"),
        ("language", "english"),
        ("residence", "care-home"),
        ("learning-disability", "yes"),
        ("diagnosis-group", "cancer"),
    ],
)
def test_what_was_said_of_a_person_is_their_group(area, by, value):
    lived(area, "Z99001", traits={by: value})
    assert group(area, by) == value
    assert value in split.named(by).groups


def test_who_moved_into_a_care_home_lives_there(area):
    [person] = lived(area, "Z99001")
    for number, (value, on) in enumerate([("care-home", date(2023, 1, 1)), ("private", LONG_AGO)]):
        said = {"kind": "residence", "value": value, "said_on": on}
        insert(area, Trait, {"resource_pk": person * 10 + number, "person_pk": person, **said})
    assert group(area, "residence") == "care-home"


def test_the_primary_diagnosis_is_the_one_that_the_registration_names(area):
    [person] = lived(area, "Z99001")
    for number, value in enumerate(["cancer", "dementia-frailty"]):
        said = {"kind": "diagnosis-group", "value": value, "said_on": LONG_AGO, "reference": f"Condition/{number}"}
        insert(area, Trait, {"resource_pk": person * 10 + number, "person_pk": person, **said})
    named = {"status": "active", "started_on": LONG_AGO, "diagnosis": "Condition/1"}
    insert(area, Registration, {"resource_pk": person * 10 + 5, "person_pk": person, **named})
    assert group(area, "diagnosis-group") == "dementia-frailty"


def scored(area, year, scores):
    insert(
        area,
        Deprivation,
        *(
            {"practice_code": code, "year": year, "score": score}
            for code, score in zip(PRACTICES, scores, strict=False)
        ),
    )


@pytest.mark.parametrize(("practice", "fifth"), list(zip(PRACTICES, "13254", strict=True)))
def test_fifths_are_of_practices_by_their_latest_score_the_most_deprived_first(area, practice, fifth):
    scored(area, 2015, [1, 2, 3, 4, 5])
    scored(area, 2019, [50, 30, 40, 10, 20])
    lived(area, practice)
    assert group(area, "deprivation") == fifth


def test_two_practices_with_one_score_are_in_one_fifth(area):
    scored(area, 2019, [50, 50, 40, 30, 20])
    lived(area, "Z99002")
    assert group(area, "deprivation") == "1"


def test_a_practice_without_a_score_of_the_latest_year_is_in_no_fifth(area):
    scored(area, 2015, [1, 2, 3, 4, 5])
    scored(area, 2019, [50, 30, 40, 10])
    lived(area, "Z99005")
    assert group(area, "deprivation") == "not-recorded"


def test_registered_lists_are_split_by_deprivation_as_the_register_is(area):
    scored(area, 2019, [50, 30, 40, 10, 20])
    for practice in PRACTICES:
        lived(area, practice, 20)
    made = report(area.database, "identification", on=ON, by="deprivation")
    found = figure(made, "all", "on-register", "1, most deprived fifth of practices")
    assert (found.count, found.of, found.value) == (20, 10_000, 0.002)


def test_groups_add_up_to_everybody(area):
    for age in range(20, 100, 10):
        lived(area, "Z99001", 10, born_on=(ON - timedelta(days=366 * age)).isoformat())
    made = report(area.database, "place-of-death-recorded", on=ON, by="age-band", own="Z99001")
    counts = [figure(made, "Z99001", "on-register", name).count for name in split.named("age-band").groups.values()]
    assert sum(counts) == 80
