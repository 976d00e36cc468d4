"""What a row of the bench says, and how it is printed: measured cases first, then figures beside their targets."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the windows of one case. Times are in milliseconds, processor times a request.

    `spread` is the range of the requests a second over the windows, as a share of their median: the noise.
    """

    name: str
    rate: float
    p50: float
    p99: float
    server_ms: float
    database_ms: float
    spread: float
    wrong: str = ""

    @property
    def cpu_ms(self) -> float:
        return self.server_ms + self.database_ms


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, beside the target of DESIGN §7 where there is one."""

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def has_target(self) -> bool:
        return self.at_most is not None or self.at_least is not None

    @property
    def is_reached(self) -> bool:
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row measured."""

    cases: Sequence[Measured] = ()
    figures: Sequence[Figure] = ()


def share(what: str, case: Measured, of: Measured, at_least: float) -> Figure:
    """The requests a second of one case as a percentage of another's."""
    return Figure(what, 100 * case.rate / of.rate, "%", at_least=at_least)


def no_errors(cases: Sequence[Measured]) -> Figure:
    return Figure("cases with errors", sum(1 for case in cases if case.wrong), at_most=0)


def console() -> Console:
    """Wide enough for the tables when nobody is watching."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=150)


def show(console: Console, row: str, database: str, outcome: Outcome) -> None:
    console.print(f"\n[bold]{row}[/bold] · {database}")
    if outcome.cases:
        console.print(_cases(outcome.cases))
    if outcome.figures:
        console.print(_figures(outcome.figures))


def _cases(cases: Sequence[Measured]) -> Table:
    table = Table("case", box=None, pad_edge=False)
    for heading in ("requests/s", "p50 ms", "p99 ms", "CPU ms", "server", "database", "spread"):
        table.add_column(heading, justify="right")
    table.add_column("errors")
    for case in cases:
        table.add_row(
            case.name,
            f"{case.rate:,.0f}",
            f"{case.p50:.2f}",
            f"{case.p99:.1f}",
            f"{case.cpu_ms:.3f}",
            f"{case.server_ms:.3f}",
            f"{case.database_ms:.3f}",
            f"±{50 * case.spread:.0f}%",
            case.wrong or "none",
        )
    return table


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table("figure", box=None, pad_edge=False)
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for figure in figures:
        table.add_row(figure.what, _number(figure.value, figure.unit), _target(figure), _verdict(figure))
    return table


def _number(value: float, unit: str) -> str:
    digits = 3 if abs(value) < 1 and value else 2 if abs(value) < 10 else 0
    return f"{value:,.{digits}f} {unit}".rstrip()


def _target(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"≤ {figure.at_most:g} {figure.unit}".rstrip()
    return f"≥ {figure.at_least:g} {figure.unit}".rstrip() if figure.at_least is not None else ""


def _verdict(figure: Figure) -> str:
    if not figure.has_target:
        return ""
    return "[green]reached[/green]" if figure.is_reached else "[red]MISSED[/red]"


def machine() -> str:
    """What this runs on, and how fast and busy it is: processor times of two runs compare by their yardsticks."""
    began = time.process_time()
    sum(number * number % 7 for number in range(2_000_000))
    yardstick = time.process_time() - began
    busy = f"load average {os.getloadavg()[0]:.1f}, yardstick {yardstick:.2f} s at the start"
    return f"{platform.machine()}, Python {platform.python_version()}, {busy}"
