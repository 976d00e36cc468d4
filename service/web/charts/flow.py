"""Flow: how those of each beginning came to each end, as bands as thick as they are many.

A number that is hidden has a dashed band of one thickness whatever it stands for, so its size cannot be measured.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.web.charts.axes import Frame, Key

BEGINS, ENDS = 236, 470
"""Where the bands begin and end; the words stand outside."""
_THICK, _GAP, _HIDDEN = 14, 12, 5
_CHARACTERS, _LINE = 27, 17
_TALL = 300
"""Height of all people together, before gaps."""


@dataclass(frozen=True, slots=True)
class Band:
    """So many (None: hidden) of one beginning who came to one end. `words` say it in full."""

    begin: str
    end: str
    count: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A beginning or an end, as it is drawn; `figure` is how many, as people read it."""

    lines: tuple[str, ...]
    figure: str
    x: float
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """One band as a path."""

    path: str
    words: str
    is_hidden: bool
    tone: int


@dataclass(frozen=True, slots=True)
class Flow:
    """As `charts/flow.html` draws it."""

    template = "charts/flow.html"
    frame: Frame
    begins: tuple[Stop, ...]
    ends: tuple[Stop, ...]
    bands: tuple[Drawn, ...]


def draw(frame: Frame, bands: Sequence[Band], figures: dict[str, str]) -> Flow:
    """The flow of these bands, in their order; `figures` has what to write of each beginning and end."""
    total = sum(band.count or 0 for band in bands) or 1
    thick = [_HIDDEN if band.count is None else max(1.0, band.count / total * _TALL) for band in bands]
    begins, begin_y = _stops([band.begin for band in bands], thick, figures, BEGINS - _THICK, frame.top)
    ends, end_y = _stops([band.end for band in bands], thick, figures, ENDS, frame.top)
    ends_of = list(dict.fromkeys(band.end for band in bands))
    drawn = tuple(
        Drawn(_path(y, to, height), band.words, band.count is None, ends_of.index(band.end))
        for band, height, y, to in zip(bands, thick, begin_y, end_y, strict=True)
    )
    bottom = max(stop.top + max(stop.height, _LINE * len(stop.lines)) for stop in (*begins, *ends))
    keys = (Key("hidden-band", "hidden: too few people to show; its thickness says nothing"),)
    is_hidden = any(band.count is None for band in bands)
    return Flow(replace(frame, height=bottom + 12, bottom=bottom, keys=keys if is_hidden else ()), begins, ends, drawn)


def _stops(
    names: Sequence[str], thick: Sequence[float], figures: dict[str, str], x: float, top: float
) -> tuple[tuple[Stop, ...], list[float]]:
    """One column, and where each band touches it."""
    stops, touches, y = [], [0.0] * len(names), top
    for name in dict.fromkeys(names):
        mine = [at for at, each in enumerate(names) if each == name]
        start = y
        for at in mine:
            touches[at] = y
            y += thick[at]
        lines = _wrapped(name, figures[name])
        stops.append(Stop(lines, figures[name], x, start, round(y - start, 1)))
        y = max(y, start + _LINE * len(lines)) + _GAP
    return tuple(stops), touches


def _wrapped(name: str, figure: str) -> tuple[str, ...]:
    """The name in lines, of which the last has room for the figure, or is empty for it."""
    lines = textwrap.wrap(name, _CHARACTERS)
    return (*lines, "") if len(f"{lines[-1]} {figure}") > _CHARACTERS else tuple(lines)


def _path(y: float, to: float, height: float) -> str:
    middle = (BEGINS + ENDS) / 2
    return (
        f"M{BEGINS} {y:.1f}C{middle} {y:.1f} {middle} {to:.1f} {ENDS} {to:.1f}v{height:.1f}"
        f"C{middle} {to + height:.1f} {middle} {y + height:.1f} {BEGINS} {y + height:.1f}z"
    )
