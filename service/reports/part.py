"""Whom a measure counts, and what it says of them: the words in which the files of `measures/` are written."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, FromClause

Condition = Callable[[FromClause], ColumnElement[bool]]
"""True or false of one row of a population."""


@dataclass(frozen=True, slots=True)
class Population:
    """People of whom something is asked, one row each.

    Of a stock (`is_stock`) there is one row a person and day: `rows(days)` binds `day_0`, `day_1` and so on. Of deaths
    there is one row a death: `rows(0)` binds `first` and `last`, both included. A second argument
    names the columns that are asked for, so that the others cost nothing. Columns: `person_pk`, `practice_code`
    (empty where none is known), `period` (the day itself, or the first day of the month of death), `on` (the day, or
    the day of death), `born_on`, `gender`, and what only this population has.
    """

    name: str
    title: str
    is_stock: bool
    rows: Callable[..., FromClause]


class Given(StrEnum):
    """Counts of practices that stand in a table of their own."""

    LIST = "list"  # people registered with the practice: published, so never hidden
    ADULTS = "adults"  # those of them who are 18 or older, where lists by single years of age are known
    DEATHS = "deaths"  # deaths of its people, on the register or not
    EXPECTED = "expected"  # thousandths of deaths that are expected of it in a year (`expected_deaths.py`)

    @property
    def is_published(self) -> bool:
        """Made of published figures alone, so that nothing of it is hidden or rounded."""
        return self is not Given.DEATHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One figure of a measure: who counts, and of whom it is a share.

    code         as CSV, JSON and FHIR name it
    title        as people read it
    counts       who of the population; left out, everyone
    given        instead of counting: what a table says of each practice
    of           code of the part that this is a share of; empty for a whole
    is_ratio     of something that these people are not among: observed over expected, and no share
    within       of nested parts (≥28 days within ≥1 day) the next larger one; else the same as `of`
    apart        excludes the others that are apart within the same part, as states and reasons do
    sum_of       added up from other parts, after small numbers were hidden
    days         how many days a person counts for: the value is their median, and the interval the quartiles
    at_practice  published for practices and networks too, not for areas alone
    trend        has a point for every month, or day of a stock
    least        the share of a practice or network is told of so many people only, fewer being too uncertain
    is_base      a whole of another measure: hidden here and there alike, before anything else is decided
    better       "higher" or "lower", where one of them is
    """

    code: str
    title: str
    counts: Condition | None = None
    given: Given | None = None
    of: str = ""
    is_ratio: bool = False
    within: str = ""
    apart: bool = False
    sum_of: tuple[str, ...] = ()
    days: Callable[[FromClause], ColumnElement[int]] | None = None
    at_practice: bool = False
    trend: bool = False
    least: int = 0
    is_base: bool = False
    better: str = ""
