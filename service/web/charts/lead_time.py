"""Lead-time curve: how many of those who died were reached how long before death. Time runs to the right, to death.

Days lie by their square root: the last weeks, in which most people are reached, would else be one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from service.web.charts import axes
from service.web.charts.axes import Axis, Frame, Key, Scale, Tick


@dataclass(frozen=True, slots=True)
class Reached:
    """The share reached at least so many days before death, with its interval; `words` say it in full."""

    days: int
    share: float
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    low_y: float | None
    high_y: float | None
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class LeadTime:
    """As `charts/lead_time.html` draws it."""

    template = "charts/lead_time.html"
    frame: Frame
    line: str
    marks: tuple[Mark, ...]


def draw(frame: Frame, reached: Sequence[Reached], *, up: str) -> LeadTime:
    """The curve through these points, of which there are two at least. `up` is what the axis says."""
    in_time = sorted(reached, key=lambda point: -point.days)
    x = Scale(-sqrt(in_time[0].days) * 1.05, 0, frame.left, frame.right - 20)
    steps = axes.rounded_steps(0, max(point.high or point.share for point in in_time) * 1.05)
    y, y_axis = axes.axis(up, frame.bottom, frame.top, steps, axes.percents(steps))
    marks = tuple(
        Mark(
            x.at(-sqrt(point.days)),
            y.at(point.share),
            None if point.low is None else y.at(point.low),
            None if point.high is None else y.at(point.high),
            point.words,
            axes.percent(point.share),
        )
        for point in in_time
    )
    ticks = (*(Tick(x.at(-sqrt(point.days)), _before(point.days)) for point in in_time if point.days > 1), _death(x))
    keys = [Key("point", "share reached by then"), Key("interval", "95% interval")]
    return LeadTime(
        frame.with_axes(Axis("Days before death", ticks), y_axis, keys),
        axes.path((mark.x, mark.y) for mark in marks),
        marks,
    )


def _before(days: int) -> str:
    return "a year" if days == 365 else f"{days} days"


def _death(x: Scale) -> Tick:
    return Tick(x.at(0), "death")
