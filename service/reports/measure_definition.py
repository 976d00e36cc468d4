"""The FHIR Measure that says what a report counts: served openly, named by each MeasureReport, and kept as a file.

Made of the measure's own file, so that neither can say something else. Each part is a group; who is counted stands in
words, since the definition that runs is SQL. R4 keeps one kind of score for a whole measure: a group that has another
says so in the extensions of HL7's Quality Measure guide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from service.fhir.resource_type import Body
from service.register import codes
from service.reports import figures, measure_report, split, words
from service.reports.measure import Measure
from service.reports.measure_report import PARTS, POPULATIONS, SPLITS
from service.reports.part import Given, Part
from service.reports.report import Kind, Level, Shown

_SCORING: Final = "http://terminology.hl7.org/CodeSystem/measure-scoring"
_GUIDE: Final = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition"
_SCORES: Final = {
    Kind.COUNT: "cohort",
    Kind.PROPORTION: "proportion",
    Kind.RATIO: "ratio",
    Kind.DAYS: "continuous-variable",
}
_WORDS: Final = "text/plain"
"""The language of the criteria: English."""
_ADDED_UP: Final = (
    "People are counted at the practice that they belong to and added up to networks and areas: an area's share is not "
    "the mean of its practices' shares, nor its median that of their medians."
)
_DISCLOSURE: Final = (
    "Small numbers of people are hidden and others rounded before a report leaves, and whatever would give a hidden "
    "number away is hidden too."
)


def definition(one: Measure) -> Body:
    """The Measure of a report, under the id that ends its canonical URL."""
    shown = {part.code: figures.shown(part) for part in one.parts}
    main = next((part for part in shown.values() if part.kind is not Kind.COUNT), next(iter(shown.values())))
    made: Body = {
        "resourceType": "Measure",
        "id": one.id,
        "url": one.canonical,
        "identifier": [{"system": f"{codes.BASE}/measure-number", "value": one.number}],
        "version": one.version,
        "name": "".join(part.capitalize() for part in one.id.split("-")),
        "title": one.title,
        "status": "active",
        "experimental": False,
        "publisher": "Heartsease",
        "description": one.sentence,
        "disclaimer": _DISCLOSURE,
        "scoring": _scoring(main),
        "rateAggregation": _ADDED_UP,
        "rationale": one.rationale,
        "improvementNotation": measure_report.notation([main]),
        "guidance": _guidance(one),
        "group": [_group(one, part, shown, main) for part in one.parts],
    }
    return {name: value for name, value in made.items() if value not in ("", {}, [])}


def _scoring(part: Shown) -> Body:
    return {"coding": [{"system": _SCORING, "code": _SCORES[part.kind]}]}


def _guidance(one: Measure) -> str:
    """Whom a report leaves out, at which practice somebody counts, and what every report has to say."""
    left_out = [f"Not counted: {each}." for each in map(_unstopped, one.exclusions)]
    return "\n\n".join([*left_out, f"Attribution: {_unstopped(one.attribution)}.", *one.notes])


def _unstopped(text: str) -> str:
    return text.rstrip(".")


def _group(one: Measure, part: Part, shown: Mapping[str, Shown], main: Shown) -> Body:
    told = shown[part.code]
    made: Body = {
        "id": part.code,
        "extension": list(_unlike(told, main)),
        "code": measure_report.part_code(one.name, part.code, part.title),
        "population": list(_populations(one, part, told)),
        "stratifier": list(_stratifiers(one, part)),
    }
    return {name: value for name, value in made.items() if value}


def _unlike(told: Shown, main: Shown) -> Iterator[Body]:
    """What a group says of its score that is not as the measure says."""
    if told.kind is not main.kind:
        yield {"url": f"{_GUIDE}/cqfm-scoring", "valueCodeableConcept": _scoring(told)}
    if told.better not in ("", main.better):
        notation = measure_report.notation([told])
        yield {"url": f"{_GUIDE}/cqfm-improvementNotation", "valueCodeableConcept": notation}


def _populations(one: Measure, part: Part, told: Shown) -> Iterator[Body]:
    parts = {each.code: each for each in one.parts}
    whole = part
    while whole.of in parts:
        whole = parts[whole.of]
    yield _population(part, "initial-population", _criteria(one, whole))
    if told.kind is Kind.DAYS:
        yield _population(part, "measure-population", _criteria(one, part))
        median = {"url": f"{_GUIDE}/cqfm-aggregateMethod", "valueCode": "median"}
        days = "Days that a person of the measure population counts for"
        yield {"extension": [median], **_population(part, "measure-observation", days)}
    elif told.kind is not Kind.COUNT:
        yield _population(part, "denominator", _criteria(one, parts[part.of]) if part.of in parts else part.of)
        yield _population(part, "numerator", _criteria(one, part))


def _population(part: Part, role: str, criteria: str) -> Body:
    return {
        "id": f"{part.code}-{role}",
        "code": {"coding": [{"system": POPULATIONS, "code": role}]},
        "criteria": _said(criteria),
    }


def _criteria(one: Measure, part: Part) -> str:
    """Who a part counts, in words."""
    if part.given:
        published = {Given.LIST: "as published for the practice", Given.DEATHS: "as known of the practice"}
        return f"{part.title}, {published.get(part.given, 'as calculated for the practice')}"
    if part.counts is None and not part.sum_of:
        return one.population.title
    return f"{one.population.title}: {part.title}"


def _stratifiers(one: Measure, part: Part) -> Iterator[Body]:
    """By place, by month, and by what people are split by."""
    for level, title in words.LEVELS.items():
        if level is not Level.ALL:
            yield {"code": measure_report.level_code(level.value), "criteria": _said(title)}
    if any(each.trend and part.code in (each.code, each.of) for each in one.parts):
        every = "Last day of each month" if one.population.is_stock else "Month"
        yield {"code": measure_report.level_code("trend"), "criteria": _said(every)}
    if part.given:
        return
    for each in split.all_splits().values():
        yield {"code": measure_report.split_code(each.name), "criteria": _said(each.title)}


def _said(text: str) -> Body:
    return {"language": _WORDS, "expression": text}


def code_systems(measures: Iterable[Measure]) -> Iterator[Body]:
    """The codes of what is counted and of what it is split by, made of the same files."""
    splits = [(each.name, each.title) for each in split.all_splits().values()]
    yield _code_system(SPLITS, "ReportSplit", "What a report can be split by", splits)
    yield _code_system(PARTS, "MeasurePart", "Parts of the measures", _parts(list(measures)))


def _parts(measures: Sequence[Measure]) -> Iterator[tuple[str, str]]:
    """Code and title; a measure that is made of the reports of others has their parts too."""
    for one in measures:
        yield from ((f"{one.name}.{part.code}", part.title) for part in one.parts)
        for each in measures if one.evaluate else ():
            for part in each.parts:
                yield f"{one.name}.{each.name}-{part.code}", f"{each.number}, {part.title}"


def _code_system(url: str, name: str, title: str, concepts: Iterable[tuple[str, str]]) -> Body:
    return {
        "resourceType": "CodeSystem",
        "id": url.rpartition("/")[2],
        "url": url,
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": "Heartsease",
        "description": f"{title}: a code for each, made of the files of the measures.",
        "caseSensitive": True,
        "content": "complete",
        "concept": [{"code": code, "display": display} for code, display in concepts],
    }
