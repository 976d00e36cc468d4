"""A report as a FHIR R4 MeasureReport: one group a part of the measure, its strata by place, group of people and month.

The group itself tells the first row of the report (all practices, or the area or practice asked for), unless that is
of some of the people only. What R4 has no element for (interval, baseline) stands in extensions of our own. A hidden
figure is absent with the reason `masked`; one that there is none of is left out. A report of type subject-list names
people as well: in a contained List for each population there is one contained MeasureReport of type individual a
person, which says whose it is (R4, 14.11).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from service.register import codes
from service.reports import words
from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Figure, Kind, Level, Number, Point, Report, Row, Shown

Element = dict[str, Any]

POPULATIONS: Final = "http://terminology.hl7.org/CodeSystem/measure-population"
NOTATION: Final = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
LEVELS: Final = f"{codes.BASE}/CodeSystem/report-level"
PARTS: Final = f"{codes.BASE}/CodeSystem/measure-part"
SPLITS: Final = f"{codes.BASE}/CodeSystem/report-split"
SNAPSHOTS: Final = f"{codes.BASE}/report-snapshot"
MASKED: Final = {"extension": [{"url": codes.DATA_ABSENT, "valueCode": "masked"}]}
"""In place of a value."""
DAYS: Final = {"unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}

Subjects = Mapping[str, Sequence[str]]
"""The ids of the Patients whom each part counts, by its code."""


def resource(report: Report, *, canonical: str, subjects: Subjects | None = None, reporter: str = "") -> Element:
    """The MeasureReport, of type subject-list where `subjects` are given. `reporter` is an ODS code."""
    found = _Found.of(report, subjects or {})
    made: Element = {
        "resourceType": "MeasureReport",
        "text": {"status": "generated", "div": _narrative(report)},
        "contained": found.contained(canonical),
        "extension": [*_baseline(report), *_practice_not_known(report)],
        "identifier": [{"system": SNAPSHOTS, "value": report.snapshot}] if report.snapshot else [],
        "status": "complete",
        "type": "summary" if subjects is None else "subject-list",
        "measure": f"{canonical}|{report.version}",
        "reporter": _organisation(reporter) if reporter else {},
        "period": _period(report),
        "improvementNotation": notation(report.parts),
        "group": [found.group(part) for part in report.parts] if report.rows else [],
    }
    return {name: value for name, value in made.items() if value}


def notation(parts: Sequence[Shown]) -> Element:
    """Which way is better, of the first part that has such a way: R4 keeps one for a whole measure."""
    better = next((part.better for part in parts if part.better), "")
    code = {"higher": "increase", "lower": "decrease"}.get(better)
    return {"coding": [{"system": NOTATION, "code": code}]} if code else {}


def _period(report: Report) -> Element:
    return {"start": report.first.isoformat(), "end": report.on.isoformat()}


def _organisation(code: str) -> Element:
    return {"type": "Organization", "identifier": {"system": codes.ODS_ORGANISATION, "value": code}}


def _narrative(report: Report) -> str:
    said = [report.title, *words.headlines(report), words.baseline(report), *report.notes, *words.origin(report)]
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in said if each)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'


def _baseline(report: Report) -> list[Element]:
    if report.baseline is None:
        return []
    told = [number("rate", report.baseline.rate), {"url": "source", "valueString": report.baseline.source}]
    return [{"url": f"{codes.BASE}/StructureDefinition/measure-baseline", "extension": told}]


def _practice_not_known(report: Report) -> list[Element]:
    url = f"{codes.BASE}/StructureDefinition/practice-not-known"
    return [] if report.practice_not_known is None else [number(url, report.practice_not_known)]


Told = Mapping[str, Figure]
"""The figures of a row or a point, by their part."""


def _told(figures: Sequence[Figure]) -> Told:
    return {each.part: each for each in figures if words.is_told(each)}


@dataclass(frozen=True, slots=True)
class _Found:
    """A report, with its figures at hand by part."""

    report: Report
    parts: Mapping[str, Shown]
    rows: Sequence[tuple[Row, Told]]
    trend: Sequence[tuple[Point, Told]]
    subjects: Subjects

    @classmethod
    def of(cls, report: Report, subjects: Subjects) -> "_Found":
        return cls(
            report=report,
            parts={part.code: part for part in report.parts},
            rows=[(row, _told(row.figures)) for row in report.rows],
            trend=[(point, _told(point.figures)) for point in report.trend],
            subjects=subjects,
        )

    def group(self, part: Shown) -> Element:
        first, told = self.rows[0]
        is_whole = not first.group
        others = self.rows[1:] if is_whole else self.rows
        stratifiers = [*self._by_place(part, others), *self._by_month(part)]
        made = {
            "id": part.code,
            "code": part_code(self.report.measure, part.code, part.title),
            **self._scored(part, told if is_whole else {}, names_people=True),
        }
        return {**made, "stratifier": stratifiers} if stratifiers else made

    def _by_place(self, part: Shown, rows: Sequence[tuple[Row, Told]]) -> Iterator[Element]:
        """One stratifier a level, and one a level and split."""
        kinds = dict.fromkeys((row.level, bool(row.group)) for row, told in rows if part.code in told)
        for level, is_split in kinds:
            code = [level_code(level.value)] if level is not Level.ALL or not is_split else []
            strata = [
                {**self._named(row), **self._scored(part, told)}
                for row, told in rows
                if (row.level, bool(row.group)) == (level, is_split) and part.code in told
            ]
            yield {"code": [*code, split_code(self.report.split)] if is_split else code, "stratum": strata}

    def _named(self, row: Row) -> Element:
        """The place, the group of people, or both as components, since a stratum has one value."""
        if not row.group:
            return {"value": _place(row)}
        group = {"text": row.group}
        if row.level is Level.ALL:
            return {"value": group}
        place = {"code": level_code(row.level.value), "value": _place(row)}
        return {"component": [place, {"code": split_code(self.report.split), "value": group}]}

    def _by_month(self, part: Shown) -> Iterator[Element]:
        strata = [
            {"value": {"text": words.stretch(point.first, point.last)}, **self._scored(part, told, point)}
            for point, told in self.trend
            if part.code in told
        ]
        if strata:
            yield {"code": [level_code("trend")], "stratum": strata}

    def _scored(self, part: Shown, told: Told, point: Point | None = None, *, names_people: bool = False) -> Element:
        """Populations, score, and what stands beside the score."""
        figure = told.get(part.code) or Figure(part.code, None)
        made = {
            "extension": list(_beside(figure, point)),
            "population": [
                self._population(role, code, count, names_people=names_people)
                for role, code, count in self._populations(part, figure, told)
            ],
            "measureScore": _score(part, figure.value),
        }
        return {name: value for name, value in made.items() if value}

    def _populations(self, part: Shown, figure: Figure, told: Told) -> Iterator[tuple[str, str, Number]]:
        """Role in R4, code of the part that it is, and how many."""
        whole = part
        while whole.of in self.parts:
            whole = self.parts[whole.of]
        everyone = told.get(whole.code)
        yield "initial-population", whole.code, everyone.count if everyone else None
        if part.kind is Kind.DAYS:
            yield "measure-population", part.code, figure.count
        elif part.kind is not Kind.COUNT:
            yield "denominator", part.of, figure.of
            yield "numerator", part.code, figure.count

    def _population(self, role: str, code: str, count: Number, *, names_people: bool) -> Element:
        population: Element = {"code": {"coding": [{"system": POPULATIONS, "code": role}]}}
        if count is HIDDEN:
            population["_count"] = MASKED
        elif isinstance(count, int):
            population["count"] = count
        if names_people and code in self.subjects:
            population["subjectResults"] = {"reference": f"#list-{code}"}
        return population

    def contained(self, canonical: str) -> list[Element]:
        """The Lists, and the individual reports that they name."""
        people = dict.fromkeys(patient for patients in self.subjects.values() for patient in patients)
        ids = {patient: f"individual-{at}" for at, patient in enumerate(people, start=1)}
        lists = [self._list(code, [ids[patient] for patient in patients]) for code, patients in self.subjects.items()]
        individuals = [
            {
                "resourceType": "MeasureReport",
                "id": ids[patient],
                "status": "complete",
                "type": "individual",
                "measure": f"{canonical}|{self.report.version}",
                "subject": {"reference": f"Patient/{patient}"},
                "period": _period(self.report),
            }
            for patient in people
        ]
        return [*lists, *individuals]

    def _list(self, code: str, individuals: Sequence[str]) -> Element:
        made: Element = {
            "resourceType": "List",
            "id": f"list-{code}",
            "status": "current",
            "mode": "snapshot",
            "title": self.parts[code].title,
        }
        entries = [{"item": {"reference": f"#{each}"}} for each in individuals]
        return {**made, "entry": entries} if entries else made


def part_code(measure: str, code: str, title: str) -> Element:
    return {"coding": [{"system": PARTS, "code": f"{measure}.{code}"}], "text": title}


def level_code(level: str) -> Element:
    return {"coding": [{"system": LEVELS, "code": level}]}


def split_code(split: str) -> Element:
    """Without one split, groups of several, each of which says of which it is."""
    return {"coding": [{"system": SPLITS, "code": split}]} if split else {"text": "Group of people"}


def _place(row: Row) -> Element:
    coding = [{"system": codes.ODS_ORGANISATION, "code": row.code}] if row.code else []
    place: Element = {"text": words.named(row) or row.code}
    return {"coding": coding, **place} if coding else place


def _score(part: Shown, value: Number) -> Element:
    unit = DAYS if part.kind is Kind.DAYS else {}
    if value is HIDDEN:
        return {"_value": MASKED, **unit}
    return {} if value is None else {"value": value, **unit}


def _beside(figure: Figure, point: Point | None) -> Iterator[Element]:
    """Extensions: the stretch of a trend, the interval, and what only this measure tells."""
    if point:
        period = {"start": point.first.isoformat(), "end": point.last.isoformat()}
        yield {"url": f"{codes.BASE}/StructureDefinition/measure-period", "valuePeriod": period}
    uncounted = (("of", figure.of),) if isinstance(figure.of, float) else ()
    for code, value in (*uncounted, ("low", figure.low), ("high", figure.high), *figure.more):
        if value is not None:
            told = [{"url": "code", "valueCode": code}, number("value", value)]
            yield {"url": f"{codes.BASE}/StructureDefinition/measure-figure", "extension": told}


def number(url: str, value: Number) -> Element:
    """An extension with this number, masked where it is hidden, without a value where there is none."""
    if value is HIDDEN:
        return {"url": url, **MASKED}
    return {"url": url} if value is None else {"url": url, "valueDecimal": value}
