import re
from datetime import date

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service import audit, db
from service.config import Settings
from service.db import Database
from service.limits import Limits
from service.reports import evaluation, measure, snapshots, words
from service.reports.report import Asked, Kind
from service.web import pages
from tests.reports.invented import ON, Area
from tests.reports.lives import HOME, HOSPITAL, Said, lived

PAGE = "/reports/identification"


@pytest.fixture
def area(database) -> Area:
    return Area(database)


def client(database, *, caller="127.0.0.1", called="http://localhost:8000", **given) -> TestClient:
    settings = Settings(**given)
    application = Starlette(routes=pages.routes(database, settings, Limits(settings)))
    return TestClient(application, base_url=called, client=(caller, 50_000))


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def audited(database) -> list[tuple[str, int]]:
    with database.reading() as session:
        table = db.table(audit.AuditEvent)
        return [tuple(row) for row in session.execute(sa.select(table.c.action, table.c.outcome).order_by(table.c.pk))]


def test_the_page_has_every_figure_of_the_report(area):
    area.register("Z99001", 5)
    area.register("Z99002", 30)
    area.register("Z99004", 60)
    answer = client(area.database).get(PAGE, params={"on": "2023-03-31"})
    one = measure.named("identification")
    with area.database.reading() as session:
        report = evaluation.evaluate(session, one, Asked(on=ON), Settings())
    text = text_of(answer.text)
    assert answer.status_code == 200
    for row in report.rows:
        _, figure = row.figures
        cells = (words.count(figure.count), words.count(figure.of), words.value(Kind.PROPORTION, figure.value))
        assert f"{row.code} {row.name or row.code} {' '.join(cells)} {words.spread(Kind.PROPORTION, figure)} " in text
    assert words.baseline(report) in text


def test_the_page_is_filtered_by_area(area):
    area.register("Z99001", 50)
    answer = client(area.database).get(PAGE, params=[("on", "2023-03-31"), ("area", "99A"), ("area", "99B")])
    assert "50 of 50,000 (registered list)" in answer.text
    assert "Z99004" not in client(area.database).get(PAGE, params={"on": "2023-03-31", "area": "99A"}).text


def test_a_page_carries_the_id_by_which_it_is_shown_again(area):
    area.register("Z99001", 50)
    asking = client(area.database)
    first = asking.get(PAGE, params={"on": "2023-03-31"}).text
    (snapshot,) = set(re.findall(r"\b[0-9a-f]{20}\b", first))
    area.register("Z99002", 50)
    again = asking.get(f"/reports/snapshot/{snapshot}").text
    assert "50 of 50,000 (registered list)" in again
    assert snapshot in again
    assert asking.get("/reports/snapshot/unknown").status_code == 404
    csv = asking.get(f"/reports/snapshot/{snapshot}?format=csv")
    assert (csv.headers["content-type"], ",50,50000," in csv.text) == ("text/csv; charset=utf-8", True)
    assert asking.get(f"/reports/snapshot/{snapshot}?format=fhir").json()["resourceType"] == "MeasureReport"
    assert asking.get(f"/reports/snapshot/{snapshot}?format=pdf").status_code == 400


def test_what_a_practice_was_told_of_itself_alone_is_on_no_page(area, database):
    area.register("Z99001", 3)
    with database.transaction() as session:
        asked = Asked(on=ON, own="Z99001", months=0)
        made = evaluation.evaluate(session, measure.named("identification"), asked, Settings())
        kept = snapshots.kept(session, made)
    assert client(database).get(f"/reports/snapshot/{kept.snapshot}").status_code == 404


