import re
from datetime import date
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from service import cli, config
from service.reports import measure
from tests.reports import reading
from tests.reports.lives import HOME, HOSPITAL, Said, lived
from tests.web.test_pages import area as area
from tests.web.test_pages import audited, client, text_of

DIED_ON = date(2023, 3, 20)
PAGE = "/reports/area?on=2023-03-31"


@pytest.fixture
def lives(area):
    area.register("Z99001", 60)
    for practice in ("Z99001", "Z99004"):
        said = [Said(date(2023, 1, 5), HOME)]
        lived(area, practice, 20, said=said, died_on=DIED_ON, place=HOME)
        lived(area, practice, 10, said=said, died_on=DIED_ON, place=HOSPITAL)
    return area


@reading.ON_SQLITE
def test_the_area_report_has_the_card_every_measure_and_the_id_of_each(lives):
    answer = client(lives.database).get(PAGE)
    text = text_of(answer.text)
    assert answer.status_code == 200
    assert "Baseline: 0.2%" in text
    measures = [one for one in measure.all_measures().values() if one.name != "equity"]
    assert all(one.title in text.replace("&#39;", "'") for one in measures)
    assert len(set(re.findall(r"Snapshot ([0-9a-f]{20})", text))) >= len(measures)
    assert audited(lives.database)[-1] == ("report", 200)


@reading.ON_SQLITE
def test_what_holds_of_every_measure_and_the_details_of_areas_are_told_once(lives):
    """A board is to read it: the page of each measure has every part of every area."""
    text = text_of(client(lives.database).get(PAGE).text)
    assert text.count("Counts are rounded to the nearest 5") == 1
    tables = text.split("All parts of all together, and the main ones by area")
    achieved = next(each for each in tables if "Nothing recorded" in each and "Died in neither" in each)
    assert achieved.count("Died in neither") == 1


@reading.ON_SQLITE
def test_headings_of_the_area_report_go_down_one_level_at_a_time_and_ids_are_there_once(lives):
    html = client(lives.database).get(PAGE).text
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = {name for each in re.findall(r'aria-labelledby="([^"]+)"', html) for name in each.split()}
    assert named <= set(ids)


@reading.ON_SQLITE
def test_what_the_area_report_is_not_asked_for_is_refused(area):
    answer = client(area.database).get("/reports/area?by=sex")
    assert (answer.status_code, "This page takes on, area and period" in answer.text) == (400, True)


@pytest.fixture
def run(database, monkeypatch):
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(cli.app, list(arguments))
    config.settings.cache_clear()


@reading.ON_SQLITE
def test_the_file_stands_alone_and_nothing_in_it_runs_or_loads(run, lives, tmp_path):
    file = tmp_path / "area.html"
    found = run("report", "area", "--html", str(file), "--on", "2023-03-31", "--area", "99A")
    html = file.read_text(encoding="utf-8")
    assert (found.exit_code, "of 99A" in found.stdout) == (0, True)
    assert "<style>" in html
    assert not re.search(r"<script|<link|<form|<img|style=|@import|url\(|(href|src)=\"(?!#)", html)
    assert "default-src 'none'" in html
    assert audited(lives.database) == [("report", 200)]


@reading.ON_SQLITE
def test_a_file_that_cannot_be_written_is_a_sentence(run, area, tmp_path):
    found = run("report", "area", "--html", str(tmp_path / "nowhere" / "area.html"))
    assert (found.exit_code, "cannot be written: choose a file" in found.stderr) == (1, True)
