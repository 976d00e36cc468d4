"""What the files of ages, deaths and deprivation say."""

import zipfile
from datetime import date

import pytest

from service.errors import Unreadable
from service.register.organisations import DeathCount, Deprivation, LifeTable, ListByAge, Population
from tests.reports.published import (
    AGES_HEADER,
    BANDS_HEADER,
    DEPRIVATION_HEADER,
    age_line,
    band_line,
    book,
    deprivation_line,
    life_table_sheet,
    population_sheet,
    written,
)
from tests.reports.test_reference import known, load, rows

__all__ = ["known"]


def test_five_year_bands_are_kept_by_their_youngest_age_and_totals_are_passed_over(known, tmp_path):
    lines = [
        band_line("Z99001", "0_4", 12),
        band_line("Z99001", "95+", 3, sex="MALE"),
        band_line("Z99001", "ALL", 15),
        band_line("Z99001", "0_4", 30, sex="ALL"),
        band_line("99A", "0_4", 3000, kind="CCG"),
    ]
    loaded = load(known, written(tmp_path, "anything.csv", BANDS_HEADER, *lines))
    assert (loaded.taken, loaded.passed_over, loaded.refused) == (2, 3, ())
    held = [(row["on"], row["sex"], row["age"], row["patients"]) for row in rows(known, ListByAge)]
    assert held == [(date(2021, 1, 1), "female", 0, 12), (date(2021, 1, 1), "male", 95, 3)]


def test_single_years_are_kept_as_they_are(known, tmp_path):
    lines = [age_line("Z99001", "ALL", 9), age_line("Z99001", 0, 4), age_line("Z99001", "95+", 5)]
    loaded = load(known, written(tmp_path, "anything.csv", AGES_HEADER, *lines))
    assert (loaded.taken, loaded.passed_over) == (2, 1)
    assert [(row["age"], row["patients"]) for row in rows(known, ListByAge)] == [(0, 4), (95, 5)]


def test_a_day_is_held_in_single_years_or_in_bands_and_never_in_both(known, tmp_path):
    females = written(tmp_path, "f.csv", AGES_HEADER, *(age_line("Z99001", age, 5) for age in range(6)))
    males = written(tmp_path, "m.csv", AGES_HEADER, *(age_line("Z99001", age, 5, sex="MALE") for age in range(6)))
    bands = written(tmp_path, "b.csv", BANDS_HEADER, band_line("Z99002", "0_4", 25), band_line("Z99002", "5_9", 5))
    assert [load(known, path).taken for path in (females, males)] == [6, 6]
    [(_, reason), _] = load(known, bands).refused
    assert reason == "The list of this day is held by single years of age already"
    other_day = written(tmp_path, "o.csv", BANDS_HEADER, band_line("Z99002", "0_4", 25).replace("JAN", "FEB"))
    assert load(known, other_day).taken == 1
    single = written(tmp_path, "s.csv", AGES_HEADER, age_line("Z99001", 3, 5, on="01FEB2021"))
    [(_, reason)] = load(known, single).refused
    assert reason == "The list of this day is held in five-year bands already"


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        (BANDS_HEADER, band_line("Z99001", "0_5", 12), "AGE_GROUP_5 is not a band"),
        (BANDS_HEADER, band_line("Z99001", "3_7", 12), "AGE_GROUP_5 is not a band"),
        (BANDS_HEADER, band_line("Z99001", "0_4", 12, sex="I"), "SEX is “I”, not FEMALE, MALE or ALL"),
        (AGES_HEADER, age_line("Z99001", "old", 12), "AGE is not a number of years"),
        (AGES_HEADER, age_line("Z99001", "-1", 12), "AGE is not a number of years"),
        (DEPRIVATION_HEADER, deprivation_line("Z99001", "nan"), "Value is “nan”, not a figure from 0 to 100"),
        (DEPRIVATION_HEADER, deprivation_line("Z99001", ""), "Value is empty"),
        (DEPRIVATION_HEADER, deprivation_line("Z99001", 101), "Value is “101”"),
        (DEPRIVATION_HEADER, deprivation_line("Z99001", 20, indicator="1"), "Only indicator 93553"),
        (DEPRIVATION_HEADER, deprivation_line("Z99999", 20), "No practice Z99999 is known"),
    ],
)
def test_a_line_that_cannot_be_so_is_refused(known, tmp_path, header, line, reason):
    loaded = load(known, written(tmp_path, "file.csv", header, line))
    [(number, said)] = loaded.refused
    assert (number, reason in said, loaded.taken) == (2, True, 0)


