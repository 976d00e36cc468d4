"""How many people of each practice are expected to die in a year: England's death rates, applied to its people.

Indirect standardisation. The rates are those of the national life tables; the people those on the practice's list by
age and sex. Where no such list is loaded, the deaths expected in the CCG that it belonged to (the same rates, applied
to the people who live there) are shared out among its practices by their lists of people aged 50 and over, which QOF
publishes. What was used is told with every report.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import Date, bindparam, func, select
from sqlmodel import Session

from service import db
from service.register.organisations import LifeTable, ListByAge, Population, QofRegister
from service.reports import areas, periods, words
from service.reports.mortality import Mortality

ENGLAND: Final = "E92000001"
OVER_50: Final = "50OV"
SEXES: Final = ("female", "male")

THOUSAND: Final = 1_000
"""Expected deaths are counted in thousandths, so that they add up as counts do."""

Edition = TypeVar("Edition")

_TABLE, _AGES, _PEOPLE = db.table(LifeTable), db.table(ListByAge), db.table(Population)
_QOF = db.table(QofRegister)
_ON = bindparam("on", type_=Date)

_PERIODS = (
    select(_TABLE.c.period)
    .group_by(_TABLE.c.period)
    .having(func.count() == len(SEXES) * (func.max(_TABLE.c.age) + 1), func.min(_TABLE.c.rate) > 0)
)
"""Those that tell every age of both sexes."""
_RATES = select(_TABLE.c.sex, _TABLE.c.age, _TABLE.c.rate).where(_TABLE.c.period == bindparam("period"))
_LATEST_LIST = select(func.max(_AGES.c.on)).where(_AGES.c.on <= _ON)
_BANDS_OF_LIST = select(_AGES.c.age).where(_AGES.c.on == _ON).distinct().order_by(_AGES.c.age)
_PATIENTS = select(_AGES.c.practice_code, _AGES.c.sex, _AGES.c.age, _AGES.c.patients).where(_AGES.c.on == _ON)
_POPULATION_YEARS = select(_PEOPLE.c.year).distinct()
_ENGLAND = select(_PEOPLE.c.sex, _PEOPLE.c.age, _PEOPLE.c.people).where(
    _PEOPLE.c.year == bindparam("year"), _PEOPLE.c.area_code == ENGLAND
)
_AGES_OF_POPULATION = (
    select(_PEOPLE.c.age).where(_PEOPLE.c.year == bindparam("year")).distinct().order_by(_PEOPLE.c.age)
)
_POPULATION = select(_PEOPLE.c.area_code, _PEOPLE.c.sex, _PEOPLE.c.age, _PEOPLE.c.people).where(
    _PEOPLE.c.year == bindparam("year")
)
_QOF_YEARS = select(_QOF.c.year).where(_QOF.c.list_type == OVER_50).distinct()
_OVER_50 = (
    select(_QOF.c.practice_code, func.max(_QOF.c.list_size))
    .where(_QOF.c.list_type == OVER_50, _QOF.c.year == bindparam("year"))
    .group_by(_QOF.c.practice_code)
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Deaths expected in a year, by practice. `shared_out` are the practices that have a share of their CCG's only.

    The editions used: the life table's `period` ("2018-2020"), the day of the list by age, the year of the populations,
    and the QOF year of the lists of people aged 50 and over; empty or None for what was not used.
    """

    deaths: Mapping[str, float]
    shared_out: frozenset[str] = frozenset()
    period: str = ""
    list_on: date | None = None
    population_year: int | None = None
    qof_year: str = ""

    def notes(self, practices: Set[str]) -> Iterator[str]:
        """How the expected deaths of these practices were made, in sentences that belong with them."""
        if not self.deaths:
            yield "Load life tables, and lists by age or else populations of CCGs and QOF, to tell expected deaths."
            return
        shared, without = len(practices & self.shared_out), len(practices - self.deaths.keys())
        own = len(practices) - shared - without
        if own and self.list_on:
            yield (
                f"Expected deaths of {own:,} practices: England's death rates of {self.period} by age and sex, applied "
                f"to their lists of {words.day(self.list_on)}."
            )
        if shared:
            yield (
                f"Expected deaths of {shared:,} practices: those of the people of their CCG in mid-"
                f"{self.population_year}, by England's death rates of {self.period}, shared out by the lists of people "
                f"aged 50 and over in QOF {self.qof_year}, since no list by age is loaded. Such shares do not tell a "
                "practice of very old people from one of people in their fifties."
            )
        if without:
            yield (
                f"No deaths are expected of {without:,} practices, of whose people nothing is loaded: they have no "
                "ratio, and that of their network and area is too high by their people."
            )

    def sources(self) -> Iterator[str]:
        if self.deaths:
            yield f"ONS national life tables, England, {self.period}"
        if self.list_on:
            yield f"Patients registered at a GP practice, by age and sex, {self.list_on.isoformat()}"
        if self.shared_out:
            yield f"ONS populations of CCGs, mid-{self.population_year}"
            yield f"QOF {self.qof_year}, lists of people aged 50 and over"


