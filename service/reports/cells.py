"""One table of a report: the counts of every place, group and part of one day or stretch, and which may be shown.

Small numbers are hidden over the whole table, whatever of it is asked for, so that no two reports give away by their
difference what each of them hides. What a reader could add up or take away is told to `disclosure.protected` as sums:
practices of a network, networks of an area, areas of all; the parts of a whole and whoever is in none of them; the
groups of a split.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from service.reports.areas import Place
from service.reports.disclosure import Release, Sum, protected
from service.reports.disclosure_profile import HIDDEN, Hidden, Profile
from service.reports.nesting import left_over, nested
from service.reports.part import Part
from service.reports.report import Level

FEWEST_HIDDEN = 3
"""Practices hidden, at least, whose sum may be known."""

Cell = tuple[frozenset[str], str, str]
"""Practices, group of the split, code of the part. Places of the same practices share their fate."""


class Rest(NamedTuple):
    """Whoever is in a whole and in none of these parts of it: nobody is told of it, and everybody can work it out."""

    code: str
    whole: str
    parts: tuple[str, ...]


class Layout:
    """What a table has rows and columns for: all places there are, the groups of its split, and the parts.

    Of groups only some parts are told; but what the table without the split tells, its readers know as well.
    """

    def __init__(
        self,
        places: Sequence[Place],
        parts: Sequence[Part],
        groups: tuple[str, ...] = (),
        of_groups: Sequence[Part] = (),
        *,
        everything: bool,
    ) -> None:
        areas = [each.practices for each in places if each.level.is_area]
        nowhere = [Place(Level.SUB_ICB, "", "", practices) for practices in left_over(areas)]
        self.places, self.groups = [*places, *nowhere], groups
        self.parts = [each for each in parts if not each.sum_of]
        self._of_groups = [each for each in of_groups if not each.sum_of]
        self._everything = everything
        self.given = {each.code for each in self.parts if each.given}
        self.open = {each.code for each in self.parts if each.given and each.given.is_published}
        wholes = {each.of for each in self.parts if each.at_practice}
        self._small = [each for each in self.parts if everything or each.at_practice or each.code in wholes]
        headlines = {each.code for each in self.parts if each.of and (each.at_practice or each.trend)}
        headlines |= {code for each in self.parts for code in (each.of, each.within) if code}
        self._weights = {**dict.fromkeys(headlines, 1), **{each.code: 2 for each in self.parts if not each.of}}
        self._small_codes = {each.code for each in self._small} | {rest.code for rest in self.rests(self._small)}
        rests = [self._rests_of_headlines(each) for each in (self.parts, self._small, self._of_groups)]
        self._leading = self._weights.keys() | {rest.code for found in rests for rest in found}
        self.areas = frozenset(each.practices for each in self.places if each.level.is_area)
        self.wholes = {each.code for each in self.parts if not each.of or each.of in self.open or each.is_base}
        self.sums_of_areas = nested(self.areas)
        self.sums_of_places = nested(each.practices for each in self.places)

    def parts_of(self, group: str) -> list[Part]:
        return self._of_groups if group else self.parts

    def told(self, place: Place, group: str) -> list[Part]:
        """The parts that are published for a place: for practices and networks only some, and what these are of."""
        parts = self.parts_of(group)
        if place.practices in self.areas:
            return parts
        return [each for each in parts if self.is_told_everywhere(each.code, group)]

    def is_told_everywhere(self, code: str, group: str = "") -> bool:
        """Of practices and networks too: of these no groups, unless a practice is told of itself."""
        return code in self._small_codes and (self._everything or not group)

    def weight(self, code: str) -> int:
        """How much a report loses where a part of it is hidden: a detail 0, what practices are told of 1, a whole 2."""
        return self._weights.get(code, 0)

    def stage(self, cell: Cell) -> tuple[bool, bool, bool, bool]:
        """What reports have in common is decided first, so that it is the same in all of them: areas stand in trends
        without their practices, wholes in other measures without these parts, and all of it without a split. Headlines
        come before details, so that no detail ever costs one.
        """
        practices, group, code = cell
        return bool(group), practices not in self.areas, code not in self.wholes, code not in self._leading

    def all_rests(self, told: Sequence[Part]) -> list[Rest]:
        """The rests of all that is told, and of its headlines alone: all details of a whole are in one of these."""
        return list(dict.fromkeys((*self.rests(told), *self._rests_of_headlines(told))))

    def _rests_of_headlines(self, told: Sequence[Part]) -> list[Rest]:
        return self.rests([each for each in told if each.code in self._weights])

    def rests(self, told: Sequence[Part]) -> list[Rest]:
        """Those in a whole that is counted, and in none of these parts of it. A published list has no secret rest."""
        within = {each.code: self._within(each, told) for each in told}
        shares = [each for each in told if within[each.code] and within[each.code] not in self.open]
        apart: dict[str, list[str]] = {}
        for each in shares:
            if each.apart:
                apart.setdefault(within[each.code], []).append(each.code)
        alone = [(within[each.code], [each.code]) for each in shares if not each.apart]
        return [
            Rest(f"{whole} but {', '.join(codes)}", whole, tuple(codes)) for whole, codes in (*alone, *apart.items())
        ]

    def _within(self, part: Part, told: Sequence[Part]) -> str:
        """The next larger part that is told as well; empty for a whole."""
        codes = {each.code for each in told}
        by_code = {each.code: each for each in self.parts}
        larger = part.within or part.of
        while larger and larger not in codes:
            larger = by_code[larger].within or by_code[larger].of
        return larger


class Cells:
    """The cells of one table. `people` are the counts of each practice and group."""

    def __init__(
        self,
        layout: Layout,
        people: Mapping[tuple[str, str], Counter[str]],
        profile: Profile,
        years: Sequence[Release[Cell]] = (),
        also_hidden: Collection[Cell] = (),
    ) -> None:
        """`years` are what was shown of each of the years that are pooled here; `also_hidden` is hidden for what
        another table hides (`groups_of_few`)."""
        self._layout, self._profile = layout, profile
        self._by_group = {group: _by_practice(people, group) for group in ("", *layout.groups)}
        self._groups_of: dict[str, set[str]] = {}
        for practice, group in people:
            self._groups_of.setdefault(practice, set()).add(group)
        counts = self._counts()
        self.release = protected(
            counts, self._sums(), profile, turn=self._turn, stage=layout.stage, also_hidden=also_hidden, years=years
        )

    def _turn(self, cell: Cell) -> tuple[bool, int, int]:
        """Groups are hidden before the totals of them, details before headlines and wholes, practices before areas."""
        practices, group, code = cell
        return not group, self._layout.weight(code), len(practices)

    def exact(self, practices: frozenset[str], group: str, code: str) -> int:
        """The count as it is, for what nobody sees."""
        by_practice = self._by_group[group]
        return sum(by_practice[practice][code] for practice in practices if practice in by_practice)

    def number(self, place: Place, group: str, part: Part) -> int | Hidden | None:
        """What may be shown of a part at a place; None where it is not published there."""
        return self.of(place.practices, group, part.code) if part in self._layout.told(place, group) else None

    def of(self, practices: frozenset[str], group: str, code: str) -> int | Hidden | None:
        """What may be shown of these practices: of a place, or of several together if a reader could add them up.

        None where no table has a count that it should: a list or deaths that are not known are not zero. None too of
        practices that make up no areas, where only areas are told of the part.
        """
        if code in self._layout.given and not self.exact(practices, group, code):
            return None
        if code in self._layout.open:
            return self.exact(practices, group, code)
        if (practices, group, code) in self.release:
            return self.release[practices, group, code]
        made_of = self._made_of(practices, group, code)
        if practices.difference(*made_of):
            return None
        return self.release.sum_of((each, group, code) for each in made_of)

    def _made_of(self, practices: frozenset[str], group: str, code: str) -> list[frozenset[str]]:
        """The smallest places of which the part is told that these practices are made of."""
        small = any(each.level is Level.PRACTICE for each in self._layout.places)
        level = Level.PRACTICE if small and self._layout.is_told_everywhere(code, group) else Level.SUB_ICB
        found = [each.practices for each in self._layout.places if each.level is level]
        return [each for each in found if each <= practices]

    def _counts(self) -> dict[Cell, int]:
        counts: dict[Cell, int] = {}
        for place, group in self._everything():
            told = self._layout.told(place, group)
            found = {each.code: self.exact(place.practices, group, each.code) for each in told}
            counts |= {(place.practices, group, code): found[code] for code in found if code not in self._layout.open}
            for rest in self._layout.all_rests(told):
                others = found[rest.whole] - sum(found[code] for code in rest.parts)
                counts[place.practices, group, rest.code] = others
        return counts

    def _everything(self) -> Iterator[tuple[Place, str]]:
        return ((place, group) for place in self._layout.places for group in self._by_group)

    def _sums(self) -> Iterator[Sum[Cell]]:
        for place, group in self._everything():
            for rest in self._layout.all_rests(self._layout.told(place, group)):
                cells = [(place.practices, group, code) for code in (*rest.parts, rest.code)]
                yield Sum((place.practices, group, rest.whole), cells)
        yield from self._sums_of_places()
        if self._layout.groups:
            yield from self._sums_of_groups()

    def _sums_of_places(self) -> Iterator[Sum[Cell]]:
        for group in self._by_group:
            told = self._layout.parts_of(group)
            codes = [each.code for each in told if each.code not in self._layout.open]
            for code in (*codes, *(rest.code for rest in self._layout.rests(told))):
                sums = self._layout.sums_of_areas
                if self._layout.is_told_everywhere(code, group):
                    sums = sums + self._layout.sums_of_places
                for total, parts in sums:
                    yield Sum((total, group, code), [(part, group, code) for part in parts])

    def _sums_of_groups(self) -> Iterator[Sum[Cell]]:
        groups = self._layout.groups
        whole = {each.code for each in self._layout.parts}
        for place in self._layout.places:
            codes = whole.intersection(each.code for each in self._layout.told(place, groups[0]))
            for code in sorted(codes - self._layout.open):
                yield Sum((place.practices, "", code), [(place.practices, group, code) for group in groups])

    def groups_of_few(self, layout: Layout) -> Iterator[Cell]:
        """Of a split into whole practices, what would show what this table, without the split, hides of practices.

        A group of an area is the sum of its practices. So it says how many those have together that are hidden, which
        must be too many, and of too many practices, to say much of any of them.
        """
        told = [each.code for each in layout.parts_of(layout.groups[0]) if self._layout.is_told_everywhere(each.code)]
        codes = [code for code in told if code not in layout.open]
        for area, group, code in product(sorted(layout.areas, key=sorted), layout.groups, codes):
            within = [frozenset({each}) for each in sorted(area) if group in self._groups_of.get(each, ())]
            cells = [(each, "", code) for each in within]
            hidden = [self.release.counts[each] for each in cells if self.release.get(each) is HIDDEN]
            enough = self._profile.hidden_up_to + len(hidden)
            if hidden and (len(hidden) < FEWEST_HIDDEN or sum(hidden) < enough):
                yield area, group, code


def _by_practice(people: Mapping[tuple[str, str], Counter[str]], group: str) -> dict[str, Counter[str]]:
    """The counts of each practice in a group; in the group "" of all groups together."""
    if group:
        return {practice: counts for (practice, found), counts in people.items() if found == group}
    whole: dict[str, Counter[str]] = {}
    for (practice, _), counts in people.items():
        whole.setdefault(practice, Counter()).update(counts)
    return whole
