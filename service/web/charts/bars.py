"""Bars: the share, ratio or days of each of several groups or places, with its interval, beside those of all."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.web.charts import axes
from service.web.charts.axes import Frame, Key

PITCH = 38
LABEL_CHARACTERS = 30
_THICK = 18


@dataclass(frozen=True, slots=True)
class Group:
    """One bar. `value` None is not drawn, and `figures` say why; else they say the value and its interval."""

    label: str
    figures: str
    words: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    lines: tuple[str, ...]
    figures: str
    words: str
    y: float
    top: float
    width: float | None
    low_x: float | None
    high_x: float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """As `charts/bars.html` draws them."""

    template = "charts/bars.html"
    frame: Frame
    bars: tuple[Bar, ...]
    thick: float
    all_x: float | None


def draw(
    frame: Frame,
    groups: Sequence[Group],
    *,
    across: str,
    spread: str,
    is_share: bool = True,
    all_of: float | None = None,
    all_text: str = "",
) -> Bars:
    """The bars in the order given, of whom one at least has a value.

    `all_of` is the value of all, as a line; `spread` says what the whiskers are. What is no share, days or a ratio, is
    written as it is.
    """
    frame = replace(frame, left=226, right=510, height=frame.top + PITCH * len(groups) + 64)
    frame = replace(frame, bottom=frame.top + PITCH * len(groups))
    highest = max(value for group in groups for value in (group.value, group.high, all_of) if value is not None)
    steps = axes.rounded_steps(0, highest or 1.0, about=4)
    x, x_axis = axes.axis(across, frame.left, frame.right, steps, axes.percents(steps) if is_share else axes.plain)
    has_interval = any(group.low is not None for group in groups)
    keys = [Key("interval", spread)] * has_interval
    if all_of is not None:
        keys.append(Key("baseline", all_text))
    return Bars(
        frame.with_axes(x_axis, axes.Axis("", ()), keys),
        tuple(_bar(group, frame.top + PITCH * (at + 0.5), x) for at, group in enumerate(groups)),
        _THICK,
        None if all_of is None else x.at(all_of),
    )


def _bar(group: Group, y: float, x: axes.Scale) -> Bar:
    return Bar(
        tuple(textwrap.wrap(group.label, LABEL_CHARACTERS, max_lines=2, placeholder=" …")),
        group.figures,
        group.words,
        y,
        y - _THICK / 2,
        None if group.value is None else round(x.at(group.value) - x.start, 1),
        None if group.low is None else x.at(group.low),
        None if group.high is None else x.at(group.high),
    )
