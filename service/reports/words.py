"""How figures are written for people, the same in a terminal and on a page."""

from collections.abc import Callable, Sequence

from service.register.words import day as day  # templates find every word here
from service.reports.disclosure import HIDDEN, Hidden
from service.reports.measure import ALL_LISTS, Figures, Report, Row
from service.reports.report import Figure, Kind, Level, Number

LEVELS = {
    Level.ALL: "All",
    Level.ICB: "ICB",
    Level.SUB_ICB: "Sub-ICB (CCG)",
    Level.PCN: "Network (PCN)",
    Level.PRACTICE: "Practice",
}

COLUMNS = (
    "On the register",
    "Registered list",
    "List of",
    "Share of the list",
    "95% interval",
    "Times the baseline",
    "Short of 0.5%",
    "Short of expected",
)
EXPLAINED = (
    "Share of the list: people on the register over all people registered with the practices, of all ages. "
    "95% interval: Wilson's. Short of 0.5%: how many people more on the register would make 0.5% of the list. "
    "Short of expected: the same for 0.75 × 8,500 / 771,500 of the list, the foreseeable deaths of a year. "
    "An area's own figure is not the sum of its practices'."
)


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


def interval(figures: Figures) -> str:
    if isinstance(figures.low, float) and isinstance(figures.high, float):
        return f"{figures.low:.3%} to {figures.high:.3%}"
    return "*" if figures.low is HIDDEN else "–"


def named(row: Row) -> str:
    """The name of a row, and which lists it is over where that needs saying."""
    return f"{row.name} ({row.basis})" if row.basis != ALL_LISTS else row.name


def cells(figures: Figures) -> tuple[str, ...]:
    """One cell for each of COLUMNS."""
    return (
        "nothing returned" if figures.numerator is None else count(figures.numerator),
        count(figures.denominator),
        figures.list_of,
        percent(figures.rate),
        interval(figures),
        _written(figures.ratio, lambda value: f"{value:.2f}"),
        count(figures.short_of_half_percent),
        count(figures.short_of_expected),
    )


def headline(report: Report) -> str:
    """The count of all over the list of all, in one sentence; empty where there is none."""
    if not report.rows:
        return ""
    figures = report.rows[0].figures
    people, patients, lists = cells(figures)[:3]
    share = "" if figures.rate is None else f": {percent(figures.rate)}"
    return f"{people} on the register of {patients} on the lists of {report.practices:,} practices ({lists}){share}"


def under_baseline(report: Report) -> str:
    shares = [row.figures.rate for row in report.rows if row.level.value == Level.PRACTICE.value]
    shown = sum(isinstance(share, float) for share in shares)
    return f"Practices under the baseline: {report.below_baseline:,} of the {shown:,} whose share is shown."


def baseline(report: Report) -> str:
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
