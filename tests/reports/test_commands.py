import json

import pytest
from typer.testing import CliRunner

from service import cli, config
from tests.reports.invented import Area
from tests.reports.published import GEOGRAPHY_HEADER, LIST_HEADER, geography_line, list_line, written


@pytest.fixture
def run(database, monkeypatch):
    """Runs a command on the database of the test."""
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(cli.app, list(arguments))
    config.settings.cache_clear()


def test_without_a_name_the_reports_are_listed_with_a_sentence_each(run):
    found = run("report")
    assert (found.exit_code, found.stdout.startswith("identification: How many")) == (0, True)


def test_an_unknown_name_is_refused_with_the_list(run):
    found = run("report", "nothing")
    assert (found.exit_code, "there are: identification" in found.stderr) == (1, True)


def test_the_report_is_printed_as_a_table_as_csv_and_as_json(run, database):
    Area(database).register("Z99001", 50)
    given = ("report", "identification", "--on", "2023-03-31", "--area", "99A")
    assert "50 on the register of 30,000" in run(*given).stdout
    assert run(*given, "--csv").stdout.startswith("on,level,code,name,basis,numerator,denominator")
    assert json.loads(run(*given, "--json").stdout)["rows"][0]["figures"]["numerator"] == 50


def test_csv_and_json_at_once_are_refused(run):
    found = run("report", "identification", "--csv", "--json")
    assert (found.exit_code, found.stdout, found.stderr) == (1, "", "Choose --csv or --json, not both\n")


def test_a_date_that_cannot_be_read_is_refused_in_words(run):
    found = run("report", "identification", "--on", "31.3.2023")
    assert (found.exit_code, "Enter the date of the report" in found.stderr) == (1, True)


def test_files_are_loaded_in_the_order_that_they_need_and_lines_refused_are_named(run, tmp_path):
    sizes = written(tmp_path, "a.csv", LIST_HEADER, list_line("Z99001", 5000), list_line("Z99001", "many"))
    geography = written(tmp_path, "z_2021.csv", GEOGRAPHY_HEADER, geography_line("Z99001"))
    found = run("reference", "load", str(sizes), str(geography))
    assert found.exit_code == 0
    assert "a.csv: list sizes (gp-reg-pat-prac-all): 1 taken, 0 unchanged, 0 passed over, 1 refused" in found.stdout
    assert "line 3: NUMBER_OF_PATIENTS is “many”, not a number of people" in found.stdout


def test_a_foreign_file_is_refused_and_the_others_are_taken(run, tmp_path):
    foreign = written(tmp_path, "foreign.csv", "name,age", "someone,4")
    geography = written(tmp_path, "z_2021.csv", GEOGRAPHY_HEADER, geography_line("Z99001"))
    found = run("reference", "load", str(foreign), str(geography))
    assert (found.exit_code, "foreign.csv is no file that is known here" in found.stderr) == (1, True)
    assert "1 taken" in found.stdout