@pytest.mark.parametrize(
    ("query", "words_said"),
    [
        ("on=31.3.2023", "Enter the date of the report as year, month and day"),
        ("on=2023-02-30", "Enter the date of the report as year, month and day"),
        ("area=%3Cscript%3E", "has the code “&lt;script&gt;”"),
        ("source=elsewhere", "The source is one of: register, qof"),
        ("source=qof", "No QOF register is loaded"),
        ("by=%3Cscript%3E", "A report is split by one of:"),
        ("target=101", "Enter the target as a percentage from 0 to 100"),
        ("step=2023-01-01", "A step change has a date and a note"),
        ("step=January&note=x", "Enter the date of the step change"),
        ("colour=red", "This page takes on, area, period, by, source, year, target, step and note, and nothing else"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_page_that_says_so(area, query, words_said):
    answer = client(area.database).get(f"{PAGE}?{query}")
    assert answer.status_code == 400
    assert words_said in answer.text
    assert "<h1>Bad Request</h1>" in answer.text


def test_a_day_without_anyone_is_told_in_words_and_has_no_table(area):
    answer = client(area.database).get(PAGE, params={"on": "2023-03-31"})
    assert "Nobody was counted on 31 March 2023" in answer.text
    assert "<table" not in answer.text


@pytest.mark.parametrize(
    "given",
    [
        {"caller": "192.0.2.7"},
        {"called": "http://attacker.example:8000"},
        {
            "environment": "production",
            "database_url": "postgresql://db/heartsease",
            "base_url": "https://register.example",
            "secret": "s" * 32,
        },
    ],
)
def test_the_page_is_for_this_machine_in_development_only(area, given):
    answer = client(area.database, **given).get(PAGE)
    assert (answer.status_code, "There is no page here" in answer.text) == (404, True)


def test_strangers_who_try_pages_are_slowed_down_and_do_not_fill_the_audit(area):
    web = client(area.database, caller="192.0.2.7", refusals_per_minute=2)
    answers = [web.get(PAGE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429, 429]
    assert answers[2].headers["retry-after"] == "30"
    assert audited(area.database) == [("report", 404), ("report", 404), ("report", 429)]


def test_a_request_that_was_forwarded_from_elsewhere_finds_no_page(area):
    assert client(area.database).get(PAGE, headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404


@pytest.mark.parametrize("called", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost:8000"])
def test_this_machine_may_be_called_by_each_of_its_own_names(area, called):
    assert client(area.database, called=called, caller="::1").get(PAGE).status_code == 200


def test_nothing_may_run_and_nothing_foreign_may_load(area):
    area.register("Z99001", 50)
    answer = client(area.database).get(PAGE, params={"on": "2023-03-31"})
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|style=|onclick|(href|src)=.https?:", answer.text)


def test_tables_have_captions_and_headers_with_a_scope(area):
    area.register("Z99001", 50)
    html = client(area.database).get(PAGE, params={"on": "2023-03-31"}).text
    assert html.count("<caption") == html.count("<table") == 3
    assert all("scope=" in header for header in re.findall(r"<th\b[^>]*>", html))
    assert '<html lang="en-GB">' in html


def test_a_trend_of_several_months_is_drawn_and_described(area):
    area.register("Z99001", 50)
    html = client(area.database).get(PAGE, params={"on": "2023-06-15"}).text
    assert 'role="img" aria-labelledby="identification-trend-title identification-trend-text"' in html
    assert html.count("<polyline") == 1


def test_a_target_and_a_step_change_are_drawn_and_stay_in_the_form(area):
    for month in range(1, 13):
        died_on = date(2022, month, 20)
        lived(area, "Z99001", 20, stays=[(date(2021, 1, 1), None)], said=[Said(date(2021, 2, 1), HOME)],
              died_on=died_on, place=HOME if month > 6 else HOSPITAL)  # fmt: skip
    asked = {"on": "2023-03-31", "target": "75.5", "step": "2022-07-01", "note": "<b>New</b> template"}
    html = client(area.database).get("/reports/place-of-death-recorded-at-death", params=asked).text
    assert "target: 75.5%" in html
    assert 'name="target" inputmode="decimal" value="75.5"' in html
    assert "From 31 July 2022: &lt;b&gt;New&lt;/b&gt; template." in html
    assert "<b>" not in html


def test_the_stylesheet_that_the_page_names_is_there(area):
    answer = client(area.database).get("/static/heartsease.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "/static/heartsease.css" in client(area.database).get(PAGE).text


def test_every_answer_leaves_an_audit_row(area):
    asking = client(area.database)
    asking.get(PAGE)
    asking.get(PAGE, params={"on": "never"})
    asking.get("/reports")
    client(area.database, caller="192.0.2.7").get(PAGE)
    assert audited(area.database) == [("report", 200), ("report", 400), ("report", 200), ("report", 404)]


@pytest.mark.parametrize("caller", ["127.0.0.1", "192.0.2.7"])
def test_a_database_out_of_reach_is_a_page_that_says_so(caller):
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    answer = client(nowhere, caller=caller).get(PAGE)
    nowhere.close()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "<h1>Service Unavailable</h1>" in answer.text


def test_names_from_published_files_cannot_carry_mark_up(area):
    geography = sa.text("UPDATE practice_geography SET practice_name = '<b onclick=x>Surgery</b>'")
    with area.database.transaction() as session:
        session.execute(geography)
    area.register("Z99001", 50)
    html = client(area.database).get(PAGE, params={"on": "2023-03-31"}).text
    assert "<b " not in html
    assert "&lt;b onclick=x&gt;" in html
