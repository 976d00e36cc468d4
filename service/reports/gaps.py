"""Gaps between groups of people: how far the share of each is from that of the rest of the same area.

They are made of what two reports show, the whole and the same split into groups, after small numbers were hidden and
counts rounded. So a gap can say nothing that these do not, and where either is hidden there is none.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Figure, Number
from service.reports.statistics import newcombe
from service.reports.statistics.inequality import slope_of_shares

REST, GAP, GAP_LOW, GAP_HIGH = "share-of-the-rest", "gap", "gap-low", "gap-high"
SLOPE, SLOPE_LOW, SLOPE_HIGH = "slope", "slope-low", "slope-high"
TITLES = {
    REST: "Share of the rest of the area",
    GAP: "Gap to the rest of the area",
    GAP_LOW: "Gap, lower limit",
    GAP_HIGH: "Gap, upper limit",
    SLOPE: "Slope index of inequality",
    SLOPE_LOW: "Slope index, lower limit",
    SLOPE_HIGH: "Slope index, upper limit",
}
NOTES = (
    (
        "Gap: the share of a group less the share of everybody else in the same area, with Newcombe's 95% interval; "
        "where that holds zero, chance alone may be why. Made of the figures as shown, after rounding."
    ),
    "One gap in twenty is clear by chance alone: look for those that come back in other periods and measures.",
)
SLOPE_NOTE = (
    "Slope index of inequality: the difference of the share from the most to the least deprived end of the population, "
    "by a straight line through the fifths of practices; above zero, the least deprived have more."
)


_GAP, _SLOPE = (REST, GAP, GAP_LOW, GAP_HIGH), (SLOPE, SLOPE_LOW, SLOPE_HIGH)


def gap(group: Figure, whole: Figure, others: Sequence[Figure] = ()) -> Figure:
    """The share of a group with its gap to the rest of the whole; as it is where there is no share to compare.

    The rest is the other groups added up where all of them are shown: of two groups, each is the rest of the other.
    What rounding leaves of the whole could be worse, or better, than either.
    """
    if not (_is_share(group) and _is_share(whole)):
        return group
    some, everybody = _counts(group), _counts(whole)
    if some is None or everybody is None:
        return _with(group, _GAP, [HIDDEN] * 4)
    known = [counts for each in others if (counts := _counts(each))]
    if known and len(known) == len(others):
        everybody = sum((some[0], *(count for count, _ in known))), sum((some[1], *(of for _, of in known)))
    return _with(group, _GAP, _gap(*some, *everybody))


def slope(whole: Figure, fifths: Sequence[Figure]) -> Figure:
    """The share of an area with the slope over the fifths of its practices, from the most deprived."""
    if not _is_share(whole) or not all(_is_share(each) or each.of == 0 for each in fifths):
        return whole
    known = [counts for each in fifths if (counts := _counts(each))]
    if len(known) < len(fifths):
        return _with(whole, _SLOPE, [HIDDEN] * 3)
    found = slope_of_shares(known)
    return _with(whole, _SLOPE, [round(each, 5) for each in (found.value, found.low, found.high)]) if found else whole


def _is_share(figure: Figure) -> bool:
    """A share that is shown, or one that is hidden."""
    return figure.value is not None and figure.of is not None


def _counts(figure: Figure) -> tuple[int, int] | None:
    """None where either is hidden."""
    return (figure.count, figure.of) if isinstance(figure.count, int) and isinstance(figure.of, int) else None


def _gap(count: int, of: int, whole: int, whole_of: int) -> list[float]:
    """The share of the rest, and the gap with its interval; nothing where rounding, or the group, left nobody else."""
    rest, rest_of = whole - count, whole_of - of
    if not 0 <= rest <= rest_of or rest_of == 0:
        return []
    found = newcombe(count, of, rest, rest_of)
    return [round(each, 5) for each in (rest / rest_of, found.value, found.low, found.high)]


def _with(figure: Figure, codes: Sequence[str], numbers: Sequence[Number]) -> Figure:
    return replace(figure, more=(*figure.more, *zip(codes, numbers, strict=False)))
