"""From counts that may be shown to the figures that are printed. A hidden count hides all that is made of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from service.reports.disclosure_profile import HIDDEN
from service.reports.part import Part
from service.reports.report import Figure, Kind, Number, Shown
from service.reports.statistics import wilson
from service.reports.statistics.durations import quartiles


def of(
    parts: Sequence[Part], number: Callable[[Part], Number], days: Mapping[int, int], *, is_small: bool, is_exact: bool
) -> tuple[Figure, ...]:
    """The figures of a place. `number` says what may be shown of a part; `is_small` of a practice or network,
    `is_exact` where counts are not rounded."""
    found = {each.code: number(each) for each in parts if not each.sum_of}
    for each in parts:
        if each.sum_of:
            found[each.code] = _added(each, found)
    return tuple(_figure(each, found, days, is_small=is_small, is_exact=is_exact) for each in parts)


def _added(part: Part, found: dict[str, Number]) -> Number:
    numbers = [found[code] for code in part.sum_of]
    if any(each is None for each in numbers):
        return None
    return HIDDEN if any(each is HIDDEN for each in numbers) else sum(cast(list[int], numbers))


def _figure(part: Part, found: dict[str, Number], days: Mapping[int, int], *, is_small: bool, is_exact: bool) -> Figure:
    count, of_ = found[part.code], found.get(part.of)
    if count is None or (part.sum_of and part.of and of_ is None):  # what it is of is told for areas only
        return Figure(part.code, None)
    if part.days:
        return _lasting(part, count, days, is_exact=is_exact)
    if not part.of or of_ is None:
        return Figure(part.code, count)
    if count is HIDDEN or of_ is HIDDEN:
        return Figure(part.code, count, of_, HIDDEN, HIDDEN, HIDDEN)
    return share(part.code, cast(int, count), cast(int, of_), least=part.least if is_small else 0)


def share(code: str, count: int, of_: int, *, least: int = 0) -> Figure:
    """A proportion and its interval; none where nobody was asked, where fewer than `least` were, or where more count
    than there are, as on a list that is older than the register."""
    if of_ == 0 or of_ < least or count > of_:
        return Figure(code, count, of_)
    low, high = wilson(count, of_)
    return Figure(code, count, of_, round(count / of_, 5), round(low, 5), round(high, 5))


def _lasting(part: Part, count: Number, days: Mapping[int, int], *, is_exact: bool) -> Figure:
    """In completed days where counts are rounded: half a day would say that the count is even."""
    if count is HIDDEN:
        return Figure(part.code, HIDDEN, None, HIDDEN, HIDDEN, HIDDEN)
    if not days:
        return Figure(part.code, count)
    low, median, high = (each if is_exact else each // 1 for each in quartiles(days))
    return Figure(part.code, count, None, median, low, high)


def shown(part: Part) -> Shown:
    return Shown(part.code, part.title, _kind(part), part.of, part.better, part.trend)


def _kind(part: Part) -> Kind:
    if part.days:
        return Kind.DAYS
    if part.is_ratio:
        return Kind.RATIO
    return Kind.PROPORTION if part.of else Kind.COUNT
