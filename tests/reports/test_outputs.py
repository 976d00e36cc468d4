"""The table, CSV, JSON and MeasureReport print one report: here the four are read back and compared with it."""

import csv
import io
import json
import re
from datetime import date

import pytest
from fhir.resources.R4B.measurereport import MeasureReport
from rich.console import Console

from service.reports import measure_report, outputs, words
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Figure, Kind, Report
from tests.reports import reading
from tests.reports.invented import ON, Area
from tests.reports.lives import HOME, HOSPITAL, Said, lived
from tests.reports.test_snapshots import REPORT as INVENTED

CANONICAL = "https://heartsease.example/fhir/Measure/invented"


@pytest.fixture(params=["stock", "split", "deaths", "days", "invented"])
def report(area: Area, request: pytest.FixtureRequest) -> Report:
    """A stock, the same by sex, deaths, days, and figures that no measure has together; all with hidden ones."""
    if request.param == "invented":
        return INVENTED
    if request.param in ("deaths", "days"):
        _died(area)
        name = "place-of-death-achieved" if request.param == "deaths" else "time-on-register"
        return reading.report(area.database, name, on=ON)
    for practice, people in (("Z99001", 5), ("Z99002", 30), ("Z99004", 60)):
        area.register(practice, people)
    area.register("", 9, spells=[])
    by = "sex" if request.param == "split" else ""
    return reading.report(area.database, "identification", on=ON, months=2, by=by)


def _died(area: Area) -> None:
    wished = [Said(date(2022, 6, 1), HOME)]
    for practice, people, place in (("Z99001", 40, HOME), ("Z99002", 12, HOSPITAL), ("Z99004", 3, HOME)):
        lived(area, practice, people, said=wished, died_on=date(2023, 3, 20), place=place)


def every_figure(report: Report) -> list[tuple[tuple[str, ...], Figure]]:
    """Where a figure stands (level, place, basis, group; or the days of a trend), and the figure, if any was told."""
    rows = [((row.level.value, row.code, row.basis, row.group), each) for row in report.rows for each in row.figures]
    points = [
        (("trend", point.first.isoformat(), point.last.isoformat()), each)
        for point in report.trend
        for each in point.figures
    ]
    return [(where, each) for where, each in rows + points if words.is_told(each)]


def csv_lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outputs.as_csv(report))))


def shown(report: Report) -> str:
    console = Console(width=300, file=io.StringIO(), record=True, markup=False)
    outputs.show(report, console)
    return console.export_text()


def resource(report: Report, **told) -> dict:
    return measure_report.resource(report, canonical=CANONICAL, **told)


@reading.ON_SQLITE
def test_json_has_every_figure_of_the_report(report):
    read = json.loads(outputs.as_json(report))
    found = [figure for told in (*read["rows"], *read["trend"]) for figure in told["figures"]]
    figures = [figure for told in (*report.rows, *report.trend) for figure in told.figures]
    for figure, one in zip(figures, found, strict=True):
        values = {name: getattr(figure, name) for name in outputs.FIGURES} | dict(figure.more)
        assert {name: "*" if value is HIDDEN else value for name, value in values.items()} == {
            name: one[name] for name in outputs.FIGURES
        } | dict(one["more"])
    assert (read["snapshot"], read["notes"]) == (report.snapshot, list(report.notes))


@reading.ON_SQLITE
def test_csv_has_every_figure_of_the_report(report):
    read = {}
    for line in csv_lines(report):
        if line["part"]:
            place = (line["level"], line["code"], line["basis"], line["group"])
            where = ("trend", line["first"], line["on"]) if line["level"] == "trend" else place
            read[where, line["part"]] = line
    figures = every_figure(report)
    assert len(read) == len(figures)
    for where, figure in figures:
        line = read[where, figure.part]
        for name, value in [*((name, getattr(figure, name)) for name in outputs.FIGURES), *figure.more]:
            if isinstance(value, int | float):
                assert float(line[name]) == value
            else:
                assert line[name] == ("" if value is None else str(value))


@reading.ON_SQLITE
def test_the_table_has_every_figure_as_people_write_it(report):
    lines = [re.sub(r"\s+", " ", line).strip() for line in shown(report).splitlines()]
    for part in words.tabulated(report):
        for row in report.rows:
            figure = words.figure_of(row.figures, part)
            if words.is_told(figure):
                place = (words.LEVELS[row.level], row.code, words.named(row))
                assert " ".join([each for each in (*place, *words.cells(report, part, figure)) if each]) in lines
        for point in report.trend if part.trend else ():
            figure = words.figure_of(point.figures, part)
            if words.is_told(figure):
                cells = (words.stretch(point.first, point.last), *words.cells(report, part, figure))
                assert " ".join(cells) in lines


@reading.ON_SQLITE
def test_the_measure_report_has_every_figure_of_the_report(report):
    made = resource(report)
    kinds = {part.code: part.kind for part in report.parts}
    for where, figure in every_figure(report):
        told = _told(made, report, where, figure.part)
        counts = {one["code"]["coding"][0]["code"]: one for one in told["population"]}
        role = {Kind.COUNT: "initial-population", Kind.DAYS: "measure-population"}.get(kinds[figure.part], "numerator")
        _is(figure.count, counts[role], "count")
        if role == "numerator":
            _is(figure.of, counts["denominator"], "count")
        _is(figure.value, told.get("measureScore", {}), "value")
        beside = {
            one["extension"][0]["valueCode"]: one["extension"][1]
            for one in told.get("extension", ())
            if one["url"].endswith("measure-figure")
        }
        for name, value in (("low", figure.low), ("high", figure.high), *figure.more):
            _is(value, beside.get(name, {}), "valueDecimal")


