import json
from datetime import date

import pytest
from typer.testing import CliRunner

from service import cli, config
from service.reports import measure
from tests.reports.invented import Area
from tests.reports.lives import lived
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
    assert (found.exit_code, found.stdout.startswith("M1  identification: How many")) == (0, True)
    assert [line.split()[1] for line in found.stdout.splitlines()] == [f"{name}:" for name in measure.all_measures()]


@pytest.mark.parametrize("name", measure.all_measures())
def test_a_report_is_explained_without_a_database(name):
    found = CliRunner().invoke(cli.app, ["report", name, "--explain"])
    one, said = measure.named(name), " ".join(found.stdout.split())
    for words in (one.title, one.attribution, *one.exclusions, *one.notes, *(part.title for part in one.parts)):
        assert " ".join(words.split()) in said


def test_an_unknown_name_is_refused_with_the_list(run):
    found = run("report", "nothing")
    assert (found.exit_code, "there are: identification" in found.stderr) == (1, True)


def test_the_report_is_printed_as_a_table_as_csv_and_as_json(run, database):
    Area(database).register("Z99001", 50)
    given = ("report", "identification", "--on", "2023-03-31", "--area", "99A")
    assert "On the register: 50 of 30,000 (registered list): 0.167%" in run(*given).stdout
    assert "practice,Z99001,Surgery Z99001,,,on-register,On the register,50,10000,0.005," in run(*given, "--csv").stdout
    assert json.loads(run(*given, "--json").stdout)["rows"][0]["figures"][1]["count"] == 50
    assert json.loads(run(*given, "--fhir").stdout)["resourceType"] == "MeasureReport"


def test_a_report_is_printed_again_as_it_left_though_the_register_has_changed(run, database):
    area = Area(database)
    area.register("Z99001", 50)
    given = ("--on", "2023-03-31")
    first = run("report", "identification", *given, "--json").stdout
    snapshot = json.loads(first)["snapshot"]
    area.register("Z99001", 10)
    assert json.loads(run("report", "identification", *given, "--json").stdout)["snapshot"] != snapshot
    assert run("report", "--snapshot", snapshot, "--json").stdout == first
    for printed in ("--csv", "--fhir"):
        assert snapshot in run("report", "--snapshot", snapshot, printed).stdout
    unknown = run("report", "--snapshot", "0" * 20)
    assert (unknown.exit_code, "There is no report with this id" in unknown.stderr) == (1, True)


def test_a_report_of_deaths_is_asked_for_by_period_and_one_of_a_day_is_not(run, database):
    lived(Area(database), "Z99001", 20, died_on=date(2023, 3, 20))
    asked = ("report", "place-of-death-achieved", "--on", "2023-03-31", "--json")
    assert json.loads(run(*asked, "--period", "month").stdout)["first"] == "2023-03-01"
    assert json.loads(run(*asked, "--period", "three-years").stdout)["first"] == "2020-04-01"
    refused = run("report", "identification", "--period", "month")
    assert (refused.exit_code, "give a date, and no period" in refused.stderr) == (1, True)


def test_a_practice_sees_its_own_figures_whole_and_they_are_split(run, database):
    Area(database).register("Z99001", 3)
    asked = ("report", "identification", "--on", "2023-03-31", "--own", "Z99001", "--json")
    [row] = json.loads(run(*asked).stdout)["rows"]
    assert (row["code"], row["figures"][1]["count"]) == ("Z99001", 3)
    groups = json.loads(run(*asked, "--by", "sex").stdout)["rows"]
    assert sum(figure["count"] for row in groups for figure in row["figures"] if figure["part"] == "on-register") == 3


@pytest.mark.parametrize("both", [("--csv", "--json"), ("--json", "--fhir")])
def test_two_formats_at_once_are_refused(run, both):
    found = run("report", "identification", *both)
    assert (found.exit_code, found.stdout, found.stderr) == (1, "", "Choose one of --csv, --json and --fhir\n")


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
