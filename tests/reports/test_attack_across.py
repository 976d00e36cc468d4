"""Readers who lay one report beside another: groups beside practices, trends beside rows, measures beside measures."""

from datetime import date

import pytest
from sqlalchemy import update

from service import db
from service.config import Settings
from service.db import Database
from service.register.organisations import Deprivation, PracticeGeography
from service.reports import evaluation, measure
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Asked, Report
from tests.reports.invented import ON, Area
from tests.reports.lives import all_deaths, lived
from tests.reports.reading import ON_SQLITE

PROFILES = pytest.mark.parametrize("profile", ["nhs-digital", "under-5"])
PEOPLE = {"Z99001": 20, "Z99002": 3, "Z99003": 12, "Z99004": 3}


@pytest.fixture
def area(database: Database) -> Area:
    """Two ICBs, the second with three people on the register."""
    made = Area(database)
    geography = db.table(PracticeGeography)
    with database.transaction() as session:
        session.execute(update(geography).where(geography.c.sub_icb_code == "99B").values(icb_code="Q98"))
    for practice, people in PEOPLE.items():
        made.register(practice, people)
    return made


def evaluated(area: Area, name: str, asked: Asked, profile: str) -> Report:
    with area.database.reading() as session:
        return evaluation.evaluate(session, measure.named(name), asked, Settings(disclosure_profile=profile))


def counts(report: Report, part: str) -> dict[tuple[str, str], object]:
    return {(row.code, row.group): each.count for row in report.rows for each in row.figures if each.part == part}


@ON_SQLITE
@PROFILES
def test_a_group_of_whole_practices_gives_none_of_them_away(area, profile):
    scores = {"Z99001": 50.0, "Z99002": 50.0, "Z99003": 30.0, "Z99004": 20.0, "Z99005": 10.0}
    rows = [{"practice_code": code, "year": 2019, "score": score, "source": ""} for code, score in scores.items()]
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(Deprivation): rows})
    practices = counts(evaluated(area, "identification", Asked(on=ON), profile), "on-register")
    split = counts(evaluated(area, "identification", Asked(on=ON, by="deprivation"), profile), "on-register")
    most_deprived = split["99A", "1, most deprived fifth of practices"]
    assert practices["Z99002", ""] is HIDDEN
    assert HIDDEN in (practices["Z99001", ""], most_deprived)


@ON_SQLITE
@PROFILES
@pytest.mark.parametrize("name", ["identification", "place-of-death-recorded"])
def test_a_trend_of_one_area_shows_no_more_than_the_row_of_it(area, profile, name):
    rows = counts(evaluated(area, name, Asked(on=ON), profile), "on-register")
    for code in ("Q99", "Q98", "99A", "99B", "Z99001", "Z99003"):
        report = evaluated(area, name, Asked(on=ON, areas=(code,)), profile)
        trend = {each.part: each.count for each in report.trend[-1].figures}
        assert trend["on-register"] == rows[code, ""], code
    assert rows["Q99", ""] is HIDDEN, "all less this one would show the other"
    assert rows["", ""] == {"nhs-digital": 40, "under-5": 38}[profile]


@ON_SQLITE
@PROFILES
def test_who_died_on_the_register_is_hidden_in_one_measure_as_in_another(area, profile):
    """Of four deaths at one practice one was not on the register: that costs no count which the other measure shows."""
    for practice, people in PEOPLE.items():
        lived(area, practice, people, died_on=date(2023, 3, 20))
    all_deaths(area, {(practice, date(2023, 3, 1)): people + 1 for practice, people in PEOPLE.items()})
    found = counts(evaluated(area, "on-register-at-death", Asked(on=ON), profile), "at-least-1")
    assert found == counts(evaluated(area, "time-on-register", Asked(on=ON), profile), "died-on-register")
    assert HIDDEN in found.values()