@pytest.mark.parametrize("kind", ["GP", "GPs"])
def test_the_deprivation_of_practices_is_taken_and_that_of_england_passed_over(known, tmp_path, kind):
    lines = [deprivation_line("E92000001", 21.7, kind="England"), deprivation_line("Z99001", 36.125, kind=kind)]
    loaded = load(known, written(tmp_path, "imd.csv", DEPRIVATION_HEADER, *lines))
    assert (loaded.taken, loaded.passed_over) == (1, 1)
    [row] = rows(known, Deprivation)
    assert (row["practice_code"], row["year"], row["score"]) == ("Z99001", 2019, 36.125)


def test_every_period_of_the_life_tables_is_taken_for_both_sexes(database, tmp_path):
    sheets = {
        "Contents": [["National Life Tables, England"]],
        "2018-2020": life_table_sheet([0.004, 0.0002], [0.003, 0.0001]),
        "2017-2019": life_table_sheet([0.005, 0.0003], [0.004, 0.00005]),
    }
    path = book(tmp_path, "tables.xlsx", sheets)
    assert load(database, path).taken == 8
    held = {(row["period"], row["sex"], row["age"]): row["rate"] for row in rows(database, LifeTable)}
    assert held["2018-2020", "male", 0] == 0.004
    assert held["2017-2019", "female", 1] == 0.00005
    assert load(database, path).taken == 0


def test_a_rate_that_cannot_be_so_is_refused_by_its_row_and_sheet(database, tmp_path):
    loaded = load(database, book(tmp_path, "t.xlsx", {"2018-2020": life_table_sheet([0.004, 3], [0.003, 0.1])}))
    assert loaded.refused == ((5, "mx, on sheet 2018-2020, is “3”, not a figure from 0 to 2"),)


def test_the_population_of_both_sexes_is_taken_and_that_of_persons_passed_over(database, tmp_path):
    people = population_sheet({"E38999999": [10, 20, 30]})
    path = book(tmp_path, "p.xlsx", {"Mid-2018 Persons": people, "Mid-2018 Males": people, "Mid-2018 Females": people})
    assert load(database, path).taken == 6
    held = {
        (row["area_code"], row["year"], row["sex"], row["age"]): row["people"] for row in rows(database, Population)
    }
    assert held["E38999999", 2018, "male", 2] == 30


@pytest.mark.parametrize("code", ["05W", "", "E92"])
def test_people_of_an_area_without_an_ons_code_are_refused(database, tmp_path, code):
    path = book(tmp_path, "p.xlsx", {"Mid-2018 Males": population_sheet({code: [10], "E38999999": [11]})})
    loaded = load(database, path)
    assert (loaded.taken, [number for number, _ in loaded.refused]) == (1, [4])


def test_the_life_tables_of_another_country_are_not_taken_for_englands(database, tmp_path):
    with pytest.raises(Unreadable, match="no file that is known here"):
        load(database, book(tmp_path, "t.xlsx", {"2018-2020": life_table_sheet([0.1], [0.1], "England and Wales")}))


def test_an_archive_is_refused_and_says_what_to_do(database, tmp_path):
    archive = tmp_path / "gp-reg-pat-prac-quin-age.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("gp-reg-pat-prac-quin-age.csv", BANDS_HEADER)
    with pytest.raises(Unreadable, match="unpack it"):
        load(database, archive)
    archive.write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(Unreadable, match="cannot be read"):
        load(database, archive)


def test_the_published_figures_of_ages_deaths_and_deprivation_are_held_as_published(database, reference_dir):
    data = reference_dir / "data"
    load(database, data / "life-tables" / "nationallifetables3yreng.xlsx")
    load(database, data / "population" / "SAPE21DT6b_ccg_mid2018_syoa.xlsx")
    rates = {(row["period"], row["sex"], row["age"]): row["rate"] for row in rows(database, LifeTable)}
    assert (len(rates), rates["2018-2020", "male", 0], rates["2018-2020", "female", 100]) == (7_878, 0.004253, 0.422514)
    people = {(row["area_code"], row["sex"], row["age"]): row["people"] for row in rows(database, Population)}
    assert (len(people), people["E92000001", "female", 90]) == (39_130, 341_488)
    assert sum(count for (area, _, _), count in people.items() if area == "E92000001") == 55_977_178


def test_an_area_loads_its_own_count_of_all_deaths_by_practice_and_month(known, tmp_path):
    """Nobody publishes it, and without it nothing says how many who died had been found."""
    lines = ["Z99001,2026-03,12", "Z99002,2026-03-01,0", "Z99001,2026-13,4", "Z99001,2026-02,many", "Z99009,2026-03,5"]
    loaded = load(known, written(tmp_path, "deaths.csv", "PRACTICE_CODE,MONTH,DEATHS", *lines))
    assert (loaded.taken, [line for line, _ in loaded.refused]) == (2, [4, 5, 6])
    held = [(row["practice_code"], row["month"], row["deaths"]) for row in rows(known, DeathCount)]
    assert held == [("Z99001", date(2026, 3, 1), 12), ("Z99002", date(2026, 3, 1), 0)]
