"""The rows of DESIGN §7 that exist by now. Each is one function: what is compared, and against which target."""

import gc
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from sys import executable

from scripts.benchmarks import country as countries
from scripts.benchmarks import growth as growing
from scripts.benchmarks import messages, processes
from scripts.benchmarks import register as registers
from scripts.benchmarks.exporting import Exporter, Watched
from scripts.benchmarks.figures import Figure, Measured, Outcome, no_errors, share
from scripts.benchmarks.measuring import Bench, Case
from scripts.benchmarks.processes import Process
from service.config import Settings
from service.db import Database
from service.fhir import codec
from service.reports import measure, prevalence
from service.reports import scene as scenes
from service.reports.report import Asked
from service.store import derived, judging


def read(bench: Bench) -> Outcome:
    """A Patient by id, beside the bare reference."""
    return _beside_bare(bench, "read by id", messages.reads, cpu=(0.20, 0.30), at_least=(40, 60))


def search(bench: Bench) -> Outcome:
    """A Patient by NHS number (POST _search), and the CarePlan of a patient, beside the bare reference."""
    by_number = _beside_bare(bench, "search by NHS number", messages.searches_by_number, (0.25, 0.35), (40, 40))
    by_patient = _beside_bare(bench, "CarePlan by patient", messages.searches_by_patient, (0.25, 0.35), (40, 40))
    return Outcome([*by_number.cases, *by_patient.cases], [*by_number.figures, *by_patient.figures])


def _beside_bare(
    bench: Bench,
    name: str,
    requests: Callable[..., list[bytes]],
    cpu: tuple[float, float],
    at_least: tuple[float, float],
) -> Outcome:
    """The targets are of SQLite and of PostgreSQL."""
    on = 0 if bench.register.is_sqlite else 1
    made = partial(requests, bench.register)
    ours, bare = bench.compared(Case(name, "heartsease", made), Case(f"{name}, bare", "bare", made))
    figures = [
        share(f"{name}, of the bare reference", ours, bare, at_least[on]),
        Figure(f"{name}, CPU", ours.cpu_ms, "ms", at_most=cpu[on]),
        no_errors([ours, bare]),
    ]
    return Outcome([ours, bare], figures)


def create(bench: Bench) -> Outcome:
    """A new Patient, beside the same without validation."""
    return _beside_unvalidated(bench, "create", partial(messages.creates, bench.register, _enough(bench, 2500)), False)


def update(bench: Bench) -> Outcome:
    """A Patient changed, beside the same without validation."""
    return _beside_unvalidated(bench, "update", partial(messages.updates, bench.register), True)


def _beside_unvalidated(bench: Bench, name: str, made: Callable[[], list[bytes]], repeats: bool) -> Outcome:
    ours, believed = bench.compared(
        Case(name, "heartsease", made, repeats), Case(f"{name}, unvalidated", "unvalidated", made, repeats)
    )
    figures = [
        share(f"{name}, of the same unvalidated", ours, believed, 40),
        Figure(f"{name}, p99 at 16 connections", ours.p99, "ms", at_most=50 if bench.register.is_sqlite else 35),
        Figure(f"{name}, CPU", ours.cpu_ms, "ms", at_most=1.4),
        no_errors([ours, believed]),
    ]
    return Outcome([ours, believed], figures)


def summary(bench: Bench) -> Outcome:
    """The whole plan of a person with 25 resources, beside our own read by id of the same people."""
    whole, by_id = bench.compared(
        Case("$summary of 25 resources", "heartsease", partial(messages.summaries, bench.register)),
        Case("read by id", "heartsease", partial(messages.reads_in_full, bench.register)),
    )
    return Outcome([whole, by_id], [share("$summary, of a read by id", whole, by_id, 50), no_errors([whole, by_id])])


def validation(bench: Bench) -> Outcome:
    """Judging one resource of each type, in this process, without HTTP and without a database."""
    figures = []
    for type_name in sorted(judging.TYPES):
        bodies = [codec.loads(body) for body in bench.register.bodies(type_name, 50)]
        if not bodies or type_name == derived.NAME:  # not in a small area; raised by the register, refused from others
            continue
        figures.append(Figure(f"validation of one {type_name}", 1000 * _median_ms(bodies), "µs", at_most=500))
    return Outcome(figures=figures)


def _median_ms(bodies: list[dict[str, object]], rounds: int = 5) -> float:
    took = []
    gc.disable()
    for body in bodies * rounds:
        began = time.perf_counter()
        if judging.issues(body):
            raise RuntimeError("A stored resource was found invalid")
        took.append(time.perf_counter() - began)
    gc.enable()
    return 1000 * statistics.median(took)


