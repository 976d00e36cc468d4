"""Places beside each other: a funnel of shares, bars of ratios and of days. No ranking."""

from collections.abc import Sequence

from service.reports import words
from service.reports.report import Kind, Level, Report, Row, Shown
from service.reports.statistics import funnel as funnels
from service.web.charts import bars, funnel
from service.web.charts.axes import Frame
from service.web.charts.funnel import Line
from service.web.pictures import pictured
from service.web.pictures.pictured import Pictured

AT_LEAST, HALF = 5, 0.5
"""Fewer places make no funnel; nor do few of many, since those that are hidden are the small numbers."""
_PLURALS = {Level.PRACTICE: "practices", Level.PCN: "networks", Level.SUB_ICB: "sub-ICB areas"}
_UNRANKED = "A place within the limits is not told apart from the others: this is no ranking."


def of(report: Report, part: Shown, name: str) -> Pictured | None:
    """By practice, or by network or area where practices are not told."""
    for level in _PLURALS:
        rows = [row for row in report.rows if row.level is level and not row.group]
        if part.kind is Kind.PROPORTION:
            dots = [dot for row in rows for dot in _dots(row, part)]
            if len(dots) >= max(AT_LEAST, len({row.code for row in rows}) * HALF):
                return _funnel(report, part, level, dots, name)
        elif level is not Level.PRACTICE and pictured.are_several_valued(rows, part):
            return _bars(report, part, level, rows, name)
    return None


def _dots(row: Row, part: Shown) -> list[funnels.Place]:
    figure = pictured.figure_of(row.figures, part)
    if figure is None or not isinstance(figure.count, int) or not isinstance(figure.of, int):
        return []
    is_share = figure.value is not None and 0 <= figure.count <= figure.of and figure.of > 0
    return [funnels.Place(row.code, row.name or row.code, figure.count, figure.of)] if is_share else []


def _funnel(report: Report, part: Shown, level: Level, dots: Sequence[funnels.Place], name: str) -> Pictured | None:
    """None where it is everybody or nobody everywhere: there is nothing to tell apart."""
    found, places = funnels.of(dots, target=_target(report, part)), _PLURALS[level]
    if not found.lines:
        return None
    many = len({row.code for row in report.rows if row.level is level})
    text = (
        f"Each mark is one of {len(dots)} {places}: further right the larger it is, higher the larger its share. Of "
        "1,000 places that differ by chance alone, 950 lie within the inner limits and 998 within the outer."
    )
    heading = f"{part.title}: {places} and the limits of chance"
    baseline = Line(report.baseline.rate, f"baseline: {report.baseline.rate:.1%}") if report.baseline else None
    across = pictured.title_of(report, part.of) or "People"
    picture = funnel.draw(Frame(name, heading, text), found, across=across, up="Share", baseline=baseline)
    left_out = f"{many - len(dots)} of {many} {places} are not drawn: hidden, or nothing returned."
    return Pictured(heading, picture, (_UNRANKED, *([left_out] if many > len(dots) else []), *found.notes))


def _target(report: Report, part: Shown) -> float | None:
    """The share of all, those included whose places are hidden; None where it is not shown."""
    whole = pictured.total(report, part)
    if whole and isinstance(whole.count, int) and isinstance(whole.of, int) and whole.value is not None and whole.of:
        return whole.count / whole.of
    return None


def _bars(report: Report, part: Shown, level: Level, rows: Sequence[Row], name: str) -> Pictured:
    heading = f"{part.title}, by {_PLURALS[level][:-1]}"
    groups = [pictured.group(row.name or row.code, part, pictured.figure_of(row.figures, part)) for row in rows]
    frame = Frame(name, heading, "Each bar is a place, by code. The table below has every figure.")
    whole = pictured.total(report, part)
    line = pictured.valued(whole.value) if whole else None
    picture = bars.draw(
        frame,
        groups,
        across=pictured.axis_of(part),
        spread=pictured.spread_in_words(part),
        is_share=False,
        all_of=line,
        all_text=f"all: {words.value(part.kind, line)}",
    )
    return Pictured(heading, picture)
