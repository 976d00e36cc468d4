"""What a report is made of: one object, printed as a table, CSV, JSON, page, pictures and MeasureReport."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from service.reports.disclosure_profile import Hidden

Number = int | float | Hidden | None
"""A figure: `HIDDEN` where it would show a small number of people, None where there is none to give."""

ALL_LISTS = "all lists"
LISTS_RETURNED = "lists that returned data"


class Level(StrEnum):
    ALL = "all"
    ICB = "icb"
    SUB_ICB = "sub-icb"
    PCN = "pcn"
    PRACTICE = "practice"

    @property
    def is_area(self) -> bool:
        """Large enough that every part, split and month of it may be published."""
        return self in (Level.ALL, Level.ICB, Level.SUB_ICB)


class Kind(StrEnum):
    """What the value of a figure is."""

    COUNT = "count"  # there is none: how many, and no more
    PROPORTION = "proportion"  # a share of a larger count, with Wilson's interval
    RATIO = "ratio"  # observed over expected, with Byar's interval
    DAYS = "days"  # the median, with the quartiles as low and high


class Period(StrEnum):
    """How long a stretch of time the deaths of a report are from."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    THREE_YEARS = "three-years"

    @property
    def months(self) -> int:
        return {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12, Period.THREE_YEARS: 36}[self]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The published share to compare with. It was published rounded, so it has no interval."""

    rate: float
    source: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One part of a measure, as a report tells of it. `of` is the code of the part that it is a share of."""

    code: str
    title: str
    kind: Kind
    of: str = ""
    better: str = ""  # "higher", "lower", or neither
    trend: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, of how many, and what that makes.

    `value` is a share rounded to five decimals (0.00569 is 0.569%), a ratio to two, or a median of days; `low` and
    `high` are its interval. `more` are figures that only one measure has, each by its code.
    """

    part: str
    count: Number
    of: Number = None
    value: Number = None
    low: Number = None
    high: Number = None
    more: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of a place. `basis` tells rows apart whose lists or periods differ; `group` is one of the split's."""

    level: Level
    code: str
    name: str
    figures: tuple[Figure, ...]
    basis: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of the area asked for, over one stretch of its trend."""

    first: date
    last: date
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for.

    `on` None means the day at which the register stands; `areas` empty means all. `by` is the name of a split.
    `months` is how far back the trend goes. `own` is the practice of who asks: nothing is hidden, and no other is told.
    """

    on: date | None = None
    areas: tuple[str, ...] = ()
    source: str = "register"
    year: str = ""
    period: Period = Period.YEAR
    by: str = ""
    months: int = 36
    own: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A measure of a day, or of the stretch from `first` to `on`. `notes` belong with the figures wherever these go.

    `version` is the definition's, `profile` the disclosure profile's name ("published" where nothing needs hiding).
    `practices` counts the practices in it, `below_baseline` those whose shown share is under the baseline,
    `practice_not_known` people who are counted at no practice: they are in no row. `sources` name the editions of
    published files that it rests on. `snapshot` is the id by which it can be shown again.
    """

    measure: str
    number: str
    title: str
    version: str
    source: str
    first: date
    on: date
    areas: tuple[str, ...]
    period: str
    split: str
    profile: str
    parts: tuple[Shown, ...]
    baseline: Baseline | None = None
    practices: int = 0
    below_baseline: int = 0
    practice_not_known: Number = None
    returned_nothing: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    trend: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    snapshot: str = ""
