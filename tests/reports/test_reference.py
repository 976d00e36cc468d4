from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import db
from service.db import Database
from service.errors import Unreadable
from service.register.organisations import ListSize, Practice, PracticeGeography, QofRegister
from service.reports import reference
from service.reports.reference import Loaded
from service.reports.reference_format import all_formats
from tests.reports.published import (
    GEOGRAPHY_HEADER,
    LIST_HEADER,
    NEW_LIST_HEADER,
    geography_line,
    list_line,
    ods_line,
    written,
)

QOF_HEADER = "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE"


def load(database: Database, path: Path, year: str = "") -> Loaded:
    with database.transaction() as session:
        return reference.load(session, path, year=year)


def rows(database: Database, model: type) -> list[dict]:
    with database.reading() as session:
        return [dict(row) for row in session.execute(sa.select(db.table(model))).mappings()]


@pytest.fixture
def known(database: Database, tmp_path: Path) -> Database:
    """A database that knows the practices Z99001 and Z99002."""
    lines = [geography_line("Z99001"), geography_line("Z99002")]
    load(database, written(tmp_path, "geo_2021.csv", GEOGRAPHY_HEADER, *lines))
    return database


@pytest.mark.parametrize("header", [LIST_HEADER, NEW_LIST_HEADER])
@pytest.mark.parametrize("day", ["01JAN2021", "01Jan2021", "2021-01-01"])
def test_a_list_size_file_is_recognised_by_its_header_in_every_date_style(known, tmp_path, header, day):
    loaded = load(known, written(tmp_path, "anything.txt", header, list_line("Z99001", 5000, day)))
    assert (loaded.taken, loaded.refused) == (1, ())
    [row] = rows(known, ListSize)
    assert (row["practice_code"], row["on"], row["patients"]) == ("Z99001", date(2021, 1, 1), 5000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_that_was_ever_published_is_read(database, tmp_path, encoding):
    line = geography_line("Z99001", name="Café Surgery")
    load(database, written(tmp_path, "geo_2021.csv", GEOGRAPHY_HEADER, line, encoding=encoding, end="\r\n"))
    assert rows(database, PracticeGeography)[0]["practice_name"] == "Café Surgery"


def test_loading_the_same_file_twice_changes_nothing(known, tmp_path):
    path = written(tmp_path, "list.csv", LIST_HEADER, list_line("Z99001", 5000), list_line("Z99002", 84))
    load(known, path)
    before = rows(known, ListSize)
    again = load(known, path)
    assert (again.taken, again.unchanged) == (0, 2)
    assert rows(known, ListSize) == before


def test_a_corrected_figure_replaces_the_earlier_one(known, tmp_path):
    load(known, written(tmp_path, "list.csv", LIST_HEADER, list_line("Z99001", 5000)))
    again = load(known, written(tmp_path, "list_v2.csv", LIST_HEADER, list_line("Z99001", 5001)))
    assert (again.taken, again.unchanged) == (1, 0)
    assert [row["patients"] for row in rows(known, ListSize)] == [5001]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (list_line("Z99001", -5), "NUMBER_OF_PATIENTS is “-5”"),
        (list_line("Z99001", "many"), "NUMBER_OF_PATIENTS is “many”"),
        (list_line("Z99001", ""), "NUMBER_OF_PATIENTS is empty"),
        (list_line("Z99001", "٣"), "not a number of people"),
        (list_line("Z99001", 5000, "31/12/2021"), "EXTRACT_DATE is “31/12/2021”"),
        (list_line("99001", 5000), "is not a practice code"),
        (list_line("Z99999", 5000), "No practice Z99999 is known"),
        (list_line("Z99002", 5000), "An earlier line of this file says this already"),
        (list_line("Z99001", 5000).replace("ALL,ALL", "MALE,ALL"), "SEX and AGE must be ALL"),
        ("GP_PRAC_PAT_LIST,01JAN2021,GP,99A", "4 columns, not 10"),
        ('GP_PRAC_PAT_LIST,"01JAN2021,GP,99A', "a quotation mark is not closed"),
    ],
)
def test_a_bad_line_is_refused_by_its_number_and_the_rest_is_taken(known, tmp_path, line, reason):
    path = written(tmp_path, "list.csv", LIST_HEADER, list_line("Z99002", 84), line, "", list_line("Z99001", 5000))
    loaded = load(known, path)
    [(number, said)] = loaded.refused
    assert number == 3
    assert reason in said
    assert len(rows(known, ListSize)) == loaded.taken == 2


@pytest.mark.parametrize("content", [b"", b"name,age\nsomeone,4\n", b"%PDF-1.7\x81\n", b"\x00\x01\x02", b"{}"])
def test_a_foreign_file_is_refused_whole_and_says_what_is_known(database, tmp_path, content):
    path = tmp_path / "gp-reg-pat-prac-all.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"known|not text"):
        load(database, path)


def test_a_file_that_is_not_there_is_refused_by_its_name(database, tmp_path):
    with pytest.raises(Unreadable, match=r"gone\.csv cannot be read"):
        load(database, tmp_path / "gone.csv")


