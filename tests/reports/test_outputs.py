"""The table, CSV, JSON, MeasureReport and page print one report: here the four are read back and compared."""

import csv
import io
import json
import re

import pytest
from fhir.resources.R4B.measurereport import MeasureReport
from rich.console import Console

from service.config import Settings
from service.reports import measure, measure_report, outputs, words
from service.reports.disclosure import HIDDEN
from service.reports.measure import Asked, Report
from tests.reports.invented import ON, Area

CANONICAL = "https://heartsease.example/fhir/Measure/register-prevalence"


@pytest.fixture
def report(area: Area) -> Report:
    """A report with shown, zero and hidden counts, a trend, and someone whose practice is not known."""
    area.register("Z99001", 5)
    area.register("Z99002", 30)
    area.register("Z99004", 60)
    area.register("", 9, spells=[])
    with area.database.reading() as session:
        return measure.named("identification").evaluate(session, Asked(on=ON, months=2), Settings())


def csv_lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outputs.as_csv(report))))


def shown(report: Report) -> str:
    console = Console(width=300, file=io.StringIO(), record=True)
    outputs.show(report, console)
    return console.export_text()


def test_json_has_every_figure_of_the_report(report):
    read = json.loads(outputs.as_json(report))
    for row, found in zip(report.rows, read["rows"], strict=True):
        for name in outputs.FIGURES:
            value = getattr(row.figures, name)
            assert found["figures"][name] == ("*" if value is HIDDEN else value)
    assert read["practice_not_known"] == 9
    assert read["on"] == "2023-03-31"


def test_csv_has_every_figure_of_the_report(report):
    lines = [line for line in csv_lines(report) if line["level"] in ("all", "sub-icb", "pcn", "practice")]
    for row, found in zip(report.rows, lines, strict=True):
        for name in outputs.FIGURES:
            value = getattr(row.figures, name)
            if isinstance(value, int | float):
                assert float(found[name]) == value
            else:
                assert found[name] == ("" if value is None else str(value))


def test_csv_has_the_trend_the_baseline_and_its_source_too(report):
    lines = csv_lines(report)
    assert [line["on"] for line in lines if line["level"] == "trend"] == ["2023-01-31", "2023-02-28", "2023-03-31"][2:]
    [baseline] = [line for line in lines if line["level"] == "baseline"]
    assert baseline["rate"] == "0.002"
    assert "rounded" in baseline["name"]


def test_csv_runs_nothing_in_a_spreadsheet(area):
    assert outputs._cell("=1+1") == "'=1+1"
    assert outputs._cell("Surgery") == "Surgery"


def test_the_table_has_every_figure_as_people_write_it(report):
    text = shown(report)
    for row in report.rows:
        [line] = [line for line in text.splitlines() if re.search(rf"(^| ){row.code or 'All practices'} ", line)]
        for cell in words.cells(row.figures):
            assert cell in line


def test_the_table_names_the_list_the_baseline_and_what_is_hidden(report):
    text = shown(report)
    assert "95 on the register of 50,000 on the lists of 5 practices (2023-03-01): 0.190%" in text
    assert "Baseline: 0.2% of the registered list, rounded as published, so without an interval. Source: Stoke" in text
    assert "* hides 1 to 7 people" in text
    assert "Practice not known: 9." in text
    assert "Practices under the baseline: 2 of the 3 whose share is shown." in text


def test_the_measure_report_has_every_figure_of_the_report(report):
    made = measure_report.resource(report, canonical=CANONICAL)
    for row, group in zip(report.rows, made["group"], strict=False):
        counts = {each["code"]["coding"][0]["code"]: each for each in group["population"]}
        assert counts["denominator"]["count"] == row.figures.denominator
        told = {each["url"]: each for each in group["extension"][0]["extension"]}
        if row.figures.numerator is HIDDEN:
            assert "count" not in counts["numerator"]
            assert counts["numerator"]["_count"]["extension"][0]["valueCode"] == "masked"
            assert group["measureScore"]["_value"]["extension"][0]["valueCode"] == "masked"
            assert "valueDecimal" not in told["low"]
        else:
            assert counts["numerator"]["count"] == row.figures.numerator
            assert group["measureScore"]["value"] == row.figures.rate
            names = ("low", "high", "ratioToBaseline", "shortOfHalfPercent", "shortOfExpected")
            figures = [row.figures.low, row.figures.high, row.figures.ratio]
            figures += [row.figures.short_of_half_percent, row.figures.short_of_expected]
            assert [told[name]["valueDecimal"] for name in names] == figures


def test_the_measure_report_is_valid_r4(report):
    made = measure_report.resource(report, canonical=CANONICAL)
    judged = MeasureReport.model_validate(made)
    assert (judged.status, judged.type, judged.measure) == ("complete", "summary", CANONICAL)
    assert len(judged.group) == len(report.rows) + len(report.trend)


def test_the_measure_report_of_a_day_without_anyone_has_no_group_and_says_so(area):
    with area.database.reading() as session:
        made = measure_report.measure_report(session, on=ON, settings=Settings())
    assert "group" not in made
    assert "Nobody was on the register on 31 March 2023." in made["text"]["div"]
    MeasureReport.model_validate(made)


def test_no_hidden_count_leaves_in_any_output(area):
    area.register("Z99001", 6)
    with area.database.reading() as session:
        made = measure.named("identification").evaluate(session, Asked(on=ON, months=0), Settings())
    resource = json.dumps(measure_report.resource(made, canonical=CANONICAL))
    for text in (outputs.as_csv(made), outputs.as_json(made), shown(made), resource):
        assert not re.search(r"(?<![\d.])6(?![\d.%])", text)
        assert "0.0006" not in text
        assert "0.060%" not in text
