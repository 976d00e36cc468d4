"""Funnel plot: the share of each place over how many it is of, within the limits of chance around one target.

Places, limits and what lies beyond them are `reports.statistics.funnel`'s; here they only get their positions. What
lies within the limits is not ranked (Spiegelhalter 2005).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from service.reports.statistics import funnel
from service.reports.statistics.funnel import Dot, Position
from service.web.charts import axes
from service.web.charts.axes import Axis, Frame, Key, Scale

NAMED_AT_MOST = 12
"""More names than these cover each other; the table has all of them."""
_CHARACTER, _LINE = 8, 14

_MARKS = {
    Position.WITHIN: "within",
    Position.ABOVE_95: "above-95",
    Position.BELOW_95: "below-95",
    Position.ABOVE_998: "above-998",
    Position.BELOW_998: "below-998",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A share to compare with, and its words in the legend."""

    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place; its `label` is written beside it where there is room, to the left where `is_left`."""

    x: float
    y: float
    kind: str
    words: str
    label: str = ""
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Funnel:
    """As `charts/funnel.html` draws it."""

    template = "charts/funnel.html"
    frame: Frame
    band_95: str
    band_998: str
    target_y: float
    baseline_y: float | None
    marks: tuple[Mark, ...]


def draw(frame: Frame, found: funnel.Funnel, *, across: str, up: str, baseline: Line | None = None) -> Funnel:
    """The picture of a funnel of one place at least; `across` and `up` are what the axes say."""
    x, y, x_axis, y_axis = _scales(frame, found, across, up, baseline)
    in_order = sorted(found.dots, key=lambda dot: dot.position is not Position.WITHIN)  # what matters lies on top
    return Funnel(
        frame.with_axes(x_axis, y_axis, _keys(found, baseline)),
        band_95=_band([(x.at(one.of), y.at(one.low_95), y.at(one.high_95)) for one in found.lines]),
        band_998=_band([(x.at(one.of), y.at(one.low_998), y.at(one.high_998)) for one in found.lines]),
        target_y=y.at(found.target),
        baseline_y=y.at(baseline.share) if baseline else None,
        marks=_named([_mark(dot, x, y) for dot in in_order], frame),
    )


def _scales(
    frame: Frame, found: funnel.Funnel, across: str, up: str, baseline: Line | None
) -> tuple[Scale, Scale, Axis, Axis]:
    shares = [dot.share for dot in found.dots] + [line.high_998 for line in found.lines]
    highest = max([*shares, found.target, baseline.share if baseline else 0])
    steps = axes.rounded_steps(0, max(dot.of for dot in found.dots), about=6)
    x, x_axis = axes.axis(across, frame.left, frame.right, steps, axes.counts)
    up_steps = axes.rounded_steps(0, min(1.0, highest * 1.02) or 1.0)
    y, y_axis = axes.axis(up, frame.bottom, frame.top, up_steps, axes.percents(up_steps))
    return x, y, x_axis, y_axis


def _band(edges: Sequence[tuple[float, float, float]]) -> str:
    return axes.path([*((x, low) for x, low, _ in edges), *((x, high) for x, _, high in reversed(edges))])


def _keys(found: funnel.Funnel, baseline: Line | None) -> list[Key]:
    positions = {dot.position for dot in found.dots}
    keys = [Key(mark, position.value) for position, mark in _MARKS.items() if position in positions]
    if found.lines:
        keys += [Key("band-95", "95% limits"), Key("band-998", "99.8% limits")]
    keys.append(Key("centre", f"all together: {axes.percent(found.target)}"))
    return [*keys, Key("baseline", baseline.text)] if baseline else keys


def _mark(dot: Dot, x: Scale, y: Scale) -> Mark:
    words = f"{dot.name} ({dot.code}): {dot.count:,} of {dot.of:,}, {axes.percent(dot.share)}, {dot.position}"
    return Mark(x.at(dot.of), y.at(dot.share), _MARKS[dot.position], words, dot.code)


def _named(marks: Sequence[Mark], frame: Frame) -> tuple[Mark, ...]:
    """Those beyond the 99.8% limits keep their label on the side on which it covers no other mark or label of them."""
    alarms = [mark for mark in marks if mark.kind.endswith("998")]
    taken: list[_Box] = []
    named = []
    for mark in marks:
        free = [each for each in _boxes(mark) if mark in alarms and _is_free(each, mark, alarms, taken, frame)]
        if free and len(taken) < NAMED_AT_MOST:
            taken.append(free[0])
            named.append(replace(mark, is_left=free[0].left < mark.x))
        else:
            named.append(replace(mark, label=""))
    return tuple(named)


class _Box(NamedTuple):
    """Where a label would lie, on a line at `y`."""

    left: float
    right: float
    y: float


def _boxes(mark: Mark) -> tuple[_Box, _Box]:
    wide = _CHARACTER * len(mark.label)
    return _Box(mark.x + 9, mark.x + 9 + wide, mark.y), _Box(mark.x - 9 - wide, mark.x - 9, mark.y)


def _is_free(box: _Box, mark: Mark, alarms: Sequence[Mark], taken: Sequence[_Box], frame: Frame) -> bool:
    inside = frame.left <= box.left and box.right <= frame.right + 12
    marks = (_Box(each.x - 7, each.x + 7, each.y) for each in alarms if each is not mark)
    return inside and not any(_meet(box, other) for other in (*marks, *taken))


def _meet(one: _Box, other: _Box) -> bool:
    return one.left < other.right and other.left < one.right and abs(one.y - other.y) < _LINE
