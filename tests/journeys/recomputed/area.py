"""The area as its tables tell of it: lists, all deaths, where practices belong, how deprived they are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

SEXES = ("female", "male")
LEVELS = {"icb": "icb_code", "sub-icb": "sub_icb_code", "pcn": "pcn_code", "practice": "practice_code"}


@dataclass(frozen=True)
class Area:
    lists: dict[tuple[str, date], int]
    deaths: dict[tuple[str, date], int]
    geography: dict[str, list[dict[str, Any]]]
    scores: dict[str, float]
    ages: dict[date, dict[str, dict[tuple[str, int], int]]]
    """People on a list by its day, practice, sex and youngest age of a band."""
    rates: dict[tuple[str, int], float]
    """Deaths a person and year by sex and age, of the life table."""

    def extract(self, on: date) -> date | None:
        """The day of the latest list by a day: one for all practices."""
        return max((day for _, day in self.lists if day <= on), default=None)

    def practices(self, on: date) -> set[str]:
        extract = self.extract(on)
        return {code for code, day in self.lists if day == extract}

    def patients(self, practices: Iterable[str], on: date) -> int:
        extract = self.extract(on)
        return sum(self.lists[code, extract] for code in practices if extract and (code, extract) in self.lists)

    def adults(self, practices: Iterable[str], on: date) -> int:
        """Aged 18 and over, of the latest list by age; a list by bands of five years cannot tell."""
        of = self._by_age(on)
        single = [of[code] for code in practices if code in of and any(age == 18 for _, age in of[code])]
        return sum(people for each in single for (_, age), people in each.items() if age >= 18)

    def expected(self, practices: Iterable[str], on: date) -> float:
        """Deaths to be expected in a year: the rate of each sex and age, applied to the list; to a thousandth each."""
        of = self._by_age(on)
        bands = {sex: sorted({age for each in of.values() for one, age in each if one == sex}) for sex in SEXES}
        rates = {(sex, age): self._rate(sex, age, bands[sex]) for sex in SEXES for age in bands[sex]}
        deaths = [sum(people * rates[key] for key, people in of[code].items()) for code in practices if code in of]
        return sum(round(each * 1_000) for each in deaths) / 1_000

    def _by_age(self, on: date) -> dict[str, dict[tuple[str, int], int]]:
        return self.ages[max(day for day in self.ages if day <= on)] if any(day <= on for day in self.ages) else {}

    def _rate(self, sex: str, youngest: int, bands: list[int]) -> float:
        """Of a band: the mean of the rates of its ages, weighed by the years that are lived at each."""
        lived = self._years_lived(sex)
        following = next((age for age in bands if age > youngest), max(lived) + 1)
        ages = range(youngest, following)
        return sum(lived[age] * self.rates[sex, age] for age in ages) / sum(lived[age] for age in ages)

    def _years_lived(self, sex: str) -> dict[int, float]:
        alive, lived = 1.0, {}
        last = max(age for of, age in self.rates if of == sex)
        for age in range(last):
            dying = alive * self.rates[sex, age] / (1 + self.rates[sex, age] / 2)
            lived[age] = alive - dying / 2
            alive -= dying
        return {**lived, last: alive / self.rates[sex, last]}

    def deaths_of(self, practices: Iterable[str], first: date, last: date) -> int:
        wanted = set(practices)
        return sum(many for (code, month), many in self.deaths.items() if code in wanted and first <= month <= last)

    def place(self, level: str, code: str, on: date) -> frozenset[str]:
        """The practices of a place on a day."""
        everyone = frozenset(self.practices(on))
        if level == "all":
            return everyone
        return frozenset(practice for practice in everyone if self._belongs(practice, on)[LEVELS[level]] == code)

    def _belongs(self, practice: str, on: date) -> dict[str, Any]:
        rows = sorted(self.geography[practice], key=lambda row: row["valid_from"])
        return next((row for row in reversed(rows) if row["valid_from"] <= on), rows[0])

    def fifth(self, practice: str) -> str:
        """Fifths of the practices, the most deprived first; where they do not divide evenly, the first are larger.

        Practices with the same score are in the same one.
        """
        if practice not in self.scores:
            return "not-recorded"
        small, larger = divmod(len(self.scores), 5)
        bounds = [small + (fifth < larger) for fifth in range(5)]
        place = sum(score > self.scores[practice] for score in self.scores.values())
        return str(next(fifth for fifth in range(1, 6) if place < sum(bounds[:fifth])))


def read(session: Any, text: Any) -> Area:
    """`session` runs SQL, of which `text` makes a statement."""

    def rows(statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in session.execute(text(statement)).mappings()]

    geography = defaultdict[str, list[dict[str, Any]]](list)
    for row in rows("SELECT * FROM practice_geography"):
        geography[row["practice_code"]].append(row | {"valid_from": _day(row["valid_from"])})
    latest = rows("SELECT practice_code, score FROM deprivation WHERE year = (SELECT max(year) FROM deprivation)")
    return Area(
        lists={(row["practice_code"], _day(row["on"])): row["patients"] for row in rows("SELECT * FROM list_size")},
        deaths={(row["practice_code"], _day(row["month"])): row["deaths"] for row in rows("SELECT * FROM death_count")},
        geography=dict(geography),
        scores={row["practice_code"]: row["score"] for row in latest},
        ages=_ages(rows("SELECT * FROM list_by_age")),
        rates={(row["sex"], row["age"]): row["rate"] for row in rows("SELECT * FROM life_table")},
    )


def _ages(rows: list[dict[str, Any]]) -> dict[date, dict[str, dict[tuple[str, int], int]]]:
    ages: dict[date, dict[str, dict[tuple[str, int], int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        ages[_day(row["on"])][row["practice_code"]][row["sex"], row["age"]] = row["patients"]
    return ages


def _day(value: Any) -> date:
    """SQLite keeps days as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
