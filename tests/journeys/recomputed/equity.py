"""The report on equity beside the reports that it is made of: the same figures, and what lies between the groups.

Those reports are held against the resources themselves; here it is that nothing changes on the way, and that each gap
is Newcombe's difference of the group and the rest, and each slope a weighted line through the fifths of practices.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import hypot, sqrt
from typing import Any

from tests.journeys.recomputed.comparison import HIDDEN, Z, plain, wilson
from tests.journeys.recomputed.groups import FIFTHS

GAP = ("share-of-the-rest", "gap", "gap-low", "gap-high")
SLOPE = ("slope", "slope-low", "slope-high")


def wrong(equity: Any, wholes: Mapping[str, Any], split: Mapping[str, Any]) -> list[str]:
    """What differs. `wholes` and `split` are the reports of each measure, as they are and by the split of `equity`."""
    return [
        f"{row.code} {row.group} {figure.part} {what}: {found}, not {expected}"
        for row in equity.rows
        for figure in row.figures
        for what, found, expected in _expected(row, figure, wholes, split)
        if found != expected
    ]


def _expected(
    row: Any, figure: Any, wholes: Mapping[str, Any], split: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    name = next(each for each in sorted(wholes, key=len, reverse=True) if figure.part.startswith(f"{each}-"))
    code = figure.part.removeprefix(f"{name}-")
    whole = _found(wholes[name], row, "", code)
    source = _found(split[name], row, row.group, code) if row.group else whole
    for what in ("count", "of", "value", "low", "high"):
        yield what, plain(getattr(figure, what)), plain(getattr(source, what))
    shown = next(each for each in wholes[name].parts if each.code == code)
    is_share = shown.kind.value == "proportion" and None not in (figure.value, figure.of)
    more = {each: plain(number) for each, number in figure.more}
    if is_share and row.group and None not in (whole.value, whole.of):
        titles = {each.group for each in split[name].rows} - {row.group}
        others = [found for title in titles if (found := _found(split[name], row, title, code))]
        yield "gap", more, _gap(figure, whole, others)
    elif is_share and split[name].split == "deprivation":
        yield "slope", more, _slope([_found(split[name], row, FIFTHS[fifth], code) for fifth in "12345"])
    else:
        yield "more", more, {}


def _found(report: Any, row: Any, group: str, code: str) -> Any:
    rows = [each for each in report.rows if (each.level, each.code, each.group) == (row.level, row.code, group)]
    return next((figure for each in rows for figure in each.figures if figure.part == code), None)


def _gap(group: Any, whole: Any, others: list[Any]) -> dict[str, Any]:
    """To the other groups where all of these are shown, else to what is left of the whole."""
    numbers = [plain(each) for each in (group.count, group.of, whole.count, whole.of)]
    if HIDDEN in numbers:
        return dict.fromkeys(GAP, HIDDEN)
    count, of, everybody, everybody_of = numbers
    rest_of_them = [(plain(each.count), plain(each.of)) for each in others]
    if others and not any(HIDDEN in each or None in each for each in rest_of_them):
        everybody = count + sum(many for many, _ in rest_of_them)
        everybody_of = of + sum(many for _, many in rest_of_them)
    rest, rest_of = everybody - count, everybody_of - of
    if rest_of <= 0 or not 0 <= rest <= rest_of:  # after rounding
        return {}
    (low, high), (rest_low, rest_high) = wilson(count, of), wilson(rest, rest_of)
    share, of_rest = count / of, rest / rest_of
    gap = share - of_rest
    bounds = gap - hypot(share - low, rest_high - of_rest), gap + hypot(high - share, of_rest - rest_low)
    return dict(zip(GAP, (round(each, 5) for each in (of_rest, gap, *bounds)), strict=True))


def _slope(fifths: list[Any]) -> dict[str, Any]:
    """The line by least squares, each fifth weighing as its people, at the middle of its stretch of all of them."""
    if None in fifths or any((each.value is None or each.of is None) and each.of != 0 for each in fifths):
        return {}
    numbers = [(plain(each.count), plain(each.of)) for each in fifths]
    if any(HIDDEN in each for each in numbers):
        return dict.fromkeys(SLOPE, HIDDEN)
    known = [(count, of) for count, of in numbers if of]
    if len(known) < 2:
        return {}
    people = sum(of for _, of in known)
    middles = [(upto - of / 2) / people for upto, (_, of) in zip(accumulate(of for _, of in known), known, strict=True)]
    centre = sum(of * x for x, (_, of) in zip(middles, known, strict=True)) / people
    spread = sum(of * (x - centre) ** 2 for x, (_, of) in zip(middles, known, strict=True))
    pulls = [of * (x - centre) / spread for x, (_, of) in zip(middles, known, strict=True)]
    slope = sum(pull * count / of for pull, (count, of) in zip(pulls, known, strict=True))
    errors = [(high - low) / (2 * Z) for low, high in (wilson(*each) for each in known)]
    error = Z * sqrt(sum((pull * each) ** 2 for pull, each in zip(pulls, errors, strict=True)))
    return dict(zip(SLOPE, (round(each, 5) for each in (slope, slope - error, slope + error)), strict=True))
