"""A figure of all over time: with limits and icons where each point counts other people, which a stock's do not."""

from collections.abc import Sequence

from service.reports import words
from service.reports.report import Figure, Kind, Point, Report, Shown
from service.reports.statistics import run_chart as run_charts
from service.reports.statistics.run_chart import Observed
from service.web.charts import icons, run_chart
from service.web.charts.axes import Frame
from service.web.charts.run_chart import Month
from service.web.pictures import pictured
from service.web.pictures.pictured import NOTHING, Compared, Pictured

Points = Sequence[tuple[Point, Figure]]

_RULES = (
    "A mark of another shape is a signal by one of the four rules of NHS England's Making Data Count: outside the "
    "limits, seven in a row on one side of the mean, seven in a row rising or falling, or two of three near a limit. "
    "A point without a signal is no evidence of change."
)
_OF_A_STOCK = (
    "No limits are drawn: each point counts mostly the same people as the one before, and the rules for telling change "
    "from chance are made for points that count other people each time."
)
_PROVISIONAL = (
    "The limits since the last step change, or since the beginning, rest on fewer than twelve points: they may still "
    "move, and no icon is given."
)


def of(report: Report, part: Shown, name: str, compared: Compared = NOTHING) -> Pictured | None:
    """None where fewer than two points have a value, or few of many."""
    points = [(point, figure) for point in report.trend if (figure := pictured.figure_of(point.figures, part))]
    if sum(pictured.valued(figure.value) is not None for _, figure in points) < max(2, len(points) / 3):
        return None
    heading = f"{part.title}, over time"
    is_stock = report.period == "day"
    frame = Frame(
        name, heading, f"Each mark is {_each(points)}. The line is broken where a figure is hidden or missing."
    )
    if part.kind is Kind.PROPORTION and not is_stock:
        return _with_limits(part, points, frame, compared)
    return _plain(report, part, points, frame, compared, notes=(_OF_A_STOCK,) if is_stock else ())


def _each(points: Points) -> str:
    first, last = points[-1][0].first, points[-1][0].last
    if first == last:
        return "a day"
    return "twelve months" if (last - first).days > 300 else "a month"


def _with_limits(part: Shown, points: Points, frame: Frame, compared: Compared) -> Pictured:
    observed = [_observed(point, figure) for point, figure in points]
    chart = run_charts.p_chart(observed, steps=compared.steps, better=part.better, target=compared.target)
    notes = [_RULES, *(f"From {words.day(phase.first)}: {phase.note}." for phase in chart.phases if phase.note)]
    is_provisional = chart.phases[-1].is_provisional
    if is_provisional:
        notes.append(_PROVISIONAL)
    months = run_chart.months(chart, _words(part, points), [_label(point) for point, _ in points])
    target = compared.target
    target_text = "" if target is None else f"target: {target:.1%}"
    picture = run_chart.draw(frame, months, up="Share", steps=compared.steps, target=target, target_text=target_text)
    return Pictured(
        frame.title, picture, tuple(notes), () if is_provisional else icons.of(chart.variation, chart.assurance)
    )


def _plain(
    report: Report, part: Shown, points: Points, frame: Frame, compared: Compared, *, notes: tuple[str, ...]
) -> Pictured:
    is_share = part.kind is Kind.PROPORTION
    months = [
        Month(point.last, _label(point), said, pictured.valued(figure.value))
        for (point, figure), said in zip(points, _words(part, points), strict=True)
    ]
    target, target_text = None, ""
    if is_share and compared.target is not None:
        target, target_text = compared.target, f"target: {compared.target:.1%}"
    elif is_share and report.baseline:
        target, target_text = report.baseline.rate, f"baseline: {report.baseline.rate:.1%}"
    picture = run_chart.draw(
        frame, months, up=pictured.axis_of(part), target=target, target_text=target_text, is_share=is_share
    )
    return Pictured(frame.title, picture, notes)


def _observed(point: Point, figure: Figure) -> Observed:
    if isinstance(figure.count, int) and isinstance(figure.of, int) and figure.value is not None:
        return Observed(point.last, figure.count, figure.of)
    return Observed(point.last, None, None)


def _label(point: Point) -> str:
    return f"{point.last:%b %Y}"


def _words(part: Shown, points: Points) -> list[str]:
    return [f"{words.stretch(point.first, point.last)}: {pictured.said(part, figure)}" for point, figure in points]
