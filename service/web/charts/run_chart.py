"""Run chart: a figure over time, with its mean and limits where months are told apart by chance alone.

Limits, signals and steps are `reports.statistics.run_chart`'s; here they only get their positions. A step change is
drawn as a line with its note; mean and limits start anew there. A month whose figure is hidden or missing breaks the
line: nothing is drawn through it.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from service.reports.statistics import run_chart
from service.reports.statistics.run_chart import Step, Variation
from service.web.charts import axes
from service.web.charts.axes import Frame, Key, Scale, Tick

LABELS_AT_MOST = 9


class Signal(StrEnum):
    """What a month says by the rules of variation: the mark it has."""

    NOTHING = "point"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    CHANGE = "change"  # where neither more nor less is better


@dataclass(frozen=True, slots=True)
class Month:
    """One point. `value` None breaks the line; `mean`, `low` and `high` are None where there are no limits."""

    on: date
    label: str
    words: str
    value: float | None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    signal: Signal = Signal.NOTHING


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Note:
    x: float
    text: str
    is_left: bool


@dataclass(frozen=True, slots=True)
class RunChart:
    """As `charts/run_chart.html` draws it: polylines, one for each unbroken stretch."""

    template = "charts/run_chart.html"
    frame: Frame
    lines: tuple[str, ...]
    means: tuple[str, ...]
    limits: tuple[str, ...]
    target_y: float | None
    marks: tuple[Mark, ...]
    notes: tuple[Note, ...]


def months(chart: run_chart.RunChart, words: Sequence[str], labels: Sequence[str]) -> list[Month]:
    """The points of a chart with limits; `words` say each of them in full, `labels` for the axis, in the same order."""
    return [
        Month(dot.on, label, said, dot.share, dot.centre, dot.low, dot.high, _signal(dot.variation))
        if dot.share is not None
        else Month(dot.on, label, said, None, dot.centre)
        for dot, said, label in zip(chart.dots, words, labels, strict=True)
    ]


def _signal(variation: Variation) -> Signal:
    return {
        Variation.IMPROVEMENT_HIGH: Signal.IMPROVEMENT,
        Variation.IMPROVEMENT_LOW: Signal.IMPROVEMENT,
        Variation.CONCERN_HIGH: Signal.CONCERN,
        Variation.CONCERN_LOW: Signal.CONCERN,
        Variation.NEUTRAL_HIGH: Signal.CHANGE,
        Variation.NEUTRAL_LOW: Signal.CHANGE,
    }.get(variation, Signal.NOTHING)


def draw(
    frame: Frame,
    points: Sequence[Month],
    *,
    up: str,
    steps: Sequence[Step] = (),
    target: float | None = None,
    target_text: str = "",
    is_share: bool = True,
) -> RunChart:
    """The chart of these months, of which two at least have a value. `up` is what the axis says.

    `target` is a line to compare with, and `target_text` its words in the legend. What is no share, days or a ratio,
    is written as it is.
    """
    x = Scale(0, max(len(points) - 1, 1), frame.left + 12, frame.right - 12)
    top = _top(points, target)
    up_steps = axes.rounded_steps(0, min(top, 1.0) if is_share else top)
    y, y_axis = axes.axis(up, frame.bottom, frame.top, up_steps, axes.percents(up_steps) if is_share else axes.plain)
    starts = _starts(points, steps)
    return RunChart(
        frame.with_axes(axes.Axis("", _labels(points, x)), y_axis, _keys(points, target_text)),
        lines=_lines([point.value for point in points], x, y),
        means=_lines([point.mean for point in points], x, y, starts),
        limits=(
            *_lines([point.low for point in points], x, y, starts, is_broken=False),
            *_lines([point.high for point in points], x, y, starts, is_broken=False),
        ),
        target_y=None if target is None else y.at(target),
        marks=tuple(
            Mark(x.at(at), y.at(point.value), point.signal.value, point.words)
            for at, point in enumerate(points)
            if point.value is not None
        ),
        notes=tuple(_note(x.at(at), step.note, frame) for at, step in starts.items()),
    )


def _top(points: Sequence[Month], target: float | None) -> float:
    values = [value for point in points for value in (point.value, point.high) if value is not None]
    return max([*values, target or 0]) * 1.05 or 1.0


def _starts(points: Sequence[Month], steps: Sequence[Step]) -> dict[int, Step]:
    """Where each step begins: the first month at or after it, if there is one."""
    found = {step: [at for at, point in enumerate(points) if point.on >= step.on] for step in steps}
    return {at[0]: step for step, at in found.items() if at}


def _labels(points: Sequence[Month], x: Scale) -> tuple[Tick, ...]:
    """The last month has its label, and every so many before it."""
    every = -(-len(points) // LABELS_AT_MOST)
    last = len(points) - 1
    return tuple(Tick(x.at(at), point.label) for at, point in enumerate(points) if (last - at) % every == 0)


def _lines(
    values: Sequence[float | None], x: Scale, y: Scale, starts: Container[int] = (), *, is_broken: bool = True
) -> tuple[str, ...]:
    """A line for each stretch, which a gap breaks; a new one begins at each of the starts."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(values):
        if (value is None and is_broken) or at in starts:
            stretches.append([])
        if value is not None:
            stretches[-1].append((x.at(at), y.at(value)))
    return tuple(axes.path(stretch) for stretch in stretches if len(stretch) > 1)


def _note(x: float, text: str, frame: Frame) -> Note:
    return Note(x, text, is_left=x > (frame.left + frame.right) / 2)


def _keys(points: Sequence[Month], target_text: str) -> list[Key]:
    keys = []
    if any(point.mean is not None for point in points):
        found = {point.signal for point in points if point.value is not None}
        keys = [Key(signal.value, text) for signal, text in _KEYS.items() if signal in found]
        keys += [Key("centre", "mean"), Key("limit", "limits: three standard deviations either side of the mean")]
    return [*keys, Key("baseline", target_text)] if target_text else keys


_KEYS = {
    Signal.NOTHING: "no signal",
    Signal.IMPROVEMENT: "a signal of improvement",
    Signal.CONCERN: "a signal of concern",
    Signal.CHANGE: "a signal of change",
}
