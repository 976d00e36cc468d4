"""Which places are made up of which, as sums that every reader knows."""

from collections.abc import Iterable

from service.reports.disclosure import Sum

Practices = frozenset[str]
"""The practices of a place; of one practice only itself."""


def nested(places: Iterable[Practices]) -> list[Sum[Practices]]:
    """The sums of places within places, each of the largest ones that are wholly within it and of what is left then.

    What is left is a part that no report tells of, such as the practices of no area; yet everybody can work it out.
    """
    found: list[Sum[Practices]] = []
    around: dict[str, list[Practices]] = {}
    for place in sorted(set(places), key=lambda each: (len(each), sorted(each))):
        within = {part: None for practice in sorted(place) for part in around.get(practice, ())}
        parts, rest = [], place
        for part in sorted(within, key=len, reverse=True):
            if part <= rest:
                parts.append(part)
                rest -= part
        if parts:
            found.append(Sum(place, [*parts, rest] if rest else parts))
        for practice in place:
            around.setdefault(practice, []).append(place)
    return found


def left_over(places: Iterable[Practices]) -> list[Practices]:
    """What is left of places beside those that are wholly within them, and is none of them itself."""
    places = set(places)
    return sorted({part for each in nested(places) for part in each.parts} - places, key=sorted)
