"""How figures are written for people, the same in a terminal and on a page."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from service.register.words import day as day  # templates find every word here
from service.reports import gaps
from service.reports.disclosure_profile import HIDDEN, Hidden
from service.reports.report import ALL_LISTS, Figure, Kind, Level, Number, Report, Row, Shown

LEVELS = {
    Level.ALL: "All",
    Level.ICB: "ICB",
    Level.SUB_ICB: "Sub-ICB (CCG)",
    Level.PCN: "Network (PCN)",
    Level.PRACTICE: "Practice",
}

EXPLAINED = (
    "95% interval: Wilson's. Times the baseline: the share over the published one. Short of 0.5%: how many people more "
    "on the register would make 0.5% of the list. Short of 0.83%: the same for 0.75 × 8,500 / 771,500 of the list, "
    "the foreseeable deaths of a year. An area is counted by itself, so rounded practices need not add up to it."
)
MORE = {
    "times-baseline": "Times the baseline",
    "short-of-half-percent": "Short of 0.5%",
    "short-of-expected": "Short of 0.83%",
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
    """The interval of a value, with its decimals, or the quartiles of days; a dash where there is none."""
    style = _STYLES[kind]
    if kind is Kind.PROPORTION and isinstance(figure.value, float):
        style = _fine_share if _is_fine(figure.value) else _coarse_share
    low, high = _written(figure.low, style), _written(figure.high, style)
    return low if low == high and low in ("*", "–") else f"{low} to {high}"


def stretch(first: date, last: date) -> str:
    """A day, a month, or from one day to another."""
    if first == last:
        return day(last)
    is_month = (
        first.day == 1 and (last + timedelta(days=1)).day == 1 and (first.year, first.month) == (last.year, last.month)
    )
    return f"{last:%B %Y}" if is_month else f"{day(first)} to {day(last)}"


def _beside(value: int | float) -> str:
    """A ratio to two decimals; of many people, such as deaths that are expected, one is enough."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:,.2f}"


def _share(share: float) -> str:
    return _fine_share(share) if _is_fine(share) else _coarse_share(share)


def _is_fine(share: float) -> bool:
    return 0 < share < 0.02


def _fine_share(share: float) -> str:
    return f"{share:.3%}"


def _coarse_share(share: float) -> str:
    return f"{share:.1%}"


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
    return f"{row.name} ({apart})".strip() if apart else row.name


def _more(number: Number) -> str:
    return _written(number, _beside)


def beside(code: str, number: Number) -> str:
    """A figure that stands beside a score: of a share the rest's share, and gaps with their sign; else as it is."""
    if code == gaps.REST:
        return value(Kind.PROPORTION, number)
    return _written(number, lambda gap: f"{gap:+.3%}") if code in gaps.TITLES else _more(number)


def tabulated(report: Report) -> tuple[Shown, ...]:
    """The parts that have a table: those with a score; a whole by itself only where there is nothing else."""
    return tuple(part for part in report.parts if part.kind is not Kind.COUNT) or report.parts


def columns(report: Report, part: Shown) -> tuple[str, ...]:
    """The heading of each of the `cells` of one part."""
    whole = next((each.title for each in report.parts if each.code == part.of), "Expected")
    by_kind = {
        Kind.COUNT: (part.title,),
        Kind.PROPORTION: (part.title, whole, "Share", "95% interval"),
        Kind.RATIO: (part.title, whole, "Ratio", "95% interval"),
        Kind.DAYS: (part.title, "Median", "Middle half"),
    }
    return (*by_kind[part.kind], *(more_title(code) for code in more_of(report, part)))


def cells(report: Report, part: Shown, figure: Figure) -> tuple[str, ...]:
    told = "nothing returned" if figure.count is None and report.source == "qof" else count(figure.count)
    scored = (value(part.kind, figure.value), spread(part.kind, figure))
    by_kind = {
        Kind.COUNT: (told,),
        Kind.PROPORTION: (told, count(figure.of), *scored),
        Kind.RATIO: (told, _more(figure.of), *scored),
        Kind.DAYS: (told, *scored),
    }
    more = dict(figure.more)
    return (*by_kind[part.kind], *(beside(code, more.get(code)) for code in more_of(report, part)))


def more_of(report: Report, part: Shown) -> tuple[str, ...]:
    """The codes of what only this measure tells of a part."""
    figures = (each for row in report.rows for each in row.figures if each.part == part.code)
    return tuple(dict.fromkeys(code for figure in figures for code, _ in figure.more))


def more_title(code: str) -> str:
    return MORE.get(code) or gaps.TITLES.get(code) or code.replace("-", " ").capitalize()


def figure_of(figures: Sequence[Figure], part: Shown) -> Figure:
    """The figure of a part; one without a number where there is none."""
    return next((each for each in figures if each.part == part.code), Figure(part.code, None))


def is_told(figure: Figure) -> bool:
    """Whether there is anything to tell: practices and networks have no figure of many a part."""
    return (figure.count, figure.of) != (None, None)


def headlines(report: Report) -> Iterator[str]:
    """One sentence for each part with a score, of everyone in all places together, where a row tells of these."""
    for part in tabulated(report) if report.rows and not report.rows[0].group else ():
        figure = figure_of(report.rows[0].figures, part)
        if is_told(figure):
            yield _sentence(report, part, figure)


def _sentence(report: Report, part: Shown, figure: Figure) -> str:
    told, *rest = cells(report, part, figure)
    if part.kind is Kind.COUNT:
        return f"{part.title}: {told}."
    if part.kind is Kind.DAYS:
        return f"{part.title}: {told}, median {rest[0]} (middle half {rest[1]})."
    of, score, between = rest[:3]
    scored = f": {score} (95% interval {between})" if isinstance(figure.value, float) else ""
    return f"{part.title}: {told} of {of} ({columns(report, part)[1].lower()}){scored}."


def origin(report: Report) -> tuple[str, ...]:
    """What a number can be traced by: published files, the definition, how numbers were hidden, the snapshot."""
    rests_on = (f"Published figures: {listed(report.sources)}.",) if report.sources else ()
    made = f"Measure {report.number} {report.measure}, version {report.version}; disclosure profile {report.profile}"
    shown_again = f"; snapshot {report.snapshot}" if report.snapshot else ""
    return (*rests_on, f"{made}{shown_again}.")


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
