"""Rows of a report from the counts of practices: the same for our register and for published ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.reports import figures
from service.reports.areas import Belonging, Place, places
from service.reports.disclosure import Hidden, Protected
from service.reports.measure import ALL_LISTS, LISTS_RETURNED, Figures, Level, Row


@dataclass(frozen=True, slots=True)
class PracticeCount:
    """People on a register and on the list of one practice; `on_register` is None where it returned nothing."""

    on_register: int | None
    patients: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of every practice, over lists of one day or year. `published` figures are shown whole."""

    practices: Mapping[str, PracticeCount]
    list_of: str
    published: bool
    baseline: float

    def people(self, codes: frozenset[str]) -> int | None:
        returned = [self.practices[code].on_register for code in codes]
        found = [count for count in returned if count is not None]
        return sum(found) if found else None

    def patients(self, codes: frozenset[str]) -> int:
        return sum(self.practices[code].patients for code in codes)

    def returned(self, codes: frozenset[str]) -> frozenset[str]:
        return frozenset(code for code in codes if self.practices[code].on_register is not None)


def rows(counts: Counts, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None) -> tuple[Row, ...]:
    """The row of all, then of each area, network and practice. With `chosen` practices, only of places that have some.

    What is hidden is decided over all practices, whatever is asked for, so that no two reports give away by their
    difference what each of them hides.
    """
    everywhere = places(belongings, counts.practices)
    protected = _protected(counts, everywhere)
    return tuple(row for place in _asked(everywhere, chosen) for row in _rows(counts, place, protected))


def total(counts: Counts, belongings: Mapping[str, Belonging], chosen: frozenset[str] | None) -> Figures:
    """The figures of the row of all, alone; hidden where that row is."""
    everywhere = places(belongings, counts.practices)
    return _rows(counts, _asked(everywhere, chosen)[0], _protected(counts, everywhere))[0].figures


def _protected(counts: Counts, everywhere: list[Place]) -> Protected | None:
    if counts.published:
        return None
    return Protected({place.practices: counts.people(place.practices) or 0 for place in everywhere})


def _asked(everywhere: list[Place], chosen: frozenset[str] | None) -> list[Place]:
    if chosen is None:
        return everywhere
    everyone = everywhere[0]
    area = Place(Level.ALL, "", "The area asked for", everyone.practices & chosen)
    return [area, *(place for place in everywhere[1:] if place.practices & chosen)]


def _rows(counts: Counts, place: Place, protected: Protected | None) -> list[Row]:
    people = counts.people(place.practices)
    shown = protected.count(place.practices, people or 0) if protected else people
    found = [_row(counts, place, place.practices, shown, ALL_LISTS)]
    returned = counts.returned(place.practices)
    if place.level is not Level.PRACTICE and returned and returned != place.practices:
        found.append(_row(counts, place, returned, shown, LISTS_RETURNED))
    return found


def _row(counts: Counts, place: Place, over: frozenset[str], shown: int | Hidden | None, basis: str) -> Row:
    made = figures.of(shown, counts.patients(over), list_of=counts.list_of, baseline=counts.baseline)
    return Row(place.level, place.code, place.name, basis, made)


def below_baseline(found: tuple[Row, ...], baseline: float) -> int:
    """Practices whose shown share is under the baseline, by the unrounded counts."""
    counts = [row.figures for row in found if row.level is Level.PRACTICE]
    return sum(isinstance(each.rate, float) and _share(each) < baseline for each in counts)


def _share(each: Figures) -> float:
    return each.numerator / each.denominator if isinstance(each.numerator, int) else 1.0
