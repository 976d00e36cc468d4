"""The demonstration area's reports, every number of them computed again from the FHIR resources as they are stored."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.config import Settings
from service.db import Database
from service.demo import load, story
from service.demo.area import FULL, Scale
from service.reports import evaluation, measure, split
from service.reports.report import Asked, Level, Period, Report
from tests.journeys import hard_cases
from tests.journeys.recomputed import area, groups, records
from tests.journeys.recomputed import equity as recomputed_equity
from tests.journeys.recomputed.comparison import OWN, Recomputed, Rules
from tests.journeys.recomputed.definitions import MEASURES, OF_DEATHS
from tests.journeys.recomputed.records import Written
from tests.store.test_write import put, put_all

START, END = date(2023, 3, 31), date(2026, 3, 31)
M1_TO_M7 = tuple(f"M{number}" for number in range(1, 8))
SMALL = Scale(practices=12, people=73_000, on_register=150, deaths_a_year=810, in_full=6)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    yield from _loaded(tmp_path_factory.mktemp("small"), sqlite_template, SMALL)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    yield from _loaded(tmp_path_factory.mktemp("full"), sqlite_template, FULL)


def _loaded(folder: Path, template: Path, scale: Scale) -> Iterator[Database]:
    path = folder / "heartsease.db"
    path.write_bytes(template.read_bytes())
    database = Database(f"sqlite:///{path}")
    load.load(database, story.told(scale))
    for record in hard_cases.everybody() if scale is not FULL else ():
        put_all(database, *record)
    for patient in hard_cases.moved() if scale is not FULL else ():
        put(database, patient)
    yield database
    database.close()


def recomputed(database: Database) -> Recomputed:
    def written(row: sa.Row[Any]) -> Written:
        return Written(row.pk, row.version, datetime.fromisoformat(row.last_updated), json.loads(row.body))

    with database.reading() as session:
        people = records.people(
            map(written, session.execute(sa.text(_CURRENT))), map(written, session.execute(sa.text(_PATIENTS)))
        )
        return Recomputed(people, area.read(session, sa.text))


_CURRENT = "SELECT pk, version, last_updated, body FROM resource WHERE NOT deleted"
_PATIENTS = """
SELECT resource_pk AS pk, version, last_updated, body FROM resource_version WHERE resource_type = 'Patient'
"""


def report(database: Database, name: str, **asked: object) -> Report:
    with database.reading() as session:
        return evaluation.evaluate(session, measure.named(name), Asked(**asked), Settings())  # type: ignore[arg-type]  # whatever a test asks


def stretches(name: str) -> Iterator[dict[str, object]]:
    """Of a measure: each day or period that is compared."""
    if name in OF_DEATHS:
        yield from ({"period": period} for period in Period)
        yield from ({"period": Period.YEAR, "on": day} for day in (date(2025, 12, 31), date(2024, 3, 31)))
    else:
        yield {}
        if not measure.named(name).is_current:
            yield from ({"on": day} for day in (START, date(2024, 8, 15)))


def check_all(database: Database, *, splits: Callable[[int], Iterable[str]]) -> Recomputed:
    """Every measure in every stretch of time, and split by what `splits` says of the first, the second and so on."""
    told = recomputed(database)
    for at, name in enumerate(MEASURES):
        for asked in stretches(name):
            told.check(report(database, name, **asked), Rules())
        for by in splits(at):
            told.check(report(database, name, by=by), Rules())
    return told


def one_each(measure: int) -> list[str]:
    return [list(groups.SPLITS)[measure % len(groups.SPLITS)]]


def every(measure: int) -> Iterable[str]:
    return groups.SPLITS


def test_every_measure_and_every_split_is_recomputed() -> None:
    composed = {"equity"}
    assert set(MEASURES) == {one.name for one in measure.all_measures().values()} - composed
    assert set(groups.SPLITS) == set(split.all_splits())
    for name, parts in MEASURES.items():
        assert list(parts) == [part.code for part in measure.named(name).parts], name


def test_every_number_of_the_reports_of_a_small_area_follows_from_its_resources(small: Database) -> None:
    told = check_all(small, splits=one_each)
    assert told.wrong[:20] == []
    assert told.compared > 20_000


def test_every_number_that_a_practice_is_told_of_itself_is_exact(small: Database) -> None:
    """Hard cases are among its people, and nothing is hidden of them."""
    told, practice = recomputed(small), hard_cases.PRACTICE
    for name in MEASURES:
        for by in ("", *groups.SPLITS):
            told.check(report(small, name, own=practice, by=by), OWN, chosen=frozenset({practice}))
    assert told.wrong[:20] == []
    assert told.compared > 5_000


@pytest.mark.parametrize("by", ["deprivation", "residence"])
def test_equity_is_made_of_reports_that_follow_from_the_resources(small: Database, by: str) -> None:
    equity = report(small, "equity", by=by)
    composed = [each.name for each in measure.all_measures().values() if each.number in M1_TO_M7]
    wholes = {name: report(small, name) for name in composed}
    split = {name: report(small, name, by=by) for name in composed}
    assert recomputed_equity.wrong(equity, wholes, split)[:20] == []
    assert {figure.part for row in equity.rows for figure in row.figures} == {
        f"{name}-{part.code}" for name in composed for part in wholes[name].parts
    }


@pytest.mark.slow
def test_every_measure_by_every_split_follows_from_the_resources(small: Database) -> None:
    told = check_all(small, splits=every)
    assert told.wrong[:20] == []
    assert told.compared > 40_000


@pytest.mark.slow
def test_the_whole_area_stands_at_the_published_baseline_and_every_number_follows(full: Database) -> None:
    told = check_all(full, splits=one_each)
    on_register = [person for person in told.people if person.is_on_register(START)]
    assert (len(on_register), told.area.patients(told.area.practices(START), START)) == (1_543, 771_500)
    baseline = report(full, "identification", on=START)
    [everyone] = [row for row in baseline.rows if row.level is Level.ALL]
    figure = next(each for each in everyone.figures if each.part == "on-register")
    assert (f"{figure.value:.2%}", figure.of) == ("0.20%", 771_500)
    assert told.wrong[:20] == []
    assert told.compared > 50_000
