"""The one SQL statement of a measure, made of its population and its parts, and what it counts.

Every person is asked once, in an inner select; the outer one adds up by practice, day or month, and group of a split.
What a table says of practices (`Given`) comes with the same statement.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Executable,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlmodel import Session

from service import db
from service.expressions import constant
from service.register.organisations import DeathCount, ListByAge, ListSize
from service.reports import populations
from service.reports.measure import Measure
from service.reports.part import Given, Part
from service.reports.scene import Scene
from service.reports.split import Split

_LIST, _AGES, _DEATHS = db.table(ListSize), db.table(ListByAge), db.table(DeathCount)

ADULT: Final = 18
"""SCCI1580 is for adults; practices' registers for the Quality and Outcomes Framework are of any age."""

Key = tuple[str, date, str]
"""Practice, day of a stock or first day of a month, and group of the split ("" without one)."""


@dataclass(slots=True)
class Counts:
    """What was counted: of each key the people of each part, and of parts that tell days, how many of each.

    `totals` are of all practices together, where a trend needs no more. `notes` and `sources` are for the report.
    """

    people: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: dict[Key, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    totals: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def practices(self) -> set[str]:
        return {practice for practice, _, _ in self.people}


def of(session: Session, seen: Scene) -> Counts:
    """What a measure counts: of a stock on each day of the scene, else the deaths of its months."""
    days = seen.days if seen.is_stock else []
    asked = statement(seen.one, seen.split, len(days))
    given = {f"day_{at}": day for at, day in enumerate(days)} or {"first": seen.earliest, "last": seen.latest}
    return _counted(session, seen.one, asked, given)


@cache
def statement(one: Measure, split: Split | None, days: int) -> Select[Any] | CompoundSelect[Any]:
    """Columns: practice, period, group, days, then a count for each part that is not added up from others."""
    asked = _asked(one, split, days)
    keys = list(asked.c)[:4]
    counts = (func.count().filter(asked.c[each.code]).label(each.code) for each in columns(one))
    counted = select(*keys, *counts).group_by(*keys)
    given = [_given(one, each, split, days) for each in columns(one) if each.given in _GIVEN]
    return counted.union_all(*given) if given else counted


def columns(one: Measure) -> list[Part]:
    return [each for each in one.parts if not each.sum_of]


def _asked(one: Measure, split: Split | None, days: int) -> FromClause:
    """Every person with the answers of each part. Of the population, only the columns that are asked for."""
    whole = one.population.rows(days)
    wanted = populations.used(whole, _answers(one, split, whole))
    return select(*_answers(one, split, one.population.rows(days, wanted))).subquery()


def _answers(one: Measure, split: Split | None, rows: FromClause) -> list[ColumnElement[Any]]:
    lasting = next((each.days for each in one.parts if each.days), None)
    return [
        rows.c.practice_code,
        rows.c.period,
        (split.value(rows) if split else constant("")).label("group"),
        (lasting(rows) if lasting else cast(null(), Integer)).label("days"),
        *(answer(each, rows).label(each.code) for each in columns(one)),
    ]


def answer(part: Part, rows: FromClause) -> ColumnElement[bool]:
    """Whether a part counts the person of a row."""
    if part.given:
        return false()
    return part.counts(rows) if part.counts else true()


def _given(one: Measure, part: Part, split: Split | None, days: int) -> Select[Any]:
    source = _GIVEN[part.given](days) if part.given else None
    assert source is not None
    group = split.value(source) if split and split.of_practice else constant("")
    others = [source.c.people if each is part else literal(0) for each in columns(one)]
    return select(source.c.practice_code, source.c.period, group, cast(null(), Integer), *others)


def _deaths_of_each_month(days: int) -> FromClause:
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    month = _DEATHS.c.month
    found = select(_DEATHS.c.practice_code, month.label("period"), _DEATHS.c.deaths.label("people"))
    return found.where(month >= first, month <= last).subquery("deaths_of_each_month")


def _list_of_each_day(days: int) -> FromClause:
    """The latest extract at or before each day, one for all practices."""
    extracts = [
        select(_LIST.c.practice_code, day.label("period"), _LIST.c.patients.label("people")).where(
            _LIST.c.on == latest(_LIST, day)
        )
        for day in _bound(days)
    ]
    return union_all(*extracts).subquery("list_of_each_day")


def _adults_of_each_day(days: int) -> FromClause:
    """The same of people aged 18 and over, of lists with a band that begins there; bands of five have none."""
    single = _AGES.alias()
    is_single = exists().where(
        single.c.practice_code == _AGES.c.practice_code, single.c.on == _AGES.c.on, single.c.age == ADULT
    )
    extracts = [
        select(_AGES.c.practice_code, day.label("period"), func.sum(_AGES.c.patients).label("people"))
        .where(_AGES.c.on == latest(_AGES, day), _AGES.c.age >= ADULT, is_single)
        .group_by(_AGES.c.practice_code)
        for day in _bound(days)
    ]
    return union_all(*extracts).subquery("adults_of_each_day")


def _bound(days: int) -> list[BindParameter[date]]:
    return [bindparam(f"day_{at}", type_=Date) for at in range(days)]


def latest(table: Table, day: ColumnElement[date]) -> ColumnElement[date]:
    """The day of the latest extract of a table of lists at or before a day."""
    other = table.alias()
    return select(func.max(other.c.on)).where(other.c.on <= day).scalar_subquery()


_GIVEN: Final[Mapping[Given, Callable[[int], FromClause]]] = {
    Given.LIST: _list_of_each_day,
    Given.ADULTS: _adults_of_each_day,
    Given.DEATHS: _deaths_of_each_month,
}


def _counted(session: Session, one: Measure, asked: Executable, given: Mapping[str, date]) -> Counts:
    counts = Counts()
    codes = [each.code for each in columns(one)]
    timed = next((codes.index(each.code) for each in one.parts if each.days), None)
    for practice, period, group, days, *people in session.execute(asked, given):
        key = (practice or "", period, group or "")
        counts.people[key].update({code: count for code, count in zip(codes, people, strict=True) if count})
        if timed is not None and days is not None and people[timed]:
            counts.days[key][days] += people[timed]
    return counts
