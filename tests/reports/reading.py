"""Reports as tests read them: one figure by place, part and group."""

from datetime import date
from typing import Any

import pytest

from service.config import Settings
from service.db import Database
from service.reports import evaluation, measure
from service.reports.report import Asked, Figure, Number, Report

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What is hidden and how it is written is decided after the rows have come, from either database."""


def report(
    database: Database, name: str, *areas: str, on: date | None = None, profile: str = "", **asked: Any
) -> Report:
    """What a measure says; with a `profile`, of what it hides by that one."""
    settings = Settings(disclosure_profile=profile) if profile else Settings()
    with database.reading() as session:
        return evaluation.evaluate(session, measure.named(name), Asked(on=on, areas=areas, **asked), settings)


def figure(made: Report, place: str, part: str, group: str = "") -> Figure:
    """The figure of a part at a place by its code, "all" for the first row."""
    codes = {row.code or "all" for row in made.rows}
    rows = [row for row in made.rows if (row.code or "all") == place and row.group == group]
    assert rows, f"no row of {place} {group}; there are {sorted(codes)}"
    return next(each for each in rows[0].figures if each.part == part)


def counts(made: Report, part: str) -> dict[str, Number]:
    """How many of a part each place has, by its code."""
    found: dict[str, Number] = {}
    for row in made.rows:
        found.setdefault(row.code or "all", next(each.count for each in row.figures if each.part == part))
    return found
