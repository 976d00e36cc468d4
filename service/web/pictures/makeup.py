"""What a measure is made of: the shares of its parts, the lead-time curve, the flow from preference to outcome."""

from collections.abc import Iterator, Sequence

from service.reports import words
from service.reports.report import Figure, Kind, Number, Report, Shown
from service.web.charts import bars, flow, lead_time
from service.web.charts.axes import Frame
from service.web.charts.flow import Band
from service.web.charts.lead_time import Reached
from service.web.pictures import pictured
from service.web.pictures.pictured import Pictured

AT_LEAST = 3
"""Fewer bars, or points of a curve, are read faster as figures."""


def of(report: Report, name: str) -> Pictured | None:
    """The one that fits the parts of the report, if any."""
    return _lead_time(report, name) or _flow(report, name) or _shares(report, name)


def _shares(report: Report, name: str) -> Pictured | None:
    """Bars of the largest number of parts that are shares of the same."""
    shares = [each for each in pictured.figures_of_all(report).values() if each[0].kind is Kind.PROPORTION]
    wholes = {part.of: [each for each in shares if each[0].of == part.of] for part, _ in shares}
    largest = max(wholes.values(), key=len, default=[])
    if sum(pictured.valued(figure.value) is not None for _, figure in largest) < AT_LEAST:
        return None
    whole = pictured.title_of(report, largest[0][0].of)
    heading = f"Shares of: {whole[:1].lower()}{whole[1:]}"
    frame = Frame(name, heading, "Each bar is a part, of everybody who is counted.")
    groups = [pictured.group(part.title, part, figure) for part, figure in largest]
    return Pictured(heading, bars.draw(frame, groups, across="Share", spread="95% interval"))


def _lead_time(report: Report, name: str) -> Pictured | None:
    """Of a measure with parts `at-least-N`: N days before death."""
    found = list(_reached(report))
    if len(found) < AT_LEAST:
        return None
    part = next(part for part in report.parts if part.code.startswith(_LEAD))
    text = (
        f"Shares of: {pictured.title_of(report, part.of).lower()}. Time runs to the right, to death; days lie by their "
        "square root, so that the last weeks can be seen. Between the marks nothing is known: the line only joins them."
    )
    heading = "How long before death people were on the register"
    return Pictured(heading, lead_time.draw(Frame(name, heading, text), found, up="Share on the register by then"))


def _reached(report: Report) -> Iterator[Reached]:
    for code, (part, figure) in pictured.figures_of_all(report).items():
        days, share = code.removeprefix(_LEAD), pictured.valued(figure.value)
        if days.isdigit() and part.kind is Kind.PROPORTION and share is not None:
            words_of = f"{part.title}: {pictured.said(part, figure)}"
            yield Reached(int(days), share, pictured.valued(figure.low), pictured.valued(figure.high), words_of)


_LEAD = "at-least-"
_ON_RECORD = "A preferred place on record"
_OUTCOMES = {
    "first-choice": "Died in the first choice",
    "second-choice": "Died in the second choice",
    "elsewhere": "Died in neither",
    "place-not-known": "Actual place not known",
    "residence-not-known": "Kind of usual residence not known",
}
_IF_MISSING = ("if-missing-not-met", "if-missing-met")
_AS_SHOWN = "Counts are as the report shows them, hidden and rounded, so they need not add up to the last person."
_NOTHING_TO_COMPARE = "No preferred place to compare"


def _flow(report: Report, name: str) -> Pictured | None:
    """Of a measure that compares first choices with places of death (M7)."""
    figures = pictured.figures_of_all(report)
    if not {"first-choice", "elsewhere"} <= figures.keys():
        return None
    bands = [*_met(figures), *_not_known(figures)]
    if not any(band.count for band in bands):
        return None
    text = (
        "To the left what was on record of the preferred place of death, to the right what came of it. A band is as "
        "thick as the people in it are many. Nobody is left out: those without a preference are the lower bands."
    )
    heading = "From preference to place of death"
    picture = flow.draw(Frame(name, heading, text), bands, _sums(bands))
    return Pictured(heading, picture, (*_bounds(figures), _AS_SHOWN))


def _bounds(figures: dict[str, tuple[Shown, Figure]]) -> Iterator[str]:
    """How much those who are missing could change the share."""
    if {"first-choice", *_IF_MISSING} <= figures.keys():
        share, low, high = (words.value(*_valued(*figures[code])) for code in ("first-choice", *_IF_MISSING))
        yield (
            f"Died in the first choice: {share} of those with both places known. Were all that is missing not met, it "
            f"would be {low}; were it all met, {high}."
        )


def _valued(part: Shown, figure: Figure) -> tuple[Kind, Number]:
    return part.kind, figure.value


def _met(figures: dict[str, tuple[Shown, Figure]]) -> Iterator[Band]:
    for code, outcome in _OUTCOMES.items():
        if code in figures:
            yield from _band(_ON_RECORD, outcome, figures[code][1])


def _not_known(figures: dict[str, tuple[Shown, Figure]]) -> Iterator[Band]:
    """Every other part of all deaths that is apart from those with a preferred place."""
    for code, (part, figure) in figures.items():
        if part.of == "deaths" and code != "compared" and code not in _OUTCOMES:
            yield from _band(part.title, _NOTHING_TO_COMPARE, figure)


def _band(begin: str, end: str, figure: Figure) -> Iterator[Band]:
    """None of nobody; a hidden number is not zero."""
    if figure.count is not None and figure.count != 0:
        count = figure.count if isinstance(figure.count, int) else None
        yield Band(begin, end, count, f"{begin}, {end[:1].lower()}{end[1:]}: {words.count(figure.count)}")


def _sums(bands: Sequence[Band]) -> dict[str, str]:
    """What to write of each beginning and end: its bands together, or that one of them is hidden."""
    names = dict.fromkeys(name for band in bands for name in (band.begin, band.end))
    counts = {name: [band.count for band in bands if name in (band.begin, band.end)] for name in names}
    return {name: _together(each) for name, each in counts.items()}


def _together(counts: Sequence[int | None]) -> str:
    known = [count for count in counts if count is not None]
    if len(known) == len(counts):
        return f"{sum(known):,}"
    return f"{sum(known):,} and *" if known else "*"