def transaction(bench: Bench) -> Outcome:
    """The registration of a new person, twelve resources: alone, and at 16 connections."""
    made = partial(messages.transactions, bench.register, _enough(bench, 500))
    alone, many = bench.compared(
        Case("transaction alone", "heartsease", made, repeats=False, connections=1),
        Case("transaction, 16 connections", "heartsease", made, repeats=False),
    )
    figures = [
        Figure("transaction alone, median", alone.p50, "ms", at_most=25),
        Figure("transaction, CPU at 16 connections", many.cpu_ms, "ms", at_most=6),
        no_errors([alone, many]),
    ]
    return Outcome([alone, many], figures)


def overload(bench: Bench) -> Outcome:
    """Sixteen connections, then 128: nothing may break, and little be lost."""
    made = {
        "read": (partial(messages.reads, bench.register), True),
        "transaction": (partial(messages.transactions, bench.register, _enough(bench, 500)), False),
    }
    cases: list[Measured] = []
    figures = []
    for name, (requests, repeats) in made.items():
        few, many = bench.compared(
            *(Case(f"{name}, {wide} connections", "heartsease", requests, repeats, wide) for wide in (16, 128))
        )
        cases += [few, many]
        figures.append(share(f"{name}, 128 connections of 16", many, few, 90))
    return Outcome(cases, [*figures, no_errors(cases)])


def guards(bench: Bench) -> Outcome:
    """A read with token, access filter and audit, beside one without."""
    made = partial(messages.reads, bench.register)
    ours, unguarded = bench.compared(
        Case("read by id", "heartsease", made), Case("read by id, unguarded", "unguarded", made)
    )
    cost = Figure("token, access filter and audit", ours.cpu_ms - unguarded.cpu_ms, "ms", at_most=0.08)
    return Outcome([ours, unguarded], [cost, no_errors([ours, unguarded])])


def auditing(bench: Bench) -> Outcome:
    """A read with audit, beside one without: what the trail costs a reader."""
    made = partial(messages.reads, bench.register)
    ours, unaudited = bench.compared(
        Case("read by id", "heartsease", made), Case("read by id, unaudited", "unaudited", made)
    )
    figures = [
        share("read by id, of the same unaudited", ours, unaudited, 60),
        Figure("audit of a read, CPU", ours.cpu_ms - unaudited.cpu_ms, "ms"),
        no_errors([ours, unaudited]),
    ]
    return Outcome([ours, unaudited], figures)


