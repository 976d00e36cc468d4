"""M12, equity: measures M1 to M7 by group of people, each group beside the rest of its area.

It counts nothing itself. Every figure is one of the reports that it is made of, the whole and the same split into
groups, after these have hidden small numbers; gaps and slopes are worked out from what they show (`gaps`). Without a
split asked for it goes through all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel import Session

from service.config import Settings
from service.reports import evaluation, gaps, measure, split, words
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.populations import DEATHS
from service.reports.report import Asked, Figure, Kind, Level, Report, Row, Shown
from service.reports.split import Split

NUMBERS: Final = frozenset(f"M{number}" for number in range(1, 8))
DEPRIVATION, FIFTHS = "deprivation", ("1", "2", "3", "4", "5")

Place = tuple[Level, str]
Figures = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class _Told:
    """The reports of one measure: the whole, and by the name of each split the groups."""

    one: Measure
    whole: Report
    by: Mapping[str, Report]

    def code(self, part: str) -> str:
        return f"{self.one.name}-{part}"

    def parts(self) -> Iterator[Shown]:
        for each in self.whole.parts:
            of = self.code(each.of) if each.of else ""
            title = each.title if each.kind is Kind.COUNT else f"{self.one.number}, {each.title}"
            yield replace(each, code=self.code(each.code), title=title, of=of, trend=False)


def evaluate(session: Session, one: Measure, asked: Asked, settings: Settings) -> Report:
    """The report over all splits, or the one asked for. Raises Unreadable as the reports that it is made of do."""
    splits = [split.named(asked.by)] if asked.by else list(split.all_splits().values())
    measures = [each for each in measure.all_measures().values() if each.number in NUMBERS]
    told = [_told(session, each, splits, asked, settings) for each in measures]
    wholes = [each.whole for each in told]
    rows = tuple(_rows(told, splits))
    return Report(
        measure=one.name,
        number=one.number,
        title=one.title,
        version=one.version,
        source="register",
        first=min(each.first for each in wholes),
        on=max(each.on for each in wholes),
        areas=wholes[0].areas,
        period=asked.period.value,
        split=asked.by,
        profile=wholes[0].profile,
        parts=tuple(part for each in told for part in each.parts()),
        practices=max(each.practices for each in wholes),
        rows=rows,
        notes=tuple(dict.fromkeys(_notes(told, splits))) if rows else wholes[0].notes,
        sources=tuple(dict.fromkeys(source for each in wholes for source in each.sources)),
    )


def _told(session: Session, one: Measure, splits: Sequence[Split], asked: Asked, settings: Settings) -> _Told:
    """What is known only as it stands today is told of today, and a note says of which day."""
    plain = replace(asked, by="", months=0, on=None if one.is_current else asked.on)
    by = {each.name: evaluation.evaluate(session, one, replace(plain, by=each.name), settings) for each in splits}
    return _Told(one, evaluation.evaluate(session, one, plain, settings), by)


def _rows(told: Sequence[_Told], splits: Sequence[Split]) -> Iterator[Row]:
    """Of each area first all people, then every group of every split."""
    places = {(row.level, row.code): row.name for each in told for row in each.whole.rows if _is_told(row, each.whole)}
    for (level, code), name in places.items():
        wholes = [_found(each.whole, (level, code)) for each in told]
        yield Row(level, code, name, tuple(_all(told, wholes, (level, code))))
        for one in splits:
            for title in one.groups.values():
                figures = tuple(_group(told, wholes, (level, code), one, title))
                yield Row(level, code, name, figures, group=title if len(splits) == 1 else f"{one.title}: {title}")


def _is_told(row: Row, whole: Report) -> bool:
    """Groups are told of areas, and of one practice only to itself."""
    return row.level.is_area or whole.profile == "own"


def _found(report: Report, place: Place, group: str = "") -> Figures:
    rows = (row for row in report.rows if (row.level, row.code, row.group) == (*place, group))
    return {each.part: each for row in rows for each in row.figures}


def _all(told: Sequence[_Told], wholes: Sequence[Figures], place: Place) -> Iterator[Figure]:
    for each, whole in zip(told, wholes, strict=True):
        for part in each.whole.parts:
            if part.code in whole:
                yield replace(_sloped(each, whole[part.code], part, place), part=each.code(part.code))


def _sloped(told: _Told, whole: Figure, part: Shown, place: Place) -> Figure:
    whole = replace(whole, more=())
    if DEPRIVATION not in told.by or part.kind is not Kind.PROPORTION:
        return whole
    titles = split.named(DEPRIVATION).groups
    fifths = [_found(told.by[DEPRIVATION], place, titles[fifth]).get(part.code) for fifth in FIFTHS]
    return gaps.slope(whole, [each for each in fifths if each])


def _group(told: Sequence[_Told], wholes: Sequence[Figures], place: Place, one: Split, title: str) -> Iterator[Figure]:
    for each, whole in zip(told, wholes, strict=True):
        found = _found(each.by[one.name], place, title)
        others = [_found(each.by[one.name], place, other) for other in one.groups.values() if other != title]
        for part in each.whole.parts:
            if part.code in found:
                figure = replace(found[part.code], part=each.code(part.code), more=())
                beside = [other[part.code] for other in others if part.code in other]
                is_compared = part.kind is Kind.PROPORTION and part.code in whole
                yield gaps.gap(figure, whole[part.code], beside) if is_compared else figure


def _notes(told: Sequence[_Told], splits: Sequence[Split]) -> Iterator[str]:
    yield from gaps.NOTES
    if any(each.name == DEPRIVATION for each in splits):
        yield gaps.SLOPE_NOTE
    for each in told:
        days = list(dict.fromkeys((words.day(each.whole.first), words.day(each.whole.on))))
        yield f"{each.one.number}, {each.one.name}: {' to '.join(days)}."
        yield from each.whole.notes
        for report in each.by.values():
            yield from report.notes


MEASURE = Measure(
    number="M12",
    name="equity",
    title="Equity: measures M1 to M7 by group of people, each beside the rest of the area",
    sentence="Whether people are put on the register, asked and have their wishes met alike, whatever their age, sex, "
    "ethnicity, illness, language and home, and however deprived the people of their practice are.",
    rationale="In Scotland 80% of those who died of cancer had a Key Information Summary, of organ failure 41%: an "
    "average hides who is missed.",
    population=replace(
        DEATHS, name="each-measure", title="The people of each of the measures M1 to M7, in groups of a split"
    ),
    parts=(
        Part(code="people", title="People of a group of whom a measure asks"),
        Part(code="counted", title="Those who count by that measure", of="people"),
    ),
    attribution="As each of the measures has it.",
    notes=gaps.NOTES,
    evaluate=evaluate,
)
