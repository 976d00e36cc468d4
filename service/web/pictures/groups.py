"""Groups of people beside each other: bars of the groups of a split."""

from collections.abc import Iterator

from service.reports import words
from service.reports.report import Kind, Level, Report, Shown
from service.web.charts import bars
from service.web.charts.axes import Frame
from service.web.pictures import pictured
from service.web.pictures.pictured import Pictured

_NOTE = (
    "A difference between groups is a question and not yet a finding: their ages, diagnoses and practices differ too. "
    "A group that is hidden, or has nobody, has no bar."
)


def of(report: Report, part: Shown, name: str, *, by: str) -> Pictured | None:
    """The part, of each group of all; None where fewer than two groups have a value. `by` is the split's title."""
    rows = [row for row in report.rows if row.level is Level.ALL and row.group]
    if not pictured.are_several_valued(rows, part):
        return None
    heading = f"{part.title}, by {by[:1].lower()}{by[1:]}"
    groups = [pictured.group(row.group, part, pictured.figure_of(row.figures, part)) for row in rows]
    whole = pictured.total(report, part)
    line = pictured.valued(whole.value) if whole else None
    picture = bars.draw(
        Frame(name, heading, "Each bar is a group. Where intervals overlap widely, groups are not told apart."),
        groups,
        across=pictured.axis_of(part),
        spread=pictured.spread_in_words(part),
        is_share=part.kind is Kind.PROPORTION,
        all_of=line,
        all_text=f"all: {words.value(part.kind, line)}",
    )
    return Pictured(heading, picture, (_NOTE,))


def of_each(report: Report, name: str, *, by: str) -> Iterator[Pictured]:
    """Of a report of several measures (M12), the first part of each of which more or less is better."""
    firsts: dict[str, Shown] = {}
    for part in report.parts:
        if part.better and part.kind is not Kind.COUNT:
            firsts.setdefault(part.title.partition(",")[0], part)
    for number, part in firsts.items():
        found = of(report, part, f"{name}-{number}", by=by)
        if found:
            yield found
