"""What a measure counts, in words for somebody who has to defend its figures."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from service.reports import split
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.report import Period

WIDTH = 100


def explained(one: Measure) -> Iterator[str]:
    """Lines, with paragraphs broken to fit a window."""
    yield f"{one.number} {one.name}, version {one.version}"
    for paragraph in (one.title, one.sentence, one.rationale):
        yield from _paragraph(paragraph)
    for heading, said in sections(one):
        yield from _listed(heading, said)


def sections(one: Measure) -> Iterator[tuple[str, Sequence[str]]]:
    """What is counted, of whom, where and when: a heading, and what is said beneath it; none without anything."""
    found = (
        ("Counted", [_part(one, part) for part in one.parts]),
        ("Of", [one.population.title]),
        ("Not counted", one.exclusions),
        ("Counted at", [one.attribution]),
        ("Period", [_period(one)]),
        ("Split by", [", ".join(split.all_splits())]),
        ("Beware", one.notes),
        ("As FHIR", [one.canonical]),
    )
    return ((heading, said) for heading, said in found if said)


def _part(one: Measure, part: Part) -> str:
    titles = {each.code: each.title for each in one.parts}
    of = f", of: {titles[part.of]}" if part.of else ""
    days = ", and their median of days" if part.days else ""
    small = "" if part.at_practice else "; not for practices and networks"
    return f"{part.title}{of}{days}{small}  [{part.code}]"


def _period(one: Measure) -> str:
    if one.is_current:
        return "as things stand today"
    if one.population.is_stock:
        return "any day; a trend of month ends"
    return f"{', '.join(Period)}; practices and networks by whole financial years only"


def _listed(heading: str, said: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{heading}:"
    yield from (
        fill(each, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False) for each in said
    )


def _paragraph(text: str) -> Iterator[str]:
    if text:
        yield ""
        yield fill(text, WIDTH)
