"""How figures are written for people, the same in a terminal and on a page."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from service.register.words import day as day  # templates find every word here
from service.reports.disclosure import HIDDEN, Hidden
from service.reports.report import ALL_LISTS, Figure, Kind, Level, Number, Report, Row

LEVELS = {
    Level.ALL: "All",
    Level.ICB: "ICB",
    Level.SUB_ICB: "Sub-ICB (CCG)",
    Level.PCN: "Network (PCN)",
    Level.PRACTICE: "Practice",
}

EXPLAINED = (
    "95% interval: Wilson's. Times the baseline: the share over the published one. Short of 0.5%: how many people more "
    "on the register would make 0.5% of the list. Short of expected: the same for 0.75 × 8,500 / 771,500 of the list, "
    "the foreseeable deaths of a year. An area's own figure is not the sum of its practices'."
)
MORE = {
    "times-baseline": "Times the baseline",
    "short-of-half-percent": "Short of 0.5%",
    "short-of-expected": "Short of expected",
}


def count(number: Number) -> str:
    return _written(number, lambda value: f"{value:,}")


def percent(share: Number) -> str:
    """0.569%: a hundred times the share, with every decimal that it was rounded to."""
    return _written(share, lambda value: f"{value:.3%}")


def value(kind: Kind, number: Number) -> str:
    """A value as its kind is read: 45.2%, 0.569% (small shares keep their decimals), 0.87, 31 days."""
    return _written(number, _STYLES[kind])


def spread(kind: Kind, figure: Figure) -> str:
    """The interval of a value, or the quartiles of days; a dash where there is none."""
    low, high = value(kind, figure.low), value(kind, figure.high)
    return low if low == high and low in ("*", "–") else f"{low} to {high}"


def stretch(first: date, last: date) -> str:
    """A day, a month, or from one day to another."""
    if first == last:
        return day(last)
    is_month = (
        first.day == 1 and (last + timedelta(days=1)).day == 1 and (first.year, first.month) == (last.year, last.month)
    )
    return f"{last:%B %Y}" if is_month else f"{day(first)} to {day(last)}"


def _share(share: float) -> str:
    return f"{share:.3%}" if 0 < share < 0.1 else f"{share:.1%}"


def _days(days: float) -> str:
    return "1 day" if days == 1 else f"{days:,g} days"


_STYLES: dict[Kind, Callable[[int | float], str]] = {
    Kind.COUNT: lambda number: f"{number:,}",
    Kind.PROPORTION: _share,
    Kind.RATIO: lambda ratio: f"{ratio:.2f}",
    Kind.DAYS: _days,
}


def named(row: Row) -> str:
    """The name of a row, and what tells it apart from others of the same place."""
    apart = ", ".join(each for each in (row.group, row.basis) if each and each != ALL_LISTS)
    return f"{row.name} ({apart})" if apart else row.name


def columns(report: Report) -> list[str]:
    """The heading of each of the `cells` of a row of figures."""
    found = []
    for part, figure in zip(report.parts, _first(report), strict=False):
        found.append(part.title)
        if part.kind is Kind.PROPORTION:
            found += ["Share", "95% interval"]
        elif part.kind is Kind.RATIO:
            found += ["Ratio", "95% interval"]
        elif part.kind is Kind.DAYS:
            found += ["Median", "Middle half"]
        found += [MORE.get(code, code) for code, _ in figure.more]
    return found


def cells(report: Report, figures: Sequence[Figure]) -> list[str]:
    """One cell for each of the `columns`; nothing of a part that these figures have not."""
    told = {figure.part: figure for figure in figures}
    found = []
    for part, like in zip(report.parts, _first(report), strict=False):
        figure = told.get(part.code, Figure(part.code, None, more=tuple((code, None) for code, _ in like.more)))
        found.append("nothing returned" if figure.count is None and report.source == "qof" else count(figure.count))
        if part.kind is not Kind.COUNT:
            found += [value(part.kind, figure.value), spread(part.kind, figure)]
        found += [_more(number) for _, number in figure.more]
    return found


def _first(report: Report) -> Sequence[Figure]:
    return report.rows[0].figures if report.rows else ()


def _more(number: Number) -> str:
    return _written(number, lambda value: f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")


def headline(report: Report) -> str:
    """The headline of all in one sentence; empty where there is none."""
    figure = next((each for each in _first(report) if _kind(report, each.part) is not Kind.COUNT), None)
    if figure is None:
        return ""
    part = next(each for each in report.parts if each.code == figure.part)
    whole = next((each.title for each in report.parts if each.code == part.of), "")
    of = f" of {count(figure.of)} ({whole.lower()})" if whole else ""
    told = "" if figure.value is None else f": {value(part.kind, figure.value)}"
    return f"{part.title}: {count(figure.count)}{of}{told}"


def _kind(report: Report, code: str) -> Kind:
    return next(each.kind for each in report.parts if each.code == code)


def when(report: Report) -> str:
    """On 31 March 2026, or from one day to another."""
    if report.first == report.on:
        return f"on {day(report.on)}"
    return f"from {day(report.first)} to {day(report.on)}"


def under_baseline(report: Report) -> str:
    shown = sum(
        any(isinstance(figure.value, float) for figure in row.figures)
        for row in report.rows
        if row.level is Level.PRACTICE
    )
    return f"Practices under the baseline: {report.below_baseline:,} of the {shown:,} whose share is shown."


def baseline(report: Report) -> str:
    """What to compare with, where there is something."""
    if report.baseline is None:
        return ""
    return (
        f"Baseline: {report.baseline.rate:.1%} of the registered list, rounded as published, so without an interval. "
        f"Source: {report.baseline.source}."
    )


def listed(parts: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _written(number: Number, style: Callable[[int | float], str]) -> str:
    if number is None or isinstance(number, Hidden):
        return "*" if number is HIDDEN else "–"
    return style(number)
