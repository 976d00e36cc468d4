"""Readers who collect every report that they are given, in every format, and try to work out what these hide."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count, product
from random import Random
from typing import Any, NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.config import Settings
from service.db import Database
from service.limits import Limits
from service.reports import disclosure_profile, evaluation, measure, outputs, split
from service.reports.disclosure_profile import HIDDEN
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.report import Asked, Level, Period, Report
from service.web import pages
from tests.reports import attacker, reading
from tests.reports.invented import PRACTICES, Area
from tests.reports.lives import CARE_HOME, HOME, HOSPITAL, USUAL_RESIDENCE, Said, lived

YEARS = (date(2021, 3, 31), date(2022, 3, 31), date(2023, 3, 31))
ASKED_FOR = ((), ("99A",), ("99B",), ("99A", "99B"), ("U99001",), ("Z99004",), ("Q99",))
SPLITS = ("sex", "residence", "age-band")


class Cell(NamedTuple):
    """What a figure counts: people of a part and a group, of these practices, over this stretch of time."""

    part: str
    by: str
    group: str
    practices: frozenset[str]
    first: date
    last: date


def settled(area: Area) -> None:
    """Four hundred deaths of three years, many at the first practice and few at the others."""
    random, days = Random(20231122), (YEARS[-1] - date(2020, 4, 1)).days
    for practice, lives in {"Z99001": 30, "Z99002": 12, "Z99003": 18, "Z99004": 6, "Z99005": 12}.items():
        for _ in range(lives):
            died_on = date(2020, 4, 1) + timedelta(days=random.randint(0, days))
            choice = random.choice([HOME, HOME, HOSPITAL, USUAL_RESIDENCE, ""])
            said = Said(died_on - timedelta(days=random.choice([1, 40, 200])), choice)
            unsaid = Said(died_on - timedelta(days=9), no_answer=random.choice(["undecided", "declined"]))
            lived(
                area,
                practice,
                random.choice([1, 1, 2, 5, 15]),
                died_on=died_on,
                stays=[(died_on - timedelta(days=random.choice([5, 30, 120, 400])), None)],
                said=[said if choice else unsaid],
                place=random.choice([HOME, HOME, HOSPITAL, CARE_HOME]),
                traits={"residence": random.choice(["private", "private", "care-home"])},
                born_on=f"{random.choice([1931, 1938, 1944, 1960])}-05-06",
                gender=random.choice(["female", "male"]),
            )


@pytest.fixture
def area(database: Database) -> Area:
    made = Area(database)
    settled(made)
    return made


def evaluated(area: Area, one: Measure, asked: Asked, profile: str) -> Report:
    with area.database.reading() as session:
        return evaluation.evaluate(session, one, asked, Settings(disclosure_profile=profile))


def questions(profile: str) -> Iterator[Asked]:
    """Areas one by one and together, years one by one and pooled, whole and split; months where these are told."""
    asked = Asked(on=YEARS[-1], months=0)
    yield replace(asked, months=24)
    for on, areas in product(YEARS, ASKED_FOR):
        yield replace(asked, on=on, areas=areas)
    for areas, by in product(((), ("99B",)), ("", *SPLITS)):
        yield replace(asked, areas=areas, period=Period.THREE_YEARS, by=by)
    for on, by in product(YEARS, SPLITS):
        yield replace(asked, on=on, by=by)
    if disclosure_profile.profile(profile).round_to > 1:
        yield replace(asked, areas=("99B",), months=24)
        yield replace(asked, period=Period.QUARTER)
        yield replace(asked, on=date(2023, 2, 28), period=Period.MONTH)
        yield replace(asked, on=date(2022, 9, 30))


def facts(one: Measure, report: Report, asked: Asked) -> Iterator[tuple[Cell, Any]]:
    """Everything that a report tells of how many there are."""
    groups = {name: code for code, name in split.named(asked.by).groups.items()} if asked.by else {}
    for row in report.rows:
        for figure in row.figures:
            where = practices_of(row.level, row.code, asked)
            yield Cell(figure.part, asked.by, groups.get(row.group, ""), where, report.first, report.on), figure.count
            if figure.of is not None:
                of = next(each.of for each in one.parts if each.code == figure.part)
                yield Cell(of, asked.by, groups.get(row.group, ""), where, report.first, report.on), figure.of
    for point in report.trend:
        for figure in point.figures:
            where = practices_of(Level.ALL, "", asked)
            yield Cell(figure.part, "", "", where, point.first, point.last), figure.count


def practices_of(level: Level, code: str, asked: Asked) -> frozenset[str]:
    wanted = asked.areas if level is Level.ALL else (code,)
    belongs = {practice: {practice, *networks, "Q99"} for practice, networks in PRACTICES.items()}
    return frozenset(practice for practice, codes in belongs.items() if not wanted or codes & set(wanted))


def collected(area: Area, one: Measure, profile: str) -> dict[Cell, Any]:
    """All that is told, over all questions; whatever is told twice is told alike."""
    found: dict[Cell, Any] = {}
    summed = {each.code for each in one.parts if each.sum_of}
    for asked in questions(profile):
        for cell, shown in facts(one, evaluated(area, one, asked, profile), asked):
            if shown is not None and cell.part not in summed:
                assert found.setdefault(cell, shown) == shown, f"{cell} is told in two ways"
    return found


def truth(area: Area, one: Measure, profile: str, cells: dict[Cell, Any]) -> dict[Cell, int]:
    """How many there are: what each practice reads of itself, added up."""
    of_practice: dict[Cell, int] = {}
    for asked, practice in product({replace(each, areas=()) for each in questions(profile)}, PRACTICES):
        report = evaluated(area, one, replace(asked, own=practice), "nhs-digital")
        assert {row.code for row in report.rows} <= {practice}, "an own report tells of others"
        for cell, shown in facts(one, report, replace(asked, areas=(practice,))):
            assert shown is not HIDDEN
            of_practice[cell] = shown or 0
    return {
        cell: sum(of_practice.get(cell._replace(practices=frozenset({each})), 0) for each in cell.practices)
        for cell in cells
    }


def period_of(cell: Cell) -> Period:
    months = (cell.last.year - cell.first.year) * 12 + cell.last.month - cell.first.month + 1
    return next(period for period in Period if period.months == months)


def equations(one: Measure, cells: dict[Cell, Any]) -> list[attacker.Equation]:
    """How what is told hangs together. Whoever is in a whole and in no part of it is a cell that nobody tells of."""
    return [*_of_places(cells), *_of_parts(one, cells), *_of_groups(cells), *_of_times(cells)]


def _of_places(cells: dict[Cell, Any]) -> Iterator[attacker.Equation]:
    by_sort: dict[Cell, set[frozenset[str]]] = {}
    for cell in cells:
        by_sort.setdefault(cell._replace(practices=frozenset()), set()).add(cell.practices)
    for cell, places in by_sort.items():
        for place, within in product(places, places):
            rest = place - within
            if within < place and rest in places:
                yield cell._replace(practices=place), [cell._replace(practices=each) for each in (within, rest)]
        for place in places:
            parts = [frozenset({each}) for each in place]
            if len(parts) > 1 and places.issuperset(parts):
                yield cell._replace(practices=place), [cell._replace(practices=each) for each in parts]


def _of_parts(one: Measure, cells: dict[Cell, Any]) -> Iterator[attacker.Equation]:
    wholes = {cell for cell in cells if cell.part in {each.of or each.code for each in one.parts}}
    wholes |= {cell for cell in cells if cell.part in {each.within for each in one.parts}}
    numbers = count()
    for whole in wholes:
        parts = [each for each in one.parts if not each.sum_of and _larger(one, each, whole, cells) == whole.part]
        told = [whole._replace(part=each.code) for each in parts if whole._replace(part=each.code) in cells]
        apart = [cell for cell, each in ((cell, _part(one, cell)) for cell in told) if each.apart]
        for group in [apart] * bool(apart) + [[cell] for cell in told if cell not in apart]:
            yield whole, [*group, ("rest", whole, next(numbers))]


def _larger(one: Measure, part: Part, whole: Cell, cells: dict[Cell, Any]) -> str:
    """The next larger part that is told of the same people."""
    larger = part.within or part.of
    while larger and whole._replace(part=larger) not in cells:
        of = next(each for each in one.parts if each.code == larger)
        larger = of.within or of.of
    return larger


def _part(one: Measure, cell: Cell) -> Part:
    return next(each for each in one.parts if each.code == cell.part)


def _of_groups(cells: dict[Cell, Any]) -> Iterator[attacker.Equation]:
    for cell, by in product([cell for cell in cells if not cell.by], SPLITS):
        groups = [cell._replace(by=by, group=group) for group in split.named(by).groups]
        if cells.keys() >= set(groups):
            yield cell, groups


def _of_times(cells: dict[Cell, Any]) -> Iterator[attacker.Equation]:
    for cell in cells:
        for months in (1, 3, 12):
            parts = [cell._replace(first=first, last=last) for first, last in _stretches(cell, months)]
            if len(parts) > 1 and cells.keys() >= set(parts):
                yield cell, parts


def _stretches(cell: Cell, months: int) -> list[tuple[date, date]]:
    found, first = [], cell.first
    while first <= cell.last:
        year, month = divmod(first.month - 1 + months, 12)
        after = date(first.year + year, month + 1, 1)
        found.append((first, after - timedelta(days=1)))
        first = after
    return found if found[-1][1] == cell.last else []


@reading.ON_SQLITE
@pytest.mark.parametrize(
    ("name", "profile"),
    [
        pytest.param("place-of-death-achieved", "nhs-digital", marks=pytest.mark.slow),
        ("time-on-register", "under-5"),
    ],
)
def test_nothing_that_is_hidden_can_be_worked_out_from_all_reports_together(area, name, profile):
    one = measure.named(name)
    cells = collected(area, one, profile)
    exact = truth(area, one, profile, cells)
    chosen = disclosure_profile.profile(profile)
    assert [cell for cell, shown in cells.items() if chosen.is_small(exact[cell]) and shown is not HIDDEN] == []
    hidden = [cell for cell, shown in cells.items() if shown is HIDDEN]
    assert hidden
    assert sum(not exact[cell] for cell in hidden) <= len(hidden) / 50, "zero is hidden where nothing else is left"
    by_year = {cell: shown for cell, shown in cells.items() if period_of(cell) in (Period.YEAR, Period.THREE_YEARS)}
    _solve(one, {cell: None if by_year[cell] is HIDDEN else exact[cell] for cell in by_year if _is_whole_year(cell)})
    _range(one, cells, exact, chosen)


def _is_whole_year(cell: Cell) -> bool:
    return (cell.last.month, cell.last.day) == (3, 31)


def _solve(one: Measure, shown: dict[Cell, int | None]) -> None:
    """As if counts were not rounded: of years and of years pooled."""
    known = equations(one, shown)
    everything = {**{cell: None for total, parts in known for cell in (total, *parts)}, **shown}
    found = attacker.solved(known, everything)
    assert {cell: value for cell, value in found.items() if cell in shown} == {}


def _range(one: Measure, cells: dict[Cell, Any], exact: dict[Cell, int], profile) -> None:
    """As they are printed: of months and quarters, too."""
    shown = {cell: None if count is HIDDEN else count for cell, count in cells.items()}
    known = equations(one, shown)
    everything = {**{cell: None for total, parts in known for cell in (total, *parts)}, **shown}
    found = attacker.ranges(
        known,
        everything,
        round_to=profile.round_to,
        smallest_shown=profile.hidden_up_to + 1,
        least=lambda cell: min(1, exact.get(cell, 0)),
    )
    assert {cell: at for cell, at in found.items() if cell in shown and at[0] == at[1]} == {}


@reading.ON_SQLITE
def test_measures_that_count_the_same_people_hide_them_alike(area):
    asked = [Asked(on=on, areas=areas, months=0) for on, areas in product(YEARS, ((), ("99B",)))]
    died_on_register = [
        [
            row.figures[0].count
            for each in asked
            for row in evaluated(area, measure.named(name), each, "nhs-digital").rows
        ]
        for name in ("time-on-register", "place-of-death-recorded-at-death")
    ]
    assert died_on_register[0] == died_on_register[1]
    assert HIDDEN in died_on_register[0]


@reading.ON_SQLITE
def test_every_format_tells_the_same_and_no_number_more(area):
    client = _client(area.database)
    one = measure.named("place-of-death-achieved")
    for asked in (Asked(on=YEARS[-1]), Asked(on=YEARS[-1], by="sex"), Asked(on=YEARS[-1], period=Period.THREE_YEARS)):
        report = evaluated(area, one, asked, "nhs-digital")
        told = [figure for row in (*report.rows, *report.trend) for figure in row.figures]
        counts = {number for figure in told for number in (figure.count, figure.of) if isinstance(number, int)}
        assert set(_numbers(json.loads(outputs.as_json(report)), ("count", "of"))) <= counts
        assert {
            int(each) for line in _lines(report) for each in (line["count"], line["of"]) if each.isdigit()
        } <= counts
        fhir = json.loads(outputs.as_fhir(report))
        assert set(_numbers(fhir, ("count", "valueInteger", "valueUnsignedInt"))) <= counts | {0}
        page = client.get(
            f"/reports/{one.name}", params={"on": str(asked.on), "by": asked.by, "period": asked.period.value}
        )
        assert page.status_code == 200, page.text
        cells = re.findall(r"<td[^>]*nhsuk-table__cell--numeric[^>]*>\s*([0-9,]+)\s*<", page.text)
        assert {int(each.replace(",", "")) for each in cells} <= counts


def _client(database: Database) -> TestClient:
    settings = Settings()
    application = Starlette(routes=pages.routes(database, settings, Limits(settings)))
    return TestClient(application, base_url="http://localhost:8000", client=("127.0.0.1", 50_000))


def _lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outputs.as_csv(report).lstrip("\ufeff"))))


def _numbers(content: Any, names: tuple[str, ...]) -> Iterator[int]:
    if isinstance(content, dict):
        yield from (each for name, each in content.items() if name in names and isinstance(each, int))
        for each in content.values():
            yield from _numbers(each, names)
    elif isinstance(content, list):
        for each in content:
            yield from _numbers(each, names)
