"""Where the points of the trend chart lie: an SVG that needs no script and no inline style, beside its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.reports.measure import Point

WIDTH, HEIGHT = 640, 200


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines as SVG `points`, broken where a figure is hidden; the height of the baseline; the share at the top."""

    lines: tuple[str, ...]
    baseline_y: float
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def of(trend: Sequence[Point], baseline: float) -> Chart | None:
    """The chart of a trend, from a share of zero up; None where fewer than two points can be drawn."""
    rates = [point.figures.rate for point in trend]
    drawn = [rate for rate in rates if isinstance(rate, float)]
    if len(drawn) < 2:
        return None
    top = max(*drawn, baseline) * 1.1
    step = WIDTH / (len(rates) - 1)
    lines: list[list[str]] = [[]]
    for at, rate in enumerate(rates):
        if isinstance(rate, float):
            lines[-1].append(f"{at * step:.1f},{_height(rate, top)}")
        else:
            lines.append([])
    return Chart(tuple(" ".join(line) for line in lines if line), _height(baseline, top), top)


def _height(rate: float, top: float) -> float:
    return round(HEIGHT - rate / top * HEIGHT, 1)