def test_only_active_practices_are_taken_from_the_ods_file(database, tmp_path):
    lines = [
        ods_line("Z99001"),
        ods_line("Z99002", status="C", closed="20200101"),
        ods_line("Z99003", setting="13"),
    ]
    loaded = load(database, written(tmp_path, "ods.csv", *lines))
    assert (loaded.taken, loaded.passed_over, loaded.refused) == (1, 2, ())
    assert [row["code"] for row in rows(database, Practice)] == ["Z99001"]


def test_a_practice_that_is_held_is_closed_by_a_newer_ods_file_and_not_reopened_by_an_older_one(database, tmp_path):
    older = written(tmp_path, "older.csv", ods_line("Z99001"))
    newer = written(tmp_path, "newer.csv", ods_line("Z99001", status="C", closed="20230331"))
    load(database, older)
    load(database, newer)
    assert load(database, older).taken == 0
    [row] = rows(database, Practice)
    assert (row["status"], row["closed_on"]) == ("C", date(2023, 3, 31))


def test_a_truncated_ods_line_is_refused(database, tmp_path):
    loaded = load(database, written(tmp_path, "ods.csv", ods_line("Z99001"), ods_line("Z99002")[:60]))
    assert [number for number, _ in loaded.refused] == [2]
    assert loaded.taken == 1


def test_a_register_that_was_not_returned_is_kept_as_nothing_and_not_as_zero(known, tmp_path):
    lines = ["Z99001,PC,,TOTAL,2231", "Z99002,PC,0,TOTAL,4000"]
    load(known, written(tmp_path, "PREVALENCE_2021_v2.csv", QOF_HEADER, *lines))
    registers = {row["practice_code"]: (row["year"], row["on_register"]) for row in rows(known, QofRegister)}
    assert registers == {"Z99001": ("2020-21", None), "Z99002": ("2020-21", 0)}


def test_a_year_that_is_given_overrides_the_one_in_the_name(known, tmp_path):
    load(known, written(tmp_path, "PREVALENCE_2021.csv", QOF_HEADER, "Z99001,PC,3,TOTAL,100"), year="2017-18")
    assert rows(known, QofRegister)[0]["year"] == "2017-18"


@pytest.mark.parametrize(("name", "year"), [("register.csv", ""), ("register_2123.csv", ""), ("r_2021.csv", "2021")])
def test_a_file_without_a_year_is_refused_and_says_how_to_give_one(known, tmp_path, name, year):
    with pytest.raises(Unreadable, match="2020-21"):
        load(known, written(tmp_path, name, QOF_HEADER, "Z99001,PC,3,TOTAL,100"), year=year)


def test_files_that_make_practices_known_are_loaded_first(tmp_path):
    sizes = written(tmp_path, "a.csv", LIST_HEADER, list_line("Z99001", 5000))
    foreign = written(tmp_path, "b.csv", "name,age")
    geography = written(tmp_path, "z_2021.csv", GEOGRAPHY_HEADER, geography_line("Z99001"))
    assert reference.in_loading_order([sizes, foreign, geography]) == [geography, sizes, foreign]


def test_every_published_file_is_taken_whole_by_one_format_and_a_second_time_changes_nothing(database, reference_dir):
    names = ["list-size/gp-reg-pat-prac-*.csv", "qof/PREVALENCE_*", "qof/ORGANISATION_*", "qof/MAPPING_NHS_*"]
    names += ["ods/epraccur_*.csv", "deprivation/*.csv", "life-tables/*.xlsx", "population/*.xlsx"]
    paths = reference.in_loading_order(path for name in names for path in sorted((reference_dir / "data").glob(name)))
    first = [load(database, path) for path in paths]
    assert [loaded.source for loaded in first if loaded.refused or not loaded.taken] == []
    not_here = {"lists by single year of age", "lists by five-year age band", "all deaths by practice and month"}
    kinds = {form.name for form in all_formats() if form.name.split(" (")[0] not in not_here}
    assert {loaded.kind for loaded in first} == kinds
    second = [load(database, path) for path in paths]
    assert [loaded.source for loaded in second if loaded.taken or loaded.refused] == []


def test_no_other_published_file_is_mistaken_for_one_that_is_known(database, reference_dir):
    names = ["ods/epcmem_2019-10.csv", "ods/etr_2022-03.csv", "qof/MAPPING_INDICATORS_1920.csv"]
    names += ["qof/INDICATOR_MAPPINGS_1819_v2.csv", "mapping/practice_pcn_subicb_icb.csv", "ods/ePCN_2019-12.xlsx"]
    names += ["deaths/deaths-2021-registrations_week01.csv"]
    for name in names:
        with pytest.raises(Unreadable, match="is no file that is known here"):
            load(database, reference_dir / "data" / name)


def test_a_last_line_that_was_cut_off_is_refused_and_changes_nothing(known, tmp_path):
    path = written(tmp_path, "lists.csv", LIST_HEADER, list_line("Z99001", 10339))
    load(known, path)
    path.write_bytes(path.read_bytes().rstrip()[:-1])
    cut = load(known, path)
    assert [line for line, _ in cut.refused] == [2]
    assert [row["patients"] for row in rows(known, ListSize)] == [10339]