def _is(value, element: dict, name: str) -> None:
    if value is HIDDEN:
        assert name not in element
        masked = element.get(f"_{name}", element)["extension"]
        assert [one["valueCode"] for one in masked] == ["masked"]
    else:
        assert element.get(name) == value


def _told(made: dict, report: Report, where: tuple[str, ...], part: str) -> dict:
    """The group itself tells of the first row, one of its strata of every other."""
    [group] = [one for one in made["group"] if one["id"] == part]
    first = report.rows[0]
    if where == (first.level.value, first.code, first.basis, "") and not first.group:
        return group
    [stratum] = [
        stratum
        for stratifier in group["stratifier"]
        for stratum in stratifier["stratum"]
        if _where(stratifier, stratum) == (where if where[0] == "trend" else (where[0], where[1], where[3]))
    ]
    return stratum


def _where(stratifier: dict, stratum: dict) -> tuple[str, ...]:
    levels = [one["coding"][0]["code"] for one in stratifier["code"] if "report-level" in one["coding"][0]["system"]]
    if levels == ["trend"]:
        [period] = [one["valuePeriod"] for one in stratum["extension"] if one["url"].endswith("measure-period")]
        return ("trend", period["start"], period["end"])
    values = [one["value"] for one in stratum.get("component", ())] or [stratum["value"]]
    code = values[0]["coding"][0]["code"] if "coding" in values[0] else ""
    is_split = any("report-split" in str(one) for one in stratifier["code"])
    return (levels[0] if levels else "all", code, values[-1]["text"] if is_split else "")


@reading.ON_SQLITE
def test_the_measure_report_is_valid_r4_and_says_what_it_was_made_by(report):
    made = resource(report)
    judged = MeasureReport.model_validate(made)
    assert (judged.status, judged.type, judged.measure) == ("complete", "summary", f"{CANONICAL}|{report.version}")
    assert (judged.period.start, judged.period.end) == (report.first, report.on)
    assert report.profile in made["text"]["div"]


@reading.ON_SQLITE
def test_a_list_of_people_names_each_in_a_report_of_their_own(area):
    area.register("Z99001", 3)
    report = reading.report(area.database, "identification", on=ON, months=0, own="Z99001")
    made = resource(report, subjects={"on-register": ["p1", "p2", "p3"]}, reporter="Z99001")
    MeasureReport.model_validate(made)
    assert (made["type"], made["reporter"]["identifier"]["value"]) == ("subject-list", "Z99001")
    [numerator] = [
        one for group in made["group"] for one in group["population"] if one.get("subjectResults") and one["count"]
    ]
    contained = {f"#{one['id']}": one for one in made["contained"]}
    people = [
        contained[one["item"]["reference"]] for one in contained[numerator["subjectResults"]["reference"]]["entry"]
    ]
    assert [one["subject"]["reference"] for one in people] == ["Patient/p1", "Patient/p2", "Patient/p3"]
    assert {one["type"] for one in people} == {"individual"}


@reading.ON_SQLITE
def test_the_words_that_belong_to_a_report_stand_in_each_output(area):
    area.register("Z99001", 5)
    area.register("Z99002", 30)
    area.register("", 9, spells=[])
    report = reading.report(area.database, "identification", on=ON, months=0, profile="under-5")
    table, narrative = shown(report), resource(report)["text"]["div"]
    notes = [line["name"] for line in csv_lines(report) if line["level"] == "note"]
    for words_said in (*report.notes, *words.origin(report)):
        assert words_said in notes
        assert words_said in table
        assert words_said.replace("'", "&#x27;") in narrative
    assert "On the register: 35 of 50,000 (registered list): 0.070% (95% interval 0.050% to 0.097%)." in table
    assert "Baseline: 0.2% of the registered list, rounded as published, so without an interval. Source: Stoke" in table
    assert "Practices under the baseline: 4 of the 5 whose share is shown." in table
    assert [line["value"] for line in csv_lines(report) if line["level"] == "baseline"] == ["0.002"]
    assert [line["count"] for line in csv_lines(report) if line["level"] == "practice not known"] == ["9"]


@reading.ON_SQLITE
def test_a_day_without_anyone_has_no_group_and_says_so(area):
    report = reading.report(area.database, "identification", on=ON)
    made = resource(report)
    assert "group" not in made
    for told in (made["text"]["div"], shown(report), outputs.as_csv(report)):
        assert "Nobody was counted on 31 March 2023" in told
    MeasureReport.model_validate(made)


def test_csv_has_small_shares_in_digits_and_runs_nothing_in_a_spreadsheet():
    assert str(outputs._cell(0.00001)) == "0.00001"
    row = INVENTED.rows[0].__class__(INVENTED.rows[0].level, "", "=1+1", INVENTED.rows[0].figures)
    text = outputs.as_csv(Report(**{**{name: getattr(INVENTED, name) for name in Report.__slots__}, "rows": (row,)}))
    assert ",'=1+1," in text


@reading.ON_SQLITE
def test_no_hidden_count_leaves_in_any_output(area):
    area.register("Z99001", 6)
    report = reading.report(area.database, "identification", on=ON, months=0)
    for text in (outputs.as_csv(report), outputs.as_json(report), shown(report), json.dumps(resource(report))):
        assert not re.search(r"(?<![\d.])6(?![\d.%])", text)
        assert "0.0006" not in text
        assert "0.060%" not in text
