"""What all pictures of reports share: how they are told of, and how a figure is said in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.reports import words
from service.reports.report import Figure, Kind, Level, Number, Report, Row, Shown
from service.reports.statistics.run_chart import Step
from service.web.charts.bars import Bars, Group
from service.web.charts.flow import Flow
from service.web.charts.funnel import Funnel
from service.web.charts.icons import Icon
from service.web.charts.lead_time import LeadTime
from service.web.charts.run_chart import RunChart

Picture = Bars | Flow | Funnel | LeadTime | RunChart


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture under its heading; `notes` say what it does not show, `icons` what its trend says."""

    heading: str
    picture: Picture
    notes: tuple[str, ...] = ()
    icons: tuple[Icon, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a trend is compared with: a share to reach, and the days from which its limits are made anew."""

    target: float | None = None
    steps: tuple[Step, ...] = ()


NOTHING = Compared()


def headline(report: Report) -> Shown | None:
    """The part that stands for the measure: the first of which more or less is better, or else that has a value."""
    valued = [part for part in report.parts if part.kind is not Kind.COUNT]
    return next((part for part in valued if part.better), valued[0] if valued else None)


def figure_of(figures: Sequence[Figure], part: Shown) -> Figure | None:
    return next((figure for figure in figures if figure.part == part.code), None)


def of_all(report: Report) -> Row | None:
    """The row of all, of everybody."""
    return next((row for row in report.rows if row.level is Level.ALL and not row.group), None)


def figures_of_all(report: Report) -> dict[str, tuple[Shown, Figure]]:
    """Part and figure of everybody, by the code of the part."""
    row = of_all(report)
    figures = {figure.part: figure for figure in row.figures} if row else {}
    return {part.code: (part, figures[part.code]) for part in report.parts if part.code in figures}


def total(report: Report, part: Shown) -> Figure | None:
    row = of_all(report)
    return figure_of(row.figures, part) if row else None


def title_of(report: Report, code: str) -> str:
    return next((part.title for part in report.parts if part.code == code), "")


def valued(number: Number) -> float | None:
    """A figure that is shown and can be drawn."""
    return float(number) if isinstance(number, int | float) else None


def said(part: Shown, figure: Figure) -> str:
    """45.1% (43.0% to 47.2%), 415 of 920."""
    of = f", {words.count(figure.count)} of {words.count(figure.of)}" if figure.of is not None else ""
    return f"{words.value(part.kind, figure.value)} ({words.spread(part.kind, figure)}){of}"


def group(label: str, part: Shown, figure: Figure | None) -> Group:
    """A bar; without one where the figure is hidden or there is no share."""
    if figure is None or valued(figure.value) is None:
        is_hidden = figure is not None and figure.value is not None
        why = "hidden" if is_hidden else "no share"
        return Group(label, why, f"{label}: {why}", None)
    value, spread = words.value(part.kind, figure.value), words.spread(part.kind, figure)
    figures = f"{value} ({spread})".replace(" days", "")  # which the axis says
    words_of = f"{label}: {said(part, figure)}"
    return Group(label, figures, words_of, valued(figure.value), valued(figure.low), valued(figure.high))


def are_several_valued(rows: Sequence[Row], part: Shown) -> bool:
    figures = [figure_of(row.figures, part) for row in rows]
    return sum(figure is not None and valued(figure.value) is not None for figure in figures) > 1


def axis_of(part: Shown) -> str:
    return {Kind.PROPORTION: "Share", Kind.RATIO: "Ratio", Kind.DAYS: "Days (median)"}.get(part.kind, "People")


def spread_in_words(part: Shown) -> str:
    return "from the lower to the upper quartile" if part.kind is Kind.DAYS else "95% interval"
