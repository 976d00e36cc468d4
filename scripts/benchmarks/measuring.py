"""Windows of load, interleaved over what is compared, and the medians of what they showed."""

import multiprocessing
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from scripts.benchmarks import load, processes
from scripts.benchmarks.figures import Measured
from scripts.benchmarks.load import Plan, Sent
from scripts.benchmarks.processes import Process
from scripts.benchmarks.register import Register

OK = frozenset({200, 201})


@dataclass(frozen=True, slots=True)
class Case:
    """One of the things compared. `requests` makes what one window sends; without `repeats` each is sent once only."""

    name: str
    variant: str
    requests: Callable[[], list[bytes]]
    repeats: bool = True
    connections: int = 16


@dataclass
class Bench:
    """One run on one register: the servers that are up, and the process that sends the load."""

    register: Register
    seconds: float
    windows: int
    workers: int
    is_quick: bool
    growth: int
    _servers: dict[str, Process] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Bench":
        context = multiprocessing.get_context("spawn")
        self._sender = self._stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def server(self, variant: str) -> Process:
        """The server of that name, started when it is first asked for."""
        if variant not in self._servers:
            port = processes.free_port()
            command = processes.python("-m", "scripts.benchmarks.servers", variant, str(port), str(self.workers))
            started = self._servers[variant] = Process(command, port, self.register.environment)
            self._stack.callback(started.stop)
            started.wait(processes.is_listening)
        return self._servers[variant]

    def compared(self, *cases: Case) -> list[Measured]:
        """The medians of the cases, whose windows take turns, each round beginning with another case."""
        for case in cases:
            self._window(case, self.seconds / 5)
        windows: dict[str, list[Measured]] = {case.name: [] for case in cases}
        for turn in range(self.windows):
            for at in range(len(cases)):
                case = cases[(turn + at) % len(cases)]
                windows[case.name].append(self._window(case, self.seconds))
        return [_median(windows[case.name]) for case in cases]

    def send(self, server: Process, requests: Sequence[bytes], *, most: int, connections: int = 16) -> Sent:
        """A count of requests instead of a time."""
        plan = Plan(server.port, requests, OK, connections, 600, repeats=True, most=most)
        return self._sender.submit(load.send, plan).result()

    def _window(self, case: Case, seconds: float) -> Measured:
        server = self.server(case.variant)
        plan = Plan(server.port, case.requests(), OK, case.connections, seconds, case.repeats)
        pids = (server.pid, self.register.server_pid)
        before = [processes.cpu_seconds(pid) for pid in pids]
        sent = self._sender.submit(load.send, plan).result()
        spent = [processes.cpu_seconds(pid) - already for pid, already in zip(pids, before, strict=True)]
        return _measured(case.name, sent, *spent)


def _measured(name: str, sent: Sent, server_seconds: float, database_seconds: float) -> Measured:
    count = max(len(sent.took), 1)
    took = sent.took or [0.0]
    return Measured(
        name=name,
        rate=len(sent.took) / max(sent.seconds, 0.001),
        p50=1000 * took[len(took) // 2],
        p99=1000 * took[min(int(len(took) * 0.99), len(took) - 1)],
        server_ms=1000 * server_seconds / count,
        database_ms=1000 * database_seconds / count,
        spread=0,
        wrong=_told(sent.wrong),
    )


def _median(windows: Sequence[Measured]) -> Measured:
    rates = [window.rate for window in windows]
    rate = statistics.median(rates)
    return Measured(
        name=windows[0].name,
        rate=rate,
        p50=statistics.median(window.p50 for window in windows),
        p99=statistics.median(window.p99 for window in windows),
        server_ms=statistics.median(window.server_ms for window in windows),
        database_ms=statistics.median(window.database_ms for window in windows),
        spread=(max(rates) - min(rates)) / rate if rate else 0,
        wrong="; ".join(sorted({window.wrong for window in windows} - {""})),
    )


def _told(wrong: Counter[str]) -> str:
    return ", ".join(f"{times} × {what}" for what, times in wrong.items())
