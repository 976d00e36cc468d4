"""What a measure counts, in words for somebody who has to defend its figures."""

from collections.abc import Iterator
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
    yield from _listed("Counted", [_part(one, part) for part in one.parts])
    yield from _listed("Of", [one.population.title])
    yield from _listed("Not counted", one.exclusions)
    yield from _listed("Counted at", [one.attribution])
    yield from _listed("Period", [_period(one)])
    yield from _listed("Split by", [", ".join(split.all_splits())])
    yield from _listed("Beware", one.notes)
    yield from _listed("As FHIR", [one.canonical])


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
    return f"{', '.join(Period)} (--period); practices and networks by whole financial years only"


def _listed(heading: str, said: "tuple[str, ...] | list[str]") -> Iterator[str]:
    if said:
        yield ""
        yield f"{heading}:"
        yield from (
            fill(each, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False) for each in said
        )


def _paragraph(text: str) -> Iterator[str]:
    if text:
        yield ""
        yield fill(text, WIDTH)
