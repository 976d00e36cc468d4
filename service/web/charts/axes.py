"""Where values lie in a picture, and which round values are written beside its axes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, lying between the positions `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The position of a value; what lies beyond the scale lies at its end."""
        within = min(max(value, self.low), self.high)
        return round(self.start + (within - self.low) / (self.high - self.low) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    title: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend: a mark as the picture draws it (`templates/charts/marks.html`), and what it means."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every picture has: a name that is unique in the page, a title, a description, its size, and its axes.

    Positions are in units of the picture, which are CSS pixels where the page is wide enough.
    """

    name: str
    title: str
    text: str
    width: float = 720
    height: float = 420
    left: float = 72
    right: float = 690
    top: float = 20
    bottom: float = 356
    across: Axis | None = None
    up: Axis | None = None
    keys: tuple[Key, ...] = ()

    def with_axes(self, across: Axis, up: Axis, keys: Iterable[Key]) -> "Frame":
        return replace(self, across=across, up=up, keys=tuple(keys))


def rounded_steps(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 and a power of ten, from at or below `low` to at or above `high`."""
    rough = (high - low) / about or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(step * at, 10) for at in range(first, max(last, first + 1) + 1))


def axis(
    title: str, start: float, end: float, steps: Iterable[float], label: Callable[[float], str]
) -> tuple[Scale, Axis]:
    """A scale over the steps, and the axis that writes them."""
    values = tuple(steps)
    scale = Scale(values[0], values[-1], start, end)
    return scale, Axis(title, tuple(Tick(scale.at(value), label(value)) for value in values))


def percents(steps: Iterable[float]) -> Callable[[float], str]:
    """How shares on these steps are written: with as many decimals as tell two of them apart."""
    values = tuple(steps)
    step = (values[1] - values[0]) * 100
    decimals = max(0, -floor(log10(step) + 1e-9))
    return lambda share: f"{share * 100:.{decimals}f}%"


def percent(share: float) -> str:
    """0.57%, 45.1%: with decimals enough to tell small shares apart."""
    return f"{share:.2%}" if share < 0.1 else f"{share:.1%}"


def counts(value: float) -> str:
    return f"{value:,.0f}"


def plain(value: float) -> str:
    return f"{value:,g}"


def path(points: Iterable[tuple[float, float]]) -> str:
    """As `points` of a polyline."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)