def memory(bench: Bench) -> Outcome:
    """One process over many requests: nine reads, searches and summaries, then a create, and so on."""
    server = bench.server("heartsease")
    total = 10_000 if bench.is_quick else 100_000
    sizes = []
    for _ in range(10):
        sent = bench.send(server, _mixed(bench), most=total // 10)
        if sent.wrong:
            raise RuntimeError(f"Not all requests were answered: {sent.wrong}")
        sizes.append(processes.memory_mb(server.pid))
    figures = [
        Figure(f"memory after {total:,} requests", sizes[-1], "MB", at_most=200),
        Figure("of it, without mapped files", processes.memory_mb(server.pid, "RssAnon"), "MB"),
        Figure("more than after the first fifth", sizes[-1] - sizes[1], "MB", at_most=10),
    ]
    return Outcome(figures=figures)


def _mixed(bench: Bench) -> list[bytes]:
    """As many creates as one tenth of a tenth of the requests, so that none is sent twice."""
    register, count = bench.register, 100 if bench.is_quick else 1000
    reads = [*messages.reads(register), *messages.searches_by_number(register), *messages.summaries(register)]
    mixed = []
    for at, create in enumerate(messages.creates(register, count)):
        mixed += [reads[(at * 9 * 37 + nth * 37) % len(reads)] for nth in range(9)]
        mixed.append(create)
    return mixed


def start(bench: Bench) -> Outcome:
    """From the command `heartsease serve` to /readyz, on the database that is there."""
    took = []
    for _ in range(bench.windows):
        port = processes.free_port()
        command = [str(Path(executable).parent / "heartsease"), "serve"]
        starting = Process(command, port, {**bench.register.environment, "HEARTSEASE_PORT": str(port)}, is_quiet=True)
        try:
            took.append(starting.wait(processes.is_ready))
        finally:
            starting.stop()
    return Outcome(figures=[Figure("start to ready", statistics.median(took), "s", at_most=3)])


def page(bench: Bench) -> Outcome:
    """The report page of 126 practices, charts included, alone."""
    request = messages.request("GET", "/reports/identification", "none")
    (alone,) = bench.compared(Case("report page", "heartsease", lambda: [request], connections=1))
    return Outcome([alone], [Figure("report page, median", alone.p50, "ms", at_most=300), no_errors([alone])])


_GROWING = {
    "two parameters, of one person": "Observation?patient={}&code=http://snomed.info/sct|395091006",
    "two parameters, both common": "Observation?status=final&date=ge2020&_count=20",
    "two parameters, one of them rare": "Observation?code=304251008&date=ge2020&_count=20",
    "two parameters, one of nothing": "Observation?status=cancelled&date=ge2020&_count=20",
    "two parameters, a name": "Patient?family=ing&gender=female&_count=20",
    "a chain": "Observation?patient:Patient._id={}&status=final",
    "with _include": "CarePlan?patient={}&_include=CarePlan:patient",
    "with _revinclude": "Patient?_id={}&_revinclude=CarePlan:patient",
    "the latest first": "Observation?_sort=-_lastUpdated&_count=20",
}
"""Searches that may cost at most twice as much in a register of a million resources as in one of ten thousand."""


def growth(bench: Bench) -> Outcome:
    """Reads and searches before and after the register has grown. Asked for with --growth, and the last row."""
    kept = {
        "read": partial(messages.reads, bench.register),
        "search by NHS number": partial(messages.searches_by_number, bench.register),
        "CarePlan by patient": partial(messages.searches_by_patient, bench.register),
    }
    doubled = {name: partial(messages.gets, bench.register, query) for name, query in _GROWING.items()}
    doubled["page 1,000 of a list"] = lambda: [messages.page(bench.register, bench.server("heartsease").port, 1000)]
    made = {**kept, **doubled}
    before = _all_at_size(bench, made)
    growing.grow(bench.register.database, bench.growth)
    after = _all_at_size(bench, made)
    figures = []
    for name, small, large in zip(made, before, after, strict=True):
        if name in kept:
            figures.append(share(f"{name}, of itself before", large, small, 85))
            figures.append(Figure(f"{name}, more CPU", 100 * (large.cpu_ms / small.cpu_ms - 1), "%", at_most=15))
        else:
            figures.append(Figure(f"{name}, times the CPU before", large.cpu_ms / small.cpu_ms, "", at_most=2))
    return Outcome([*before, *after], [*figures, no_errors([*before, *after])])


def _all_at_size(bench: Bench, made: dict[str, Callable[[], list[bytes]]]) -> list[Measured]:
    size = growing.size(bench.register.database)
    return bench.compared(*(Case(f"{name}, {size:,}", "heartsease", requests) for name, requests in made.items()))


def country(bench: Bench) -> Outcome:
    """Identification of a country's 6,500 practices on a day, with 60 months of all: the time in the database.

    What is timed is all that the report asks the database, and the adding up of what comes.
    """
    kind = "sqlite" if bench.register.is_sqlite else "postgresql"
    with registers.empty(kind) as database:
        countries.fill(database)
        took = [_seconds_of_identification(database) for _ in range(bench.windows + 1)]
    seconds = statistics.median(took[1:])
    most = 3 if bench.register.is_sqlite else 1
    return Outcome(figures=[Figure("identification of a country and 60 months", seconds, "s", at_most=most)])


def _seconds_of_identification(database: Database) -> float:
    identification = measure.named("identification")
    with database.reading() as session:
        began = time.perf_counter()
        seen = scenes.scene(session, identification, Asked(on=countries.LAST, months=60), Settings())
        prevalence.count(session, seen)
        return time.perf_counter() - began


def export(bench: Bench) -> Outcome:
    """A bulk export of 100,000 resources, after one of a few. The last row: it makes a smaller register larger."""
    wanted = 20_000 if bench.is_quick else 100_000
    if growing.size(bench.register.database) < wanted:
        growing.grow(bench.register.database, wanted)
    server = bench.server("heartsease")
    client = Exporter(server, bench.register.token(messages.READER))
    client.export("?_type=PractitionerRole")
    before, began = processes.memory_mb(server.pid), time.perf_counter()
    with Watched(server.pid) as watched:
        count = client.export()
    took, after = time.perf_counter() - began, processes.memory_mb(server.pid)
    figures = [
        Figure("resources exported", count, at_least=0.9 * wanted),
        Figure("resources a second", count / took),
        Figure("memory before", before, "MB"),
        Figure("at most meanwhile", watched.peak, "MB"),
        Figure("after", after, "MB"),
        Figure("more than before, at most", watched.peak - before, "MB", at_most=10),
    ]
    return Outcome(figures=figures)


def _enough(bench: Bench, rate: int) -> int:
    """How many requests one window can send, at the rate in requests a second that nobody will reach."""
    return int(rate * bench.seconds)


ROWS: dict[str, Callable[[Bench], Outcome]] = {
    row.__name__: row
    for row in (
        *(
            read,
            search,
            create,
            update,
            summary,
            validation,
            transaction,
            overload,
            guards,
            auditing,
            memory,
            start,
            page,
            country,
        ),
        export,
    )
}
