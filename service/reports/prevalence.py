"""How M1 counts the register of a country over five years in one statement.

Of the day of the report: the stays that cover it, by practice, beside the list. Of the trend: on how many stays people
came and went in each month, added up month by month, so that no stay is compared with sixty days. Where all practices
are asked for, the trend is of all together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from service import db
from service.expressions import among, constant, first_of_month
from service.register.models import Stay
from service.register.organisations import ListSize
from service.reports import counting
from service.reports.counting import Counts
from service.reports.scene import Scene

LIST, ON_REGISTER = "list", "on-register"
_STAY, _LIST = db.table(Stay), db.table(ListSize)
_ON = bindparam("on", type_=Date)
_ADDED = "added"


def count(session: Session, seen: Scene) -> Counts:
    """The counts of every practice on the day, and of the days of the trend."""
    if seen.split:
        return counting.of(session, seen)
    together = seen.chosen is None
    asked = _statement(len(seen.days), together=together)
    given = {f"day_{at}": day for at, day in enumerate(seen.days)}
    practices = sorted(seen.listed)
    counts, moves = Counts(), defaultdict[str, Counter[date]](Counter)
    for code, practice, period, people in session.execute(asked, {"on": seen.on, "practices": practices, **given}):
        if code == _ADDED:
            moves[practice][period] += people
        elif practice is None:
            counts.totals[period][code] += people
        else:
            counts.people[practice, period, ""][code] += people
    _add_up(moves, seen.days[:-1], counts, together=together)
    if together:
        counts.totals[seen.on] = sum((counts.people[each, seen.on, ""] for each in practices), Counter())
    return counts


def _add_up(moves: Mapping[str, Counter[date]], days: Iterable[date], counts: Counts, *, together: bool) -> None:
    for practice, by_month in moves.items():
        months = sorted(by_month)
        standing = passed = 0
        for day in days:
            while passed < len(months) and months[passed] <= day:
                standing += by_month[months[passed]]
                passed += 1
            counted = counts.totals[day] if together else counts.people[practice, day, ""]
            counted[ON_REGISTER] = standing


@cache
def _statement(days: int, *, together: bool) -> CompoundSelect[Any]:
    """Columns: code of the part, practice (none of all together), day or first day of a month, how many."""
    of_day = select(constant(ON_REGISTER), _STAY.c.practice_code, _ON, func.count()).where(_covers(_ON))
    of_list = select(constant(LIST), _LIST.c.practice_code, _ON, _LIST.c.patients).where(
        _LIST.c.on == counting.latest(_LIST, _ON)
    )
    counted = [of_day.group_by(_STAY.c.practice_code), of_list]
    if days > 1:
        came = _moved(_STAY.c.started_on, 1, together=together)
        went = _moved(_STAY.c.ended_on, -1, together=together)
        counted += [came, went, _lists(days - 1, together=together)]
    return union_all(*counted)


def _covers(day: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(_STAY.c.started_on <= day, or_(_STAY.c.ended_on.is_(None), _STAY.c.ended_on > day))


def _moved(day: ColumnElement[date], sign: int, *, together: bool) -> Select[Any]:
    """How many stays began or ended in each month, up to the day of the report."""
    practice = constant("") if together else _STAY.c.practice_code
    month = first_of_month(day)
    found = select(constant(_ADDED), practice, month, literal(sign) * func.count())
    keys = [month] if together else [practice, month]
    return found.where(day <= _ON, among(_STAY.c.practice_code, "practices")).group_by(*keys)


def _lists(days: int, *, together: bool) -> Select[Any]:
    """The latest list at or before each day of the trend."""
    day = union_all(*(select(bindparam(f"day_{at}", type_=Date).label("day")) for at in range(days))).cte("day")
    extract = select(day.c.day, counting.latest(_LIST, day.c.day).label("on")).cte("extract")
    here = extract.join(_LIST, and_(_LIST.c.on == extract.c.on, among(_LIST.c.practice_code, "practices")))
    if together:
        found = select(constant(LIST), null(), extract.c.day, func.sum(_LIST.c.patients))
        return found.select_from(here).group_by(extract.c.day)
    return select(constant(LIST), _LIST.c.practice_code, extract.c.day, _LIST.c.patients).select_from(here)
