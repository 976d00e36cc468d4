"""Deaths expected of practices, from published files."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from service.db import Database
from service.reports import expected_deaths, reference
from service.reports.expected_deaths import Expected
from service.reports.mortality import Mortality
from tests.reports.published import (
    AGES_HEADER,
    GEOGRAPHY_HEADER,
    age_line,
    book,
    geography_line,
    life_table_sheet,
    population_sheet,
    written,
)

QOF_HEADER = "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE"
ON = date(2021, 3, 31)


def load(database: Database, paths: Iterable[Path]) -> None:
    for path in reference.in_loading_order(paths):
        with database.transaction() as session:
            assert not reference.load(session, path).refused


def told(database: Database, on: date = ON) -> Expected:
    with database.reading() as session:
        return expected_deaths.on(session, on)


@pytest.fixture
def known(database: Database, tmp_path: Path) -> Database:
    """Three practices of one CCG, and death rates of ages 0, 1 and, open, 2."""
    sheet = life_table_sheet([0.1, 0.2, 0.5], [0.1, 0.1, 0.4])
    practices = [geography_line(code) for code in ("Z99001", "Z99002", "Z99003")]
    load(
        database,
        [
            written(tmp_path, "geo_2021.csv", GEOGRAPHY_HEADER, *practices),
            book(tmp_path, "tables.xlsx", {"2018-2020": sheet, "2019-2021": life_table_sheet([0.3] * 3, [0.3] * 3)}),
        ],
    )
    return database


def population(tmp_path: Path) -> Path:
    sheets = {f"Mid-2018 {sex}": population_sheet({"E38999999": [100, 100, 200]}) for sex in ("Males", "Females")}
    return book(tmp_path, "population.xlsx", sheets)


def older(tmp_path: Path) -> Path:
    lines = ["Z99001,OST,1,50OV,300", "Z99002,OST,2,50OV,100", "Z99001,PC,5,TOTAL,1000", "Z99002,PC,,TOTAL,500"]
    return written(tmp_path, "PREVALENCE_2021.csv", QOF_HEADER, *lines)


def by_age(tmp_path: Path, code: str, female: Iterable[int], male: Iterable[int]) -> Path:
    lines = [age_line(code, age, people, sex="FEMALE") for age, people in enumerate(female)]
    lines += [age_line(code, age, people, sex="MALE") for age, people in enumerate(male)]
    return written(tmp_path, f"{code}.csv", AGES_HEADER, *lines)


def test_englands_rates_are_applied_to_the_list_of_each_sex_and_age(known, tmp_path):
    load(known, [by_age(tmp_path, "Z99001", [10, 0, 100], [0, 50, 20])])
    found = told(known)
    assert found.deaths == {"Z99001": pytest.approx(10 * 0.1 + 100 * 0.4 + 50 * 0.2 + 20 * 0.5)}
    assert (found.period, found.list_on, found.shared_out) == ("2018-2020", date(2021, 1, 1), frozenset())


def test_without_such_a_list_the_deaths_of_the_ccg_are_shared_out_by_its_people_over_50(known, tmp_path):
    load(known, [population(tmp_path), older(tmp_path)])
    found = told(known)
    of_ccg = 100 * (0.1 + 0.2) + 200 * 0.5 + 100 * (0.1 + 0.1) + 200 * 0.4
    assert found.deaths == {"Z99001": pytest.approx(of_ccg * 3 / 4), "Z99002": pytest.approx(of_ccg / 4)}
    assert (found.population_year, found.qof_year, found.list_on) == (2018, "2020-21", None)


def test_each_practice_has_what_is_best_known_of_it_and_the_report_says_which(known, tmp_path):
    load(known, [population(tmp_path), older(tmp_path), by_age(tmp_path, "Z99001", [10, 0, 0], [0, 0, 0])])
    found = told(known)
    assert (found.deaths["Z99001"], found.shared_out) == (pytest.approx(1), {"Z99002"})
    own, shared, none = found.notes({"Z99001", "Z99002", "Z99003"})
    assert own.startswith("Expected deaths of 1 practices: England's death rates of 2018-2020 by age and sex")
    assert "shared out by the lists of people aged 50 and over in QOF 2020-21" in shared
    assert none.startswith("No deaths are expected of 1 practices")


def test_a_list_that_tells_one_sex_only_is_not_used(known, tmp_path):
    load(known, [by_age(tmp_path, "Z99001", [10, 0, 100], [])])
    assert told(known).deaths == {}


def test_the_latest_edition_up_to_the_day_is_used_or_else_the_earliest(known):
    assert [told(known, date(year, 3, 31)).period for year in (2015, 2021, 2022)] == [
        "2018-2020",
        "2018-2020",
        "2019-2021",
    ]


def test_a_life_table_that_lacks_an_age_is_not_used(database, tmp_path):
    sheet = life_table_sheet([0.1, 0.2, 0.5], [0.1, 0.1, 3.0])
    with database.transaction() as session:
        assert len(reference.load(session, book(tmp_path, "t.xlsx", {"2018-2020": sheet})).refused) == 1
    assert told(database).period == ""


def test_where_nothing_is_loaded_it_says_what_to_load(database):
    found = told(database)
    assert (found.deaths, list(found.sources())) == ({}, [])
    assert list(found.notes(frozenset())) == [
        "Load life tables, and lists by age or else populations of CCGs and QOF, to tell expected deaths."
    ]


@pytest.fixture
def published(database: Database, reference_dir: Path) -> Database:
    data = reference_dir / "data"
    names = ["life-tables/*.xlsx", "population/*.xlsx", "qof/PREVALENCE_2021_v2.csv", "qof/MAPPING_NHS_*_2021.csv"]
    load(database, [path for name in names for path in sorted(data.glob(name))])
    return database


def test_the_deaths_expected_in_stoke_on_trent_are_its_people_times_englands_rates(published):
    found = told(published)
    assert (len(found.deaths), found.period, found.population_year) == (147, "2018-2020", 2018)
    with published.reading() as session:
        assert sum(found.deaths.values()) == pytest.approx(11_108.5, abs=0.1)
        rates = {
            (sex, age): rate for sex, age, rate in session.execute(expected_deaths._RATES, {"period": "2018-2020"})
        }
    lived = {sex: Mortality(rates, {}).years_lived(sex) for sex in expected_deaths.SEXES}
    # Published beside the rates: a boy born then lives 79.33 years, a girl 83.12.
    assert sum(lived["male"].values()) == pytest.approx(79.33, abs=0.02)
    assert sum(lived["female"].values()) == pytest.approx(83.12, abs=0.02)
