"""A report as a FHIR R4 MeasureReport of type summary: one group a row, one a day of the trend.

What R4 has no element for (interval, list, ratio, shortfalls, baseline) stands in extensions of our own. A hidden
figure is absent with the reason `masked`; one that there is none of is left out.
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

from sqlmodel import Session

from service.config import Settings
from service.register import codes
from service.reports import words
from service.reports.disclosure import HIDDEN
from service.reports.measure import Asked, Figures, Number, Point, Report, Row, named

Element = dict[str, Any]

POPULATIONS = "http://terminology.hl7.org/CodeSystem/measure-population"
NOTATION = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
MASKED = {"extension": [{"url": codes.DATA_ABSENT, "valueCode": "masked"}]}


def measure_report(session: Session, *, on: date | None, settings: Settings, areas: Sequence[str] = ()) -> Element:
    """`Measure/register-prevalence/$evaluate-measure`: the report on a day (`periodEnd`) as a MeasureReport.

    Raises Unreadable for an area that nobody knows.
    """
    measure = named("identification")
    report = measure.evaluate(session, Asked(on=on, areas=tuple(areas)), settings)
    return resource(report, canonical=measure.canonical)


def resource(report: Report, *, canonical: str) -> Element:
    made: Element = {
        "resourceType": "MeasureReport",
        "text": {"status": "generated", "div": _narrative(report)},
        "extension": [_baseline(report), *_practice_not_known(report)],
        "status": "complete",
        "type": "summary",
        "measure": canonical,
        "period": {"start": report.on.isoformat(), "end": report.on.isoformat()},
        "improvementNotation": {"coding": [{"system": NOTATION, "code": "increase"}]},
    }
    groups = [*(_group(row) for row in report.rows), *(_point(point) for point in report.trend)]
    return {**made, "group": groups} if groups else made


def _narrative(report: Report) -> str:
    said = [report.title, words.headline(report), words.baseline(report), *report.notes]
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in said if each)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'


def _baseline(report: Report) -> Element:
    told = [_number("rate", report.baseline.rate), {"url": "source", "valueString": report.baseline.source}]
    return {"url": f"{codes.BASE}/StructureDefinition/measure-baseline", "extension": told}


def _practice_not_known(report: Report) -> list[Element]:
    url = f"{codes.BASE}/StructureDefinition/practice-not-known"
    return [] if report.practice_not_known is None else [_number(url, report.practice_not_known)]


def _group(row: Row) -> Element:
    level = {"system": f"{codes.BASE}/CodeSystem/report-level", "code": row.level.value}
    place = [{"system": codes.ODS_ORGANISATION, "code": row.code}] if row.code else []
    return _figured({"coding": [level, *place], "text": words.named(row) or row.code}, row.figures, [])


def _point(point: Point) -> Element:
    level = {"system": f"{codes.BASE}/CodeSystem/report-level", "code": "trend"}
    on = {"url": "on", "valueDate": point.on.isoformat()}
    return _figured({"coding": [level], "text": f"All on {words.day(point.on)}"}, point.figures, [on])


def _figured(code: Element, figures: Figures, more: list[Element]) -> Element:
    group: Element = {
        "extension": [_extension(figures, more)],
        "code": code,
        "population": [
            _population("initial-population", figures.denominator),
            _population("denominator", figures.denominator),
            _population("numerator", figures.numerator),
        ],
    }
    if figures.rate is HIDDEN:
        return {**group, "measureScore": {"_value": MASKED}}
    return group if figures.rate is None else {**group, "measureScore": {"value": figures.rate}}


def _population(code: str, count: Number) -> Element:
    population: Element = {"code": {"coding": [{"system": POPULATIONS, "code": code}]}}
    if count is HIDDEN:
        return {**population, "_count": MASKED}
    return population if count is None else {**population, "count": count}


def _extension(figures: Figures, more: list[Element]) -> Element:
    told = [
        {"url": "listOf", "valueString": figures.list_of},
        _number("low", figures.low),
        _number("high", figures.high),
        _number("ratioToBaseline", figures.ratio),
        _number("shortOfHalfPercent", figures.short_of_half_percent),
        _number("shortOfExpected", figures.short_of_expected),
    ]
    return {
        "url": f"{codes.BASE}/StructureDefinition/prevalence-figures",
        "extension": [*more, *(each for each in told if len(each) > 1)],
    }


def _number(url: str, number: Number) -> Element:
    """An extension with this number, masked where it is hidden, without a value where there is none."""
    if number is HIDDEN:
        return {"url": url, **MASKED}
    return {"url": url} if number is None else {"url": url, "valueDecimal": number}
