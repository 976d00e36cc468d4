"""A report as a FHIR R4 MeasureReport of type summary: one group a row, one a day of the trend.

What R4 has no element for (interval, list, ratio, shortfalls, baseline) stands in extensions of our own. A hidden
figure is absent with the reason `masked`; one that there is none of is left out.
"""

from html import escape
from typing import Any

from service.register import codes
from service.reports import words
from service.reports.disclosure import HIDDEN
from service.reports.report import Figure, Number, Point, Report, Row

Element = dict[str, Any]

POPULATIONS = "http://terminology.hl7.org/CodeSystem/measure-population"
NOTATION = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
MASKED = {"extension": [{"url": codes.DATA_ABSENT, "valueCode": "masked"}]}


def resource(report: Report, *, canonical: str) -> Element:
    made: Element = {
        "resourceType": "MeasureReport",
        "text": {"status": "generated", "div": _narrative(report)},
        "status": "complete",
        "type": "summary",
        "measure": f"{canonical}|{report.version}",
        "period": {"start": report.first.isoformat(), "end": report.on.isoformat()},
        "improvementNotation": {"coding": [{"system": NOTATION, "code": "increase"}]},
    }
    extensions = [*_baseline(report), *_practice_not_known(report)]
    if extensions:
        made["extension"] = extensions
    groups = [group for row in report.rows for group in _groups(report, row)]
    groups += [group for point in report.trend for group in _points(point)]
    return {**made, "group": groups} if groups else made


def _narrative(report: Report) -> str:
    said = [report.title, words.headline(report), words.baseline(report), *report.notes]
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in said if each)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'


def _baseline(report: Report) -> list[Element]:
    if report.baseline is None:
        return []
    told = [_number("rate", report.baseline.rate), {"url": "source", "valueString": report.baseline.source}]
    return [{"url": f"{codes.BASE}/StructureDefinition/measure-baseline", "extension": told}]


def _practice_not_known(report: Report) -> list[Element]:
    url = f"{codes.BASE}/StructureDefinition/practice-not-known"
    return [] if report.practice_not_known is None else [_number(url, report.practice_not_known)]


def _groups(report: Report, row: Row) -> list[Element]:
    """One group for each part that is a share."""
    level = {"system": f"{codes.BASE}/CodeSystem/report-level", "code": row.level.value}
    place = [{"system": codes.ODS_ORGANISATION, "code": row.code}] if row.code else []
    code = {"coding": [level, *place], "text": words.named(row) or row.code}
    return [_figured(code, figure, []) for figure in row.figures if figure.of is not None]


def _points(point: Point) -> list[Element]:
    level = {"system": f"{codes.BASE}/CodeSystem/report-level", "code": "trend"}
    on = {"url": "on", "valueDate": point.last.isoformat()}
    code = {"coding": [level], "text": f"All on {words.day(point.last)}"}
    return [_figured(code, figure, [on]) for figure in point.figures if figure.of is not None]


def _figured(code: Element, figure: Figure, more: list[Element]) -> Element:
    group: Element = {
        "extension": [_extension(figure, more)],
        "code": code,
        "population": [
            _population("initial-population", figure.of),
            _population("denominator", figure.of),
            _population("numerator", figure.count),
        ],
    }
    if figure.value is HIDDEN:
        return {**group, "measureScore": {"_value": MASKED}}
    return group if figure.value is None else {**group, "measureScore": {"value": figure.value}}


def _population(code: str, count: Number) -> Element:
    population: Element = {"code": {"coding": [{"system": POPULATIONS, "code": code}]}}
    if count is HIDDEN:
        return {**population, "_count": MASKED}
    return population if count is None else {**population, "count": count}


def _extension(figure: Figure, more: list[Element]) -> Element:
    told = [
        {"url": "part", "valueCode": figure.part},
        _number("low", figure.low),
        _number("high", figure.high),
        *(_number(code, number) for code, number in figure.more),
    ]
    return {
        "url": f"{codes.BASE}/StructureDefinition/report-figures",
        "extension": [*more, *(each for each in told if len(each) > 1)],
    }


def _number(url: str, number: Number) -> Element:
    """An extension with this number, masked where it is hidden, without a value where there is none."""
    if number is HIDDEN:
        return {"url": url, **MASKED}
    return {"url": url} if number is None else {"url": url, "valueDecimal": number}
