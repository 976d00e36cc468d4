"""What the NHS and ONS would publish of the area, invented: deprivation, lists by age and sex, death rates."""

from collections.abc import Iterator, Sequence
from math import exp
from random import Random
from typing import Any, Final

from sqlalchemy import Table

from service import db
from service.demo import area
from service.demo.area import Practice
from service.register.organisations import Deprivation, LifeTable, ListByAge

IMD_YEAR: Final = 2019
PERIOD: Final = "2020-2022"
OLDEST: Final = 100
"""The last age of a life table, which is open."""


def rows(practices: Sequence[Practice], source: str) -> dict[Table, list[dict[str, Any]]]:
    """The rows of the tables that files would fill; the lists by age of the first and the last month of the story."""
    return {
        db.table(Deprivation): [{**row, "source": source} for row in _deprivation(practices)],
        db.table(ListByAge): [{**row, "source": source} for row in _lists_by_age(practices)],
        db.table(LifeTable): [{**row, "source": source} for row in _life_table()],
    }


def _deprivation(practices: Sequence[Practice]) -> Iterator[dict[str, Any]]:
    """England's practices have scores from about 3 to 70, half of them above 20."""
    for practice in practices:
        rng = Random(f"deprivation of {practice.code}")
        score = round(min(max(rng.lognormvariate(3.05, 0.45), 4.0), 68.0), 2)
        yield {"practice_code": practice.code, "year": IMD_YEAR, "score": score}


def _lists_by_age(practices: Sequence[Practice]) -> Iterator[dict[str, Any]]:
    """Each list shared out by sex and band of age; some practices have older people than others."""
    first, *_, last = area.first_days()
    ageing = {practice.code: Random(f"ages of {practice.code}").gauss(0, 0.2) for practice in practices}
    for code, on, patients in area.list_sizes(practices):
        if on in (first, last):
            shares = area.shared_out(patients, [_share(*band) * exp(ageing[code] * band[1] / 50) for band in _BANDS])
            for (sex, age), people in zip(_BANDS, shares, strict=True):
                yield {"practice_code": code, "on": on, "sex": sex, "age": age, "patients": people}


def _share(sex: str, age: int) -> float:
    """More women than men grow old."""
    women = 0.488 + 0.0016 * max(age - 45, 0)
    return _AGES[age] * (women if sex == "female" else 1 - women)


def _life_table() -> Iterator[dict[str, Any]]:
    """Rates that rise by a tenth with every year of age (Gompertz), after a dangerous first one."""
    of_every_age = ((sex, age, level) for sex, level in _LEVELS.items() for age in range(OLDEST + 1))
    for sex, age, level in of_every_age:
        rate = 0.0037 if age == 0 else 0.0001 + level * exp(0.1 * age)
        yield {"period": PERIOD, "sex": sex, "age": age, "rate": round(rate, 6)}


_LEVELS: Final = {"female": 0.0000163, "male": 0.0000233}
_YOUNGEST: Final = (0, 5, 10, 15, 18, *range(20, 95, 5))
_SHARES: Final = (5.3, 5.8, 6.0, 3.5, 2.3, 6.0, 6.3, 6.6, 6.3, 6.0, 6.2, 7.0, 7.1, 6.2, 5.3, 5.2, 4.0, 2.6, 1.5, 0.9)
_AGES: Final[dict[int, float]] = dict(zip(_YOUNGEST, _SHARES, strict=True))
"""Of a hundred people, those of each band by the youngest age of it: five years but at 18, where adults begin."""
_BANDS: Final = tuple((sex, age) for sex in _LEVELS for age in _AGES)