def on(session: Session, day: date) -> Expected:
    """The deaths expected in the year around a day, by what was published up to then, or else first."""
    period = _edition(session.execute(_PERIODS).scalars(), day, _period_ends_on)
    population_year = _edition(session.execute(_POPULATION_YEARS).scalars(), day, _mid_year)
    qof_year = _edition(session.execute(_QOF_YEARS).scalars(), day, periods.end_of_year)
    if period is None:
        return Expected({})
    mortality = _mortality(session, period, population_year)
    list_on, own = _of_lists(session, day, mortality)
    shared: dict[str, float] = {}
    if population_year is not None and qof_year is not None:
        shared = _shared_out(session, qof_year, _of_areas(session, population_year, mortality))
    rest = shared.keys() - own.keys()
    return Expected(
        deaths=shared | own,
        shared_out=frozenset(rest),
        period=period,
        list_on=list_on if own else None,
        population_year=population_year if rest else None,
        qof_year=qof_year or "" if rest else "",
    )


def thousandths(told: Expected, practices: Set[str]) -> dict[str, int]:
    """Of each of these practices of which any deaths are expected."""
    return {each: round(told.deaths[each] * THOUSAND) for each in sorted(practices & told.deaths.keys())}


def _edition(editions: Iterable[Edition], day: date, ends_on: Callable[[Edition], date]) -> Edition | None:
    """The latest edition that ended by the day, or else the earliest there is; None where there is none."""
    found = sorted(editions, key=ends_on)
    return next((each for each in reversed(found) if ends_on(each) <= day), found[0] if found else None)


def _mortality(session: Session, period: str, population_year: int | None) -> Mortality:
    rates = {(sex, age): rate for sex, age, rate in session.execute(_RATES, {"period": period})}
    england = {(sex, age): people for sex, age, people in session.execute(_ENGLAND, {"year": population_year})}
    return Mortality(rates, england)


def _of_lists(session: Session, day: date, mortality: Mortality) -> tuple[date | None, dict[str, float]]:
    """Of each practice whose list tells both sexes. A list is by single years of age or by bands; the last is open."""
    list_on = session.execute(_LATEST_LIST, {"on": day}).scalar_one()
    if list_on is None:
        return None, {}
    youngest = list(session.execute(_BANDS_OF_LIST, {"on": list_on}).scalars())
    deaths, sexes = _added_up(session.execute(_PATIENTS, {"on": list_on}), _rates(mortality, youngest))
    return list_on, {practice: deaths[practice] for practice in deaths if len(sexes[practice]) == len(SEXES)}


def _of_areas(session: Session, year: int, mortality: Mortality) -> dict[str, float]:
    youngest = list(session.execute(_AGES_OF_POPULATION, {"year": year}).scalars())
    return _added_up(session.execute(_POPULATION, {"year": year}), _rates(mortality, youngest))[0]


def _rates(mortality: Mortality, youngest: Sequence[int]) -> dict[tuple[str, int], float]:
    return {(sex, age): rate for sex in SEXES for age, rate in mortality.of_bands(sex, youngest)}


def _added_up(
    counts: Iterable[Any], rates: Mapping[tuple[str, int], float]
) -> tuple[dict[str, float], dict[str, set[str]]]:
    """The deaths, and which sexes are told, of each place. In SQL, SQLite took four times as long."""
    deaths: dict[str, float] = defaultdict(float)
    sexes: dict[str, set[str]] = defaultdict(set)
    for place, sex, age, people in counts:
        deaths[place] += people * rates[sex, age]
        sexes[place].add(sex)
    return deaths, sexes


def _shared_out(session: Session, qof_year: str, of_areas: Mapping[str, float]) -> dict[str, float]:
    """Of each practice that QOF tells the older people of: its share of what is expected in its CCG of that year."""
    belongings = areas.on(session, periods.end_of_year(qof_year))
    older: dict[str, dict[str, int]] = defaultdict(dict)
    for practice, patients in session.execute(_OVER_50, {"year": qof_year}):
        if practice in belongings:
            older[belongings[practice].sub_icb_ons_code][practice] = patients
    deaths: dict[str, float] = {}
    for area, practices in older.items():
        whole = sum(practices.values())
        if area in of_areas and whole:
            deaths |= {practice: of_areas[area] * patients / whole for practice, patients in practices.items()}
    return deaths


def _period_ends_on(period: str) -> date:
    return date(int(period[5:]), 12, 31)


def _mid_year(year: int) -> date:
    return date(year, 6, 30)
