"""England's death rates at every age, and what they come to in a band of ages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

People = Mapping[tuple[str, int], int]
"""By sex and age; the highest age is open."""

OPEN: Final = 90
"""The age from which ONS publishes one number of people for all who are older."""


class Mortality:
    """Deaths a person and year, of a life table, by sex and age.

    The rate of a band is the mean of the rates of its ages, weighed by how many people of England are of each; above
    89, and where no population is loaded, by how many the life table itself leaves alive (the years lived at an age).
    """

    def __init__(self, rates: Mapping[tuple[str, int], float], england: People) -> None:
        self._rates = rates
        self._oldest = {sex: max(age for of, age in rates if of == sex) for sex in {sex for sex, _ in rates}}
        self._weights = {sex: self._weighed(sex, england) for sex in self._oldest}

    def of_bands(self, sex: str, youngest: Sequence[int]) -> Iterator[tuple[int, float]]:
        """The rate of each band, given their youngest ages in order: a band ends where the next begins."""
        for age, following in zip(youngest, [*youngest[1:], None], strict=True):
            yield age, self._of_band(sex, age, following)

    def _of_band(self, sex: str, age: int, following: int | None) -> float:
        """Of an age that the life table does not reach, the rate of its last age, which is open."""
        last = self._oldest[sex]
        ages = [each for each in range(age, last + 1) if following is None or each < following] or [last]
        weights = [self._weights[sex][each] for each in ages]
        weighed = sum(weight * self._rates[sex, each] for weight, each in zip(weights, ages, strict=True))
        return weighed / sum(weights) if sum(weights) else self._rates[sex, ages[-1]]

    def _weighed(self, sex: str, england: People) -> dict[int, float]:
        lived = self.years_lived(sex)
        if (sex, OPEN) not in england:
            return lived
        of_the_oldest = england[sex, OPEN] / sum(years for age, years in lived.items() if age >= OPEN)
        return {
            age: years * of_the_oldest if age >= OPEN else float(england.get((sex, age), 0))
            for age, years in lived.items()
        }

    def years_lived(self, sex: str) -> dict[int, float]:
        """Lx of the life table: the years that those born in one year live at each age, one being born."""
        alive, lived = 1.0, dict[int, float]()
        for age in range(self._oldest[sex]):
            rate = self._rates[sex, age]
            dying = rate / (1 + rate / 2)
            lived[age] = alive * (1 - dying / 2)
            alive *= 1 - dying
        lived[self._oldest[sex]] = alive / self._rates[sex, self._oldest[sex]]
        return lived
